import { describe, expect, it } from 'vitest'
import {
  doorbellValue,
  GSP_PLUGIN_BOOTLOADED,
  NV_VF_DOORBELL_OFFSET,
  NV_VGPU_CPU_RPC_DATA_COPY_CONFIG_PARAMS,
  VGPU_CPU_GSP_CTRL_BUFF_REGION,
  VGPU_CPU_GSP_MESSAGE_BUFF_OFFSET,
  VGPU_CPU_GSP_RESPONSE_BUFF_OFFSET,
} from '../../src/abi/vgpu-gsp.ts'
import { Machine } from '../../src/engine/machine.ts'
import type { VgpuRpc } from '../../src/engine/vgpu-mgr/rpc.ts'
import { DRIVER, unbound, uuidOf } from './host-of.ts'

const CONTROL = VGPU_CPU_GSP_CTRL_BUFF_REGION.fields
const [NEGOTIATE, CONFIGURE, RESET, BUS_MASTER] = [1, 2, 3, 13] as const
const CONFIG = {
  vgpu_uuid: Uint8Array.from({ length: 16 }, (_, n) => n * 16 + 1),
  dbdf: 0xc104,
  vgpu_device_instance_id: 0xc1d00003,
  vgpu_type: 869,
  vm_pid: 1001,
  num_channels: 32,
  num_plugin_channels: 1,
  hypervisor_type: 4,
  host_cpu_arch: 2,
  host_page_size: 4096,
}

/** A running task, reset to the given state; the test writes the mailbox. */
function task(state: 'ready' | 'negotiated' | 'running' = 'ready') {
  const made = unbound('v2', 2)
  made.host.bindVf('0', DRIVER)
  made.host.createVgpu({ type: '869', vf: '0', uuid: uuidOf(1), start: true })
  const machine = new Machine(made.state, made.gpu)
  const plugin = made.gpu.gsp.plugins[1]
  if (!plugin) throw new Error('no task')
  plugin.state = state
  if (state !== 'running') plugin.busMaster = false
  const { framebuffer: fb, bar0 } = machine
  const heap = plugin.heap.addr
  let sequence = 100
  /** @returns the result, or null without an answer */
  const call = (type: number, data: Uint8Array = new Uint8Array(0), doorbell = doorbellValue(1)): number | null => {
    sequence += 1
    fb.write(heap + VGPU_CPU_GSP_MESSAGE_BUFF_OFFSET, data)
    fb.write32(heap + CONTROL.message_type.offset, type)
    fb.write32(heap + CONTROL.message_seq_num.offset, sequence)
    bar0.write32(NV_VF_DOORBELL_OFFSET, doorbell)
    const answered = fb.read32(heap + VGPU_CPU_GSP_RESPONSE_BUFF_OFFSET) === sequence
    return answered ? fb.read32(heap + VGPU_CPU_GSP_RESPONSE_BUFF_OFFSET + 4) : null
  }
  return { ...made, machine, plugin, fb, heap, call }
}

const config = (change: Partial<typeof CONFIG> = {}) =>
  NV_VGPU_CPU_RPC_DATA_COPY_CONFIG_PARAMS.encode({ ...CONFIG, ...change })

