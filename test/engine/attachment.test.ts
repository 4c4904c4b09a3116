import { describe, expect, it } from 'vitest'
import { NV2080_CTRL_CMD_VGPU_MGR_INTERNAL_SET_VGPU_MGR_CONFIG as SET_MGR_CONFIG } from '../../src/abi/ctrl2080.ts'
import { Machine } from '../../src/engine/machine.ts'
import { NvError } from '../../src/errors/nv-error.ts'
import { arm, DRIVER, lasting, reloaded, unbound } from './host-of.ts'
import { opened } from './opened.ts'
import { refusal } from './refusal-of.ts'

const REFUSED = {
  errno: 'EINVAL',
  code: 'firmware-refusal',
  at: 'r535_gsp_rpc_rm_ctrl',
  message: 'it refuses',
} as const

describe('J 3: the manager’s hold on its PF', () => {
  it('a BAR0 that cannot be mapped leaves no manager, and the next bind makes one', () => {
    const { state, host, gpu } = unbound('v2')
    // the types stay in GSP: no control removes them
    host.bindVf('0', DRIVER)
    host.unbindVf('0')
    const before = lasting(reloaded(state))
    arm(state, 'ops.mapBar0', 'ENOMEM')
    expect(refusal(() => host.bindVf('0', DRIVER))).toMatchObject({ errno: 'ENOMEM' })
    expect(lasting(state)).toEqual(before)
    host.bindVf('0', DRIVER)
    expect(gpu.mgr).toMatchObject({
      refs: 1,
      bar0Mapped: true,
      heterogeneous: false,
      suspended: false,
      eccEnabled: false,
    })
  })

  it('a detached vGPU has no client, and keeps memory, channels and mapping', () => {
    const { gpu, machine } = opened()
    const { fb, chid, heap, bar1, client } = { ...gpu.mgr?.vgpus[0] }
    expect([fb, chid, heap, bar1, client].includes(null)).toBe(false)
    machine.mgr.detach(0)
    expect(gpu.mgr?.vgpus[0]).toMatchObject({ fb, chid, heap, bar1, client: null, bootloaded: false, rpcSeq: null })
    expect(gpu.gsp.plugins).toEqual({})
  })

  it('a heap without a mapping is not read', () => {
    const { gpu, machine } = opened()
    expect(machine.mgr.heap(0).size).toBe(0x274000)
    const vgpu = gpu.mgr?.vgpus[0]
    if (!vgpu) throw new Error('no vGPU')
    vgpu.bar1 = null
    expect(() => machine.mgr.heap(0)).toThrow('the heap of vGPU 0 is not mapped')
  })

  it.each([
    ['a refusal of GSP is logged, and the manager goes', new NvError(REFUSED), null],
    ['a fault of the code itself is not taken for one', new Error('a bug'), 'a bug'],
  ])('leaving mixed sizes: %s', (_what, error, thrown) => {
    const { state, host, gpu } = unbound('v2')
    host.bindVf('0', DRIVER)
    const machine = new Machine(state, gpu, {
      ops: (ops) => ({
        ...ops,
        rmCtrlWr(client, cmd, params) {
          if (
            cmd === SET_MGR_CONFIG.cmd &&
            !SET_MGR_CONFIG.params.decode(params).bSupportHeterogeneousTimeSlicedVgpuTypes
          )
            throw error
          ops.rmCtrlWr(client, cmd, params)
        },
      }),
    })
    machine.mgr.setHeterogeneous(true)
    if (thrown !== null) {
      expect(() => machine.mgr.put()).toThrow(thrown)
      return
    }
    machine.mgr.put()
    expect(gpu.mgr).toBeNull()
    expect(gpu.klog.lines.at(-1)).toMatchObject({
      level: 'warn',
      text: '0000:c1:00.0: GSP stays in heterogeneous mode: it refuses',
    })
  })

  it('a PF whose support is off has no manager', () => {
    const { state, gpu } = unbound('v2')
    gpu.nvkm.enabled = false
    expect(refusal(() => new Machine(state, gpu).mgr.get())).toMatchObject({ errno: 'ENODEV', code: 'unsupported' })
    expect(gpu.mgr).toBeNull()
    gpu.nvkm.driver = null
    expect(refusal(() => new Machine(state, gpu).mgr.get())).toMatchObject({ errno: 'EINVAL', code: 'no-device' })
  })
})
