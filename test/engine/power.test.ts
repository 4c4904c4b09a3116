import { describe, expect, it } from 'vitest'
import { checkHost } from '../../src/engine/invariants.ts'
import { Machine } from '../../src/engine/machine.ts'
import { newHost } from '../../src/engine/new-host.ts'
import type { GpuState, HostState } from '../../src/engine/state.ts'
import { write } from '../../src/engine/sysfs/sysfs.ts'
import { boundHost, type Host } from './bound-host.ts'

const UUID = '11111111-2222-4333-8444-555555555555'

function running(): { state: HostState; host: Host; gpu: GpuState } {
  const state = newHost()
  const host = boundHost(state)
  host.enableVfs({ count: 4 })
  host.createVgpu({ type: 'L40-4Q', uuid: UUID, start: true })
  const gpu = state.gpus[0]
  if (!gpu) throw new Error('no GPU')
  return { state, host, gpu }
}

/** The GPU's state without queue counters, log, trace and boot record. */
function lasting(gpu: GpuState) {
  const { klog, trace, ...rest } = structuredClone(gpu)
  return { ...rest, gsp: { ...rest.gsp, queue: null, boot: null }, nvkm: { ...rest.nvkm, queue: null, events: null } }
}

describe('suspend and resume of the host', () => {
  it('keeps framebuffer, channels, clients and plugin records byte for byte', () => {
    const { state, host, gpu } = running()
    const machine = new Machine(state, gpu)
    machine.framebuffer.write(gpu.mgr?.vgpus[0]?.fb?.addr ?? 0, Uint8Array.of(0xde, 0xad, 0xbe, 0xef))
    machine.flush()
    const before = lasting(gpu)
    expect(host.suspendHost().changed).toBe(true)
    expect(gpu.gsp.power).toBe('suspended')
    expect(gpu.vfs[0]?.paused).toBe('host')
    expect(host.resumeHost().changed).toBe(true)
    expect(lasting(gpu)).toEqual(before)
    expect(checkHost(state, [0])).toEqual([])
    host.destroyVgpus({ selectors: [UUID] })
    expect(checkHost(state, [0])).toEqual([])
  })

  it('answers EIO to whatever needs GSP while asleep, and changes nothing', () => {
    const { host, gpu } = running()
    host.suspendHost()
    const before = lasting(gpu)
    expect(() =>
      host.createVgpu({ type: 'L40-4Q', uuid: 'aaaaaaaa-2222-4333-8444-555555555555', start: true }),
    ).toThrow(expect.objectContaining({ errno: 'EIO', code: 'not-running' }))
    expect(lasting(gpu)).toEqual(before)
    expect(gpu.mgr?.vgpus[1]).toBeUndefined()
  })

  it.each<[string, (host: Host) => unknown]>([
    ['stopped', (host) => host.stopVgpus({ selectors: [UUID] })],
    ['destroyed', (host) => host.destroyVgpus({ selectors: [UUID] })],
    ['closed', (host) => host.closeVfio({ vf: '0' })],
    ['resumed by itself', (host) => host.resumeVgpus({ selectors: [UUID] })],
    ['paused', (host) => host.suspendVgpus({ selectors: [UUID] })],
    ['dropped with its VFs', (host) => host.disableVfs({ force: true })],
    ['dropped with its VFs through sysfs', ({ state }) => write(state, '0000:c1:00.0/sriov_numvfs', Uint8Array.of(48))],
    ['dropped with the driver of its PF', (host) => host.unbindGpu()],
  ])('lets no vGPU be %s while asleep, when its plugin task could not be told', (_, act) => {
    const { state, host, gpu } = running()
    host.suspendHost()
    const before = lasting(gpu)
    expect(() => act(host)).toThrow(expect.objectContaining({ errno: 'EIO', hint: 'nvgpu host resume' }))
    expect(lasting(gpu)).toEqual(before)
    host.resumeHost()
    host.destroyVgpus({ selectors: [UUID] })
    expect(Object.keys(gpu.gsp.plugins)).toEqual([])
    host.createVgpu({ type: 'L40-4Q', uuid: UUID, start: true })
    expect(checkHost(state, [0])).toEqual([])
  })

  it('refuses with EBUSY when strict and a vGPU runs, and a failing GSP leaves the host awake', () => {
    const { state, host, gpu } = running()
    expect(() => host.suspendHost({ strict: true })).toThrow(expect.objectContaining({ errno: 'EBUSY' }))
    host.addFault({ point: 'gsp.suspend' })
    expect(() => host.suspendHost()).toThrow(expect.objectContaining({ errno: 'EIO' }))
    expect(state.suspended).toBe(false)
    expect(gpu.vfs[0]?.paused).toBeNull()
    expect(gpu.gsp.power).toBe('running')
  })

  it('does nothing on a resume without a suspend', () => {
    const { host, gpu } = running()
    const before = lasting(gpu)
    expect(host.resumeHost().changed).toBe(false)
    expect(lasting(gpu)).toEqual(before)
  })
})

