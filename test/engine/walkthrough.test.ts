import { createHash } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { MiB } from '../../src/abi/align.ts'
import { NV2080_CTRL_CMD_VGPU_MGR_INTERNAL_BOOTLOAD_GSP_VGPU_PLUGIN_TASK } from '../../src/abi/ctrl2080.ts'
import { GspSystemInfo } from '../../src/abi/gsp-boot.ts'
import { GspFwWprMeta } from '../../src/abi/wpr-meta.ts'
import { checkHost } from '../../src/engine/invariants.ts'
import { Machine } from '../../src/engine/machine.ts'
import { newHost } from '../../src/engine/new-host.ts'
import type { NvkmVgpuMgrVfioOps } from '../../src/engine/nvkm/ops.ts'
import { fromSparse } from '../../src/engine/sparse.ts'
import type { HostState, ProfileName } from '../../src/engine/state.ts'
import { boundHost, type Host } from './bound-host.ts'
import { DRIVER, lasting, reloaded, uuidOf } from './host-of.ts'

const UUID = '24ef8ff7-3ed5-11ef-ae36-9758b1cb0c87'

/** A host without autoprobe: the walk-through binds the VFs itself. */
function byHand(): { state: HostState; host: Host } {
  const state = newHost({ profile: 'rfc-v1' })
  const host = boundHost(state)
  host.setAutoprobe(false)
  return { state, host }
}