describe('the plugin task', () => {
  it('goes from ready over negotiated to running, and takes on what the configuration says', () => {
    const { plugin, fb, heap, call } = task()
    expect([call(NEGOTIATE), plugin.state]).toEqual([0, 'negotiated'])
    expect(fb.read32(heap + VGPU_CPU_GSP_MESSAGE_BUFF_OFFSET + 4)).toBe(1)
    expect([call(CONFIGURE, config()), plugin.state]).toEqual([0, 'running'])
    expect(plugin).toMatchObject({
      uuid: '01112131-4151-6171-8191-a1b1c1d1e1f1',
      instance: 0xc1d00003,
      vmPid: 1001,
      vgpuType: 869,
    })
  })

  it('answers 1 to what comes out of order', () => {
    const fresh = task()
    expect([CONFIGURE, BUS_MASTER, RESET].map((type) => fresh.call(type, config()))).toEqual([1, 1, 1])
    expect(fresh.plugin.state).toBe('ready')
    const negotiated = task('negotiated')
    expect([NEGOTIATE, BUS_MASTER].map((type) => negotiated.call(type))).toEqual([1, 1])
    const running = task('running')
    expect([NEGOTIATE, CONFIGURE].map((type) => running.call(type, config()))).toEqual([1, 1])
    expect(running.plugin.state).toBe('running')
  })

  it('answers 1 to a host of another version', () => {
    const { fb, heap, plugin, call } = task()
    fb.write32(heap + CONTROL.version.offset, 2)
    expect([call(NEGOTIATE), plugin.state]).toEqual([1, 'ready'])
  })

  it('answers 2 to a message it does not know', () => {
    const { plugin, call } = task('running')
    expect([0, 15, 99].map((type) => call(type))).toEqual([2, 2, 2])
    expect(plugin.state).toBe('running')
  })

  it.each<[string, Partial<typeof CONFIG>]>([
    ['a type that was never uploaded', { vgpu_type: 5000 }],
    ['another type than it was loaded for', { vgpu_type: 874 }],
    ['the address of another VF', { dbdf: 0xc105 }],
    ['more channels than it was loaded with', { num_channels: 64 }],
    ['more plugin channels than it was loaded with', { num_plugin_channels: 2 }],
    ['the client of another vGPU', { vgpu_device_instance_id: 0xc1d00002 }],
    ['another VM', { vm_pid: 1002 }],
    ['another hypervisor', { hypervisor_type: 5 }],
    ['another processor', { host_cpu_arch: 1 }],
    ['another page size', { host_page_size: 65536 }],
  ])('answers 3 to a configuration with %s', (_, change) => {
    const { plugin, call } = task('negotiated')
    expect([call(CONFIGURE, config(change)), plugin.state]).toEqual([3, 'negotiated'])
    expect(call(CONFIGURE, config())).toBe(0)
  })

  it('switches bus mastering on and off while it runs, and says it is allowed', () => {
    const { plugin, fb, heap, call } = task('running')
    expect([call(BUS_MASTER, Uint8Array.of(0, 0)), plugin.busMaster]).toEqual([0, false])
    expect([call(BUS_MASTER, Uint8Array.of(1, 0)), plugin.busMaster]).toEqual([0, true])
    expect([...fb.read(heap + VGPU_CPU_GSP_MESSAGE_BUFF_OFFSET, 2)]).toEqual([1, 1])
    expect([call(RESET), plugin.busMaster]).toEqual([0, false])
  })

  it.each([0, 1, 16, 18, 32, 48, 50, 17, doorbellValue(2), doorbellValue(33), 0xffffffff])(
    'does not hear the doorbell value %i',
    (value) => {
      const { call } = task()
      expect(call(NEGOTIATE, new Uint8Array(0), value)).toBeNull()
      expect(call(NEGOTIATE)).toBe(0)
    },
  )

  it('takes no message twice, and none before the host has overwritten its magic', () => {
    const { machine, fb, heap, plugin, call } = task()
    call(NEGOTIATE)
    plugin.state = 'ready'
    machine.bar0.write32(NV_VF_DOORBELL_OFFSET, doorbellValue(1))
    expect(plugin.state).toBe('ready')
    fb.write32(heap + CONTROL.message_seq_num.offset, GSP_PLUGIN_BOOTLOADED)
    machine.bar0.write32(NV_VF_DOORBELL_OFFSET, doorbellValue(1))
    expect(plugin.state).toBe('ready')
  })

  it('is deaf once it is shut down', () => {
    const { plugin, call } = task('running')
    plugin.state = 'stopped'
    expect(call(BUS_MASTER, Uint8Array.of(1, 0))).toBeNull()
  })
})

describe('a call of the host', () => {
  function rpc(): ReturnType<typeof task> & { rpc: VgpuRpc } {
    const made = task('running')
    return { ...made, rpc: made.machine.mgr.rpc(0) }
  }

  it('is refused before anything is written when it is not a message or too long', () => {
    const { rpc: channel, gpu } = rpc()
    const sequence = gpu.mgr?.vgpus[0]?.rpcSeq
    for (const act of [() => channel.call(15), () => channel.call(1, new Uint8Array(4097))])
      expect(act).toThrow(expect.objectContaining({ errno: 'EINVAL' }))
    expect(gpu.mgr?.vgpus[0]?.rpcSeq).toBe(sequence)
  })

  it('counts on from where it was, and brings the message region back', () => {
    const { rpc: channel, gpu } = rpc()
    const before = gpu.mgr?.vgpus[0]?.rpcSeq ?? 0
    expect([...channel.call(BUS_MASTER, Uint8Array.of(1, 0))]).toEqual([1, 1])
    expect(gpu.mgr?.vgpus[0]?.rpcSeq).toBe(before + 1)
    expect(gpu.hw.regs.b82200).toBe(0x31)
  })

  it('gives a result and a time-out the same errno, and tells them apart in the message', () => {
    const { rpc: channel, state, plugin, gpu } = rpc()
    expect(() => channel.call(NEGOTIATE)).toThrow(
      expect.objectContaining({
        errno: 'EINVAL',
        code: 'firmware-refusal',
        message: expect.stringContaining('result 1'),
      }),
    )
    expect(gpu.klog.lines.some((line) => line.text === 'nvidia-vgpu 0: fail to recv RPC: result 1')).toBe(true)
    plugin.state = 'stopped'
    const then = state.now
    expect(() => channel.call(BUS_MASTER, Uint8Array.of(1, 0))).toThrow(
      expect.objectContaining({ errno: 'EINVAL', code: 'timeout' }),
    )
    expect(state.now - then).toBe(120_000_000)
  })
})