describe('booting', () => {
  it('records every step in order and ends with the static info', () => {
    const { host } = running()
    expect(host.bootSteps().map((step) => step.step)).toEqual([
      'load gsp',
      'load booter_load',
      'load booter_unload',
      'load bootloader',
      'radix3',
      'FB layout',
      'FWSEC-FRTS',
      'log buffers',
      'WPR meta',
      'GSP_SET_SYSTEM_INFO',
      'SET_REGISTRY',
      'booter_load',
      'GSP_INIT_DONE',
      'GET_GSP_STATIC_INFO',
    ])
  })

  it.each([
    ['firmware.gsp', 'missing', 'ENOENT'],
    ['firmware.booter_load', 'unsigned', 'ENOENT'],
    ['firmware.bootloader', 'wrong-version', 'EINVAL'],
    ['gsp.boot', 'fail', 'EIO'],
    ['boot.FWSEC-FRTS', 'EIO', 'EIO'],
  ])('fails at %s when it is %s, leaves no driver, and works again once the fault is spent', (point, effect, errno) => {
    const state = newHost()
    const host = boundHost(state)
    host.addFault({ point, effect })
    host.resetGpu()
    expect(host.bootSteps().at(-1)?.errno).toBe(errno)
    expect(host.gpuViews()[0]).toMatchObject({
      driver: { name: null },
      gsp: { state: 'failed' },
      vgpuSupport: { enabled: false },
    })
    expect(() => host.enableVfs({ count: 4 })).toThrow(expect.objectContaining({ errno: 'ENOENT' }))
    host.bindGpu()
    expect(host.gpuViews()[0]).toMatchObject({
      driver: { name: 'NovaCore' },
      gsp: { state: 'running' },
      vgpuSupport: { enabled: true },
    })
    expect(host.enableVfs({ count: 4 }).changed).toBe(true)
  })

  it('drops VFs, types and vGPUs at a reboot and keeps the board, its UUID and the overlay', () => {
    const { state, host, gpu } = running()
    const { uuid, bdf } = gpu
    host.rebootHost()
    expect(state.gpus[0]).toMatchObject({
      uuid,
      bdf,
      vfs: [],
      mgr: null,
      gsp: { types: [], plugins: {}, power: 'running' },
    })
    expect(checkHost(state, [0])).toEqual([])
  })

  it('tells why a GPU has no driver after a reset whose probe failed behind the boot', () => {
    const host = boundHost(newHost())
    host.addFault({ point: 'gsp.NV2080_CTRL_CMD_FIFO_GET_DEVICE_INFO_TABLE' })
    const { failed, warnings } = host.resetGpu()
    expect(failed).toBe(true)
    expect(warnings).toEqual([
      expect.stringMatching(/^0000:c1:00\.0 has no driver: .*DEVICE_INFO_TABLE.*NV_ERR_GENERIC/),
    ])
  })

  it('says what mends it when no VF is free after the core driver was away', () => {
    const { host } = running()
    host.unbindGpu()
    const create = () => host.createVgpu({ type: 'L40-4Q', uuid: UUID, start: true })
    expect(create).toThrow(expect.objectContaining({ code: 'no-vf', hint: 'nvgpu gpu bind 0000:c1:00.0' }))
    host.bindGpu()
    expect(create).toThrow(expect.objectContaining({ code: 'no-vf', hint: 'nvgpu vf unbind 0000:c1:00.4' }))
    host.unbindVf('0')
    expect(create).toThrow(expect.objectContaining({ code: 'no-vf', hint: 'nvgpu vf unbind 0000:c1:00.5' }))
    host.bindVf('0', 'nvidia-vgpu-vfio')
    expect(create().changed).toBe(true)
  })

  it('refuses to reset a GPU that carries a vGPU, naming it', () => {
    const { host } = running()
    expect(() => host.resetGpu()).toThrow(
      expect.objectContaining({ errno: 'EBUSY', message: expect.stringContaining(UUID) }),
    )
  })
})