describe('the golden walk-through of the RFC on one L40', () => {
  it('loads the core driver with the vGPU heap, partition count, registry and VF info', () => {
    const { state } = byHand()
    const gpu = state.gpus[0]
    if (!gpu) throw new Error('no GPU')
    const meta = GspFwWprMeta.decode(fromSparse(gpu.gsp.wprMeta, 256))
    expect(meta).toMatchObject({
      gspFwHeapSize: 0x10000000,
      gspFwHeapOffset: 0xbed200000,
      gspFwWprStart: 0xbed100000,
      nonWprHeapOffset: 0xbed000000,
    })
    expect(fromSparse(gpu.gsp.wprMeta, 256)[240]).toBe(2)
    const info = fromSparse(gpu.gsp.systemInfo, GspSystemInfo.size)
    expect([...info.subarray(624, 632)]).toEqual([0x20, 0, 0, 0, 4, 0, 0, 0])
    expect(gpu.nvkm).toMatchObject({ enabled: true, vmmuSegmentSize: 0x8000000, clients: ['vgpu'], clientIds: [0, 1] })
    expect(gpu.klog.lines.map((line) => line.text)).toContain('NVIDIA vGPU mananger support is enabled.')
  })

  it('goes from four VFs over two vGPUs back to none with the addresses of the reference', () => {
    const { state, host } = byHand()
    host.enableVfs({ count: 4 })
    expect(host.vfViews().map((vf) => [vf.bdf, vf.gfid, vf.driver])).toEqual([
      ['0000:c1:00.4', 1, null],
      ['0000:c1:00.5', 2, null],
      ['0000:c1:00.6', 3, null],
      ['0000:c1:00.7', 4, null],
    ])

    host.bindVf('0000:c1:00.4', 'nvidia-vgpu-vfio')
    const gpu = state.gpus[0]
    if (!gpu) throw new Error('no GPU')
    expect(gpu.mgr).toMatchObject({ refs: 1, client: 0xc1d00002, bar0Mapped: true, types: [869] })
    expect(Object.keys(gpu.gsp.clients['0xc1d00002'] ?? {})).toEqual(['0xc1d00002', '0xde1d0000', '0x5d1d0000'])
    expect(gpu.gsp.types.map((type) => type.vgpuType)).toEqual([869])
    host.bindVf('c1:00.5', 'nvidia-vgpu-vfio')
    host.bindVf('2', 'nvidia-vgpu-vfio')
    expect(gpu.mgr?.refs).toBe(3)
    expect(() => host.disableVfs({ raw: true })).toThrow(expect.objectContaining({ errno: 'EBUSY' }))

    host.createVgpu({ type: '869', vf: '0', uuid: UUID, start: true })
    const first = structuredClone(gpu.mgr?.vgpus[0])
    expect(first).toMatchObject({
      fb: { addr: 0xba8000000, size: 0x40000000 },
      chid: { offset: 512, num: 512, plugin: 0 },
      heap: { addr: 0xbeb000000, size: 0x2000000 },
      bar1: { offset: 0, size: 0x2000000 },
      client: 0xc1d00003,
      rpcSeq: 3,
    })
    expect(gpu.hw.regs.b82200).toBe(0x31)
    expect(gpu.gsp.plugins[1]).toMatchObject({
      state: 'running',
      busMaster: true,
      initTaskLog: { addr: 0xbeb204000 },
      vgpuTaskLog: { addr: 0xbeb224000 },
    })

    host.createVgpu({ type: 'L40-1B', vf: '1', uuid: '00000000-0000-4000-8000-000000000002', start: true })
    expect(gpu.mgr?.vgpus[1]).toMatchObject({
      fb: { addr: 0xb68000000 },
      chid: { offset: 1024 },
      heap: { addr: 0xbe9000000 },
    })
    expect(gpu.hw.regs.b82200).toBe(0x51)

    const before = JSON.stringify({
      ...gpu,
      klog: null,
      gsp: { ...gpu.gsp, queue: null },
      nvkm: { ...gpu.nvkm, queue: null },
    })
    expect(() =>
      host.createVgpu({ type: 'L40-1B', vf: '2', uuid: '00000000-0000-4000-8000-000000000003', start: true }),
    ).toThrow(expect.objectContaining({ errno: 'EINVAL', code: 'vf-limit' }))
    expect(
      JSON.stringify({ ...gpu, klog: null, gsp: { ...gpu.gsp, queue: null }, nvkm: { ...gpu.nvkm, queue: null } }),
    ).toBe(before)

    host.stopVgpus({ selectors: ['0000:c1:00.4'] })
    expect(gpu.mgr?.vgpus[0]).toBeUndefined()
    host.startNamed({ selectors: [UUID] })
    expect(gpu.mgr?.vgpus[0]).toEqual(first)
    expect(checkHost(state, [0])).toEqual([])

    host.destroyVgpus({ selectors: [], all: true })
    for (const vf of ['0', '1', '2']) host.unbindVf(vf)
    expect(gpu.mgr).toBeNull()
    expect(gpu.gsp.types.map((type) => type.vgpuType)).toEqual([869])
    expect(host.disableVfs({ raw: true }).changed).toBe(true)
    expect(gpu.vfs).toEqual([])
  })

  it('sends the bootload message whose SHA-256 the reference gives', () => {
    const { state, host } = byHand()
    host.enableVfs({ count: 4 })
    const gpu = state.gpus[0]
    if (!gpu) throw new Error('no GPU')
    const sent: Uint8Array[] = []
    const machine = new Machine(state, gpu, {
      ops: (ops: NvkmVgpuMgrVfioOps) => ({
        ...ops,
        rmCtrlWr(client, cmd, params) {
          if (cmd === NV2080_CTRL_CMD_VGPU_MGR_INTERNAL_BOOTLOAD_GSP_VGPU_PLUGIN_TASK.cmd) sent.push(params)
          ops.rmCtrlWr(client, cmd, params)
        },
      }),
    })
    const vf = gpu.vfs[0]
    if (!vf) throw new Error('no VF')
    const device = machine.vfio(vf)
    device.probe()
    device.open({ vm: 'vm', pid: 1 }, { uuid: UUID, uuidBytes: new Uint8Array(16) })
    expect(sent.map((bytes) => createHash('sha256').update(bytes).digest('hex'))).toEqual([
      '4caca21e008a2d110613bfb9d0160fb497c099b8b016c6fe9690e42b652e37fc',
    ])
  })
})

interface Figures {
  /** end of the guests' framebuffer: the non-WPR heap (patch 3) */
  usable: number
  /** size of the WPR heap, and partitions in it (patches 3, 4) */
  heap: [size: number, partitions: number]
  types: number
  /** for each of two vGPUs of type 869: framebuffer, management heap, first channel, offset in BAR1 (patches 9, 14 to 16) */
  vgpus: [fb: number, heap: number, channel: number, bar1: number][]
  channels: { num: number; plugin: number }
  /** mapped part of the management heap (patch 25), and the size of the second log (patch 27) */
  mapped: number
  vgpuTaskLog: number
}

const UPSTREAM = {
  usable: 0xbed000000,
  vgpus: [
    [0xba8000000, 0xbeb000000, 512, 0],
    [0xb68000000, 0xbe9000000, 544, 0x274000],
  ],
} as const
/** 581 MiB of heap leave 11 MiB above the first guest's segments, too few for its management heap. */
const RELEASED: Figures = {
  usable: 0xbd8b00000,
  heap: [581 * MiB, 32],
  types: 29,
  vgpus: [
    [0xb98000000, 0xb96000000, 0, 0],
    [0xb50000000, 0xb94000000, 64, 0x274000],
  ],
  channels: { num: 64, plugin: 1 },
  mapped: 0x274000,
  vgpuTaskLog: 0x40000,
}

