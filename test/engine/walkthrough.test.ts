import { createHash } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { NV2080_CTRL_CMD_VGPU_MGR_INTERNAL_BOOTLOAD_GSP_VGPU_PLUGIN_TASK } from '../../src/abi/ctrl2080.ts'
import { GspSystemInfo } from '../../src/abi/gsp-boot.ts'
import { GspFwWprMeta } from '../../src/abi/wpr-meta.ts'
import { checkHost } from '../../src/engine/invariants.ts'
import { Machine } from '../../src/engine/machine.ts'
import { newHost } from '../../src/engine/new-host.ts'
import type { NvkmVgpuMgrVfioOps } from '../../src/engine/nvkm/ops.ts'
import { fromSparse } from '../../src/engine/sparse.ts'
import type { HostState } from '../../src/engine/state.ts'
import { boundHost, type Host } from './bound-host.ts'

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