describe('GSP events', () => {
  it('marks the vGPU that owns the channel as failed and leaves its neighbour equal', () => {
    const { host, gpu } = running()
    host.createVgpu({ type: 'L40-4Q', uuid: 'aaaaaaaa-2222-4333-8444-555555555555', start: true })
    const neighbour = structuredClone(gpu.mgr?.vgpus[1])
    const { offset = 0, num = 0 } = gpu.mgr?.vgpus[0]?.chid ?? {}
    host.injectXid({ channel: offset + num - 1, xid: 31, text: 'MMU fault' })
    expect(gpu.mgr?.vgpus[0]?.failed).toMatchObject({ xid: 31, text: 'MMU fault' })
    expect(gpu.mgr?.vgpus[1]).toEqual(neighbour)
    expect(gpu.klog.lines.some((line) => line.text.includes('Xid:31 MMU fault'))).toBe(true)
  })

  it.each(['RC_TRIGGERED', 'OS_ERROR_LOG', 'POST_EVENT'])('drops a %s that is too short, with a warning', (event) => {
    const { host, gpu } = running()
    const before = structuredClone(gpu.mgr)
    for (const payload of [new Uint8Array(), Uint8Array.of(1, 2, 3)]) host.injectEvent({ event, payload })
    expect(gpu.mgr).toEqual(before)
    expect(host.kernelLog().slice(-2)).toEqual([
      expect.objectContaining({ level: 'warn', text: expect.stringMatching(/^gsp: rpc_\w+ has 0 bytes,/) }),
      expect.objectContaining({ level: 'warn', text: expect.stringMatching(/^gsp: rpc_\w+ has 3 bytes,/) }),
    ])
  })

  it("leaves every vGPU alone when the channel is the host's (511, just below the first block)", () => {
    const { host, gpu } = running()
    host.injectXid({ channel: 511, xid: 13 })
    expect(gpu.mgr?.vgpus[0]?.failed).toBeNull()
  })

  it('warns with a dump about an unknown event and stays silent about perfmon samples', () => {
    const { host, gpu } = running()
    host.injectEvent({ event: 'DISPLAY_MODESET', payload: Uint8Array.of(1, 2, 3) })
    expect(gpu.klog.lines.at(-1)?.text).toContain('unknown event 0x1011 DISPLAY_MODESET: 01 02 03')
    const lines = gpu.klog.next
    host.injectEvent({ event: '0x1008', payload: new Uint8Array(4048) })
    expect(gpu.klog.next).toBe(lines)
    expect(gpu.nvkm.events.GPUACCT_PERFMON_UTIL_SAMPLES).toBe(1)
  })
})

describe('the trace', () => {
  it('is empty while off, and holds each message with name, handles, size and status while on', () => {
    const { host, gpu } = running()
    expect(gpu.trace.records).toEqual([])
    host.setTracing(true)
    host.createVgpu({ type: 'L40-4Q', uuid: 'aaaaaaaa-2222-4333-8444-555555555555', start: true })
    const bootload = host.eventViews({ kinds: ['rpc'], bytes: true }).filter((event) => event.text.includes('BOOTLOAD'))
    expect(bootload.map((event) => [event.direction, event.size, event.status?.name ?? null])).toEqual([
      ['nvkm>gsp', 6520, null],
      ['gsp>nvkm', 6520, 'NV_OK'],
    ])
    expect(bootload[0]?.bytes).toHaveLength(2 * 6520)
    expect(host.eventViews({ kinds: ['bar'] }).map((event) => event.text)).toContain('BAR0+0xb82200 doorbell')
    const order = host.eventViews().map((event) => event.seq)
    expect(order).toEqual([...order].sort((a, b) => a - b))
    host.setTracing(false)
    expect(gpu.trace.records).toEqual([])
  })
})