describe.each<[ProfileName, Figures]>([
  [
    'rfc-v1',
    {
      usable: UPSTREAM.usable,
      heap: [256 * MiB, 2],
      types: 1,
      vgpus: [
        [0xba8000000, 0xbeb000000, 512, 0],
        [0xb68000000, 0xbe9000000, 1024, 0x2000000],
      ],
      channels: { num: 512, plugin: 0 },
      mapped: 0x2000000,
      vgpuTaskLog: 0x20000,
    },
  ],
  [
    'v2',
    {
      usable: UPSTREAM.usable,
      heap: [256 * MiB, 32],
      types: 29,
      vgpus: UPSTREAM.vgpus.map((row) => [...row]),
      channels: { num: 32, plugin: 1 },
      mapped: 0x274000,
      vgpuTaskLog: 0x40000,
    },
  ],
  ['vgpu17', RELEASED],
  ['vgpu16', RELEASED],
])('J must 4: the same walk under %s', (profile, figures) => {
  it('boots, binds, runs two vGPUs of type 869, stops and starts one, and ends as it began', () => {
    const state = newHost({ profile })
    const host = boundHost(state)
    const [gpu] = state.gpus
    if (!gpu) throw new Error('no GPU')
    host.setAutoprobe(false)
    const block = fromSparse(gpu.gsp.wprMeta, GspFwWprMeta.size)
    expect(GspFwWprMeta.get(block, 'gspFwHeapSize')).toBe(figures.heap[0])
    expect(block[240]).toBe(figures.heap[1])
    expect(GspFwWprMeta.get(block, 'nonWprHeapOffset')).toBe(figures.usable)
    expect([gpu.nvkm.fb.size, gpu.nvkm.vmmuSegmentSize]).toEqual([figures.usable, 0x8000000])
    const info = fromSparse(gpu.gsp.systemInfo, GspSystemInfo.size)
    expect([...info.subarray(624, 632)]).toEqual([0x20, 0, 0, 0, 4, 0, 0, 0])
    expect(Buffer.from(fromSparse(gpu.gsp.registry, 113)).toString('latin1')).toContain('RMSetSriovMode\0')

    host.enableVfs({ count: 4 })
    const idle = lasting(reloaded(state))
    for (const vf of ['0', '1']) host.bindVf(vf, DRIVER)
    expect(gpu.mgr).toMatchObject({ refs: 2, client: 0xc1d00002, bar0Mapped: true })
    expect(gpu.gsp.types.map(({ vgpuType }) => vgpuType)).toEqual(gpu.mgr?.types)
    expect(gpu.gsp.types).toHaveLength(figures.types)

    for (const [index, [fb, heap, channel, bar1]] of figures.vgpus.entries()) {
      host.createVgpu({ type: '869', vf: String(index), uuid: uuidOf(index), start: true })
      expect(gpu.mgr?.vgpus[index]).toMatchObject({
        fb: { addr: fb, size: 0x40000000 },
        heap: { addr: heap, size: 0x2000000 },
        chid: { offset: channel, ...figures.channels },
        bar1: { offset: bar1, size: figures.mapped },
        client: 0xc1d00003 + index,
        rpcSeq: 3,
      })
      expect(gpu.gsp.plugins[index + 1]).toMatchObject({
        state: 'running',
        busMaster: true,
        vgpuType: 869,
        fb: { addr: fb, size: 0x40000000 },
        heap: { addr: heap, size: 0x2000000 },
        initTaskLog: { addr: heap + 0x204000, size: 0x20000 },
        vgpuTaskLog: { addr: heap + 0x224000, size: figures.vgpuTaskLog },
      })
      expect(gpu.hw.regs.b82200).toBe(32 * (index + 1) + 17)
    }
    const first = structuredClone(gpu.mgr?.vgpus[0])
    host.stopVgpus({ selectors: [uuidOf(0)] })
    expect([gpu.mgr?.vgpus[0], gpu.gsp.plugins[1]]).toEqual([undefined, undefined])
    host.startNamed({ selectors: [uuidOf(0)] })
    // another VM process
    expect({ ...gpu.mgr?.vgpus[0], pid: first?.pid }).toEqual(first)
    expect(checkHost(state, [0])).toEqual([])

    host.destroyVgpus({ selectors: [], all: true })
    for (const vf of ['0', '1']) host.unbindVf(vf)
    expect([gpu.mgr, gpu.nvkm.handle, gpu.nvkm.fb.used, gpu.nvkm.bar1.used]).toEqual([null, false, [], []])
    // no control removes the types
    gpu.gsp.types = []
    expect(lasting(reloaded(state))).toEqual(idle)
  })
})
