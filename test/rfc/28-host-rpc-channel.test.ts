import { describe, expect, it } from 'vitest'
import { Machine } from '../../src/engine/machine.ts'
import type { NvkmVgpuMgrVfioOps } from '../../src/engine/nvkm/ops.ts'
import { arm, DRIVER, lasting, reloaded, unbound, uuidOf } from '../engine/host-of.ts'
import { bound, LITERAL_UUID, lines, refusal, running } from './hosts.ts'

describe('patch 28: host RPC channel', () => {
  const GOLDEN_CONFIG =
    '24ef8ff73ed511efae369758b1cb0c8704c10000000000000300d0c16503000000000000000000000002000000000000' +
    '0000000000400000040000000200000000100000000000000000000001000101' +
    '0000000000000000'

  /** What one open sends: doorbell values, and the message region as it is when the doorbell rings. */
  function calls(vf: string) {
    const made = unbound('rfc-v1')
    for (const one of ['0', '1']) made.host.bindVf(one, DRIVER)
    const { state, gpu } = made
    const rung: { doorbell: number; type: number; sequence: number; message: string }[] = []
    const machine: Machine = new Machine(state, gpu, {
      ops: (ops: NvkmVgpuMgrVfioOps) => {
        const bar0Window = () => ({
          ...ops.bar0Window(),
          read32: (offset: number) => machine.bar0.read32(offset),
          write32: (offset: number, value: number) => {
            const heap = gpu.mgr?.vgpus[vf]?.heap?.addr ?? 0
            const { framebuffer: fb } = machine
            rung.push({
              doorbell: value,
              type: fb.read32(heap + 4),
              sequence: fb.read32(heap + 8),
              message: Buffer.from(fb.read(heap + 0x2000, 88)).toString('hex'),
            })
            machine.bar0.write32(offset, value)
          },
        })
        return { ...ops, bar0Window, mapBar0: bar0Window }
      },
    })
    const device = gpu.vfs[Number(vf)]
    if (!device) throw new Error('no VF')
    const uuidBytes = Buffer.from(LITERAL_UUID.replaceAll('-', ''), 'hex')
    machine.vfio(device).open({ vm: 'vm', pid: 1001 }, { uuid: LITERAL_UUID, uuidBytes: new Uint8Array(uuidBytes) })
    return { ...made, rung }
  }

  it('counts its calls 1, 2, 3 and rings 0x31 for gfid 1, 0x51 for gfid 2', () => {
    const first = calls('0')
    expect(first.rung.map(({ doorbell, type, sequence }) => [doorbell, type, sequence])).toEqual([
      [0x31, 1, 1],
      [0x31, 2, 2],
      [0x31, 13, 3],
    ])
    expect(calls('1').rung.map(({ doorbell }) => doorbell)).toEqual([0x51, 0x51, 0x51])
    expect(lines(first.gpu)).toContain('nvidia-vgpu 0: vGPU RPC initialization is done.')
  })

  it('sends the golden configuration', () => {
    expect(calls('0').rung[1]?.message).toBe(GOLDEN_CONFIG)
  })

  it('announces bus mastering with two bytes, which the plugin takes on', () => {
    const { rung, gpu } = calls('0')
    expect(rung[2]?.message.startsWith('0100')).toBe(true)
    expect(gpu.gsp.plugins[1]?.busMaster).toBe(true)
  })

  it('keeps version 1 and the four offsets in the control region, and overwrites the magic with its first call', () => {
    const { machine, vgpu } = running()
    const { addr } = vgpu.heap
    expect([0, 8, 16, 24, 32, 40].map((at) => machine.framebuffer.read32(addr + at))).toEqual([
      1, 3, 0x1000, 0x2000, 0x3000, 0x203000,
    ])
  })

  it('gives up on the boot after 10 virtual seconds with ETIMEDOUT and the kernel’s line', () => {
    const { state, host, gpu } = bound()
    arm(state, 'plugin.boot', 'drop')
    const { now } = state
    expect(() => host.createVgpu({ type: '869', vf: '0', uuid: uuidOf(1), start: true })).toThrow(
      refusal({ errno: 'ETIMEDOUT' }),
    )
    expect(state.now - now).toBeGreaterThanOrEqual(10_000_000)
    expect(state.now - now).toBeLessThan(11_000_000)
    expect(lines(gpu)).toContain('nvidia-vgpu 0: waiting bootload timeout!')
  })

  it('gives up on a call after 120 virtual seconds with EINVAL', () => {
    const { state, host, gpu } = bound()
    arm(state, 'rpc.1', 'drop')
    const { now } = state
    expect(() => host.createVgpu({ type: '869', vf: '0', uuid: uuidOf(1), start: true })).toThrow(
      refusal({ errno: 'EINVAL', code: 'timeout' }),
    )
    expect(state.now - now).toBeGreaterThanOrEqual(120_000_000)
    expect(lines(gpu)).toContain('nvidia-vgpu 0: fail to negotiate rpc version!')
  })

  it('gives EINVAL for a result other than 0, with the result in the log', () => {
    const { state, host, gpu } = bound()
    arm(state, 'rpc.2', '5')
    expect(() => host.createVgpu({ type: '869', vf: '0', uuid: uuidOf(1), start: true })).toThrow(
      refusal({ errno: 'EINVAL', code: 'firmware-refusal' }),
    )
    expect(lines(gpu)).toEqual(
      expect.arrayContaining([
        'nvidia-vgpu 0: fail to recv RPC: result 5',
        'nvidia-vgpu 0: fail to init vgpu plugin task!',
      ]),
    )
  })

  it('is not heard when the doorbell names another gfid', () => {
    const { state, gpu, machine: whole } = running()
    const machine = new Machine(state, gpu, {
      ops: (ops: NvkmVgpuMgrVfioOps) => ({
        ...ops,
        bar0Window: () => ({ read32: () => 0, write32: (offset, value) => whole.bar0.write32(offset, value + 1) }),
      }),
    })
    expect(() => machine.mgr.rpc(0).updateBmeState(true)).toThrow(refusal({ errno: 'EINVAL', code: 'timeout' }))
  })

  it('takes the manager down again when PF BAR0 cannot be mapped', () => {
    const { host, state, gpu } = unbound('rfc-v1')
    host.bindVf('0', DRIVER)
    host.unbindVf('0')
    const before = reloaded(state)
    arm(state, 'ops.mapBar0', 'ENOMEM')
    expect(() => host.bindVf('0', DRIVER)).toThrow(refusal({ errno: 'ENOMEM' }))
    expect(lasting(state)).toEqual(lasting(before))
    expect(gpu.mgr).toBeNull()
  })
})
