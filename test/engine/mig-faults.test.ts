import { describe, expect, it } from 'vitest'
import { copyState } from '../../src/engine/copy-state.ts'
import { checkHost } from '../../src/engine/invariants.ts'
import type { HostState } from '../../src/engine/state.ts'
import { NvError } from '../../src/errors/nv-error.ts'
import { boundHost, type Host } from './bound-host.ts'
import { arm, hostOf, lasting, uuidOf } from './host-of.ts'
import { A100, migHost } from './mig-host.ts'

function wasRefused(act: () => unknown): boolean {
  try {
    act()
    return false
  } catch (error) {
    if (error instanceof NvError) return true
    throw error
  }
}

const POINTS = [
  'gsp.NV2080_CTRL_CMD_GPU_SET_PARTITIONING_MODE',
  'gsp.NV2080_CTRL_CMD_GPU_SET_PARTITIONS',
  'gsp.NVC637_CTRL_CMD_EXEC_PARTITIONS_CREATE',
  'gsp.NVC637_CTRL_CMD_EXEC_PARTITIONS_DELETE',
  'gsp.NV2080_CTRL_CMD_VGPU_MGR_INTERNAL_BOOTLOAD_GSP_VGPU_PLUGIN_TASK',
  'rpc.2',
  'gsp.alloc.0x0',
  'gsp.alloc.0x80',
  'gsp.alloc.0x2080',
  'gsp.alloc.0xc637',
  'gsp.free',
]

/** A host, the verb under test, and its name. */
const ACTS: readonly [name: string, state: () => HostState, act: (host: Host) => unknown][] = [
  [
    'a switch of the mode',
    () => hostOf({ board: A100, profile: 'vgpu17' }).state,
    (host) => host.setMigMode({ gpu: '0', on: true }),
  ],
  [
    'a create of three',
    () => migHost(['1g.5gb']).state,
    (host) =>
      host.createGpuInstances({
        instances: [{ profile: '2g.10gb' }, { profile: '1g.5gb' }, { profile: '1g.5gb+me' }],
        compute: true,
      }),
  ],
  [
    'a create of compute instances',
    () => {
      const { host, state } = migHost(['3g.20gb'])
      host.destroyComputeInstance({ gpuInstance: 2, id: 0 })
      return state
    },
    (host) =>
      host.createComputeInstances({ gpuInstance: 2, instances: [{ profile: '1c', start: 2 }, { profile: '2c' }] }),
  ],
  [
    'a destroy of all',
    () => migHost(['1g.5gb', '2g.10gb', '3g.20gb']).state,
    (host) => host.destroyGpuInstances({ withCompute: true }),
  ],
  [
    'a vGPU',
    () => migHost(['2g.10gb']).state,
    (host) => host.createVgpu({ type: 'A100-2-10C', uuid: uuidOf(1), start: true }),
  ],
]

describe('M 6: a control that fails', () => {
  it.each(ACTS)('once, at any visit of %s, leaves the tree as before', (_, made, act) => {
    const before = made()
    const clean = lasting(before)
    let struck = 0
    for (const point of POINTS) {
      for (let visit = 0; visit < 60; visit += 1) {
        const state = copyState(before)
        const fault = arm(state, point, visit % 2 === 0 ? 'NV_ERR_GENERIC' : 'drop', visit)
        const refused = wasRefused(() => act(boundHost(state)))
        expect(checkHost(state, [0]), `${point} ${visit}`).toEqual([])
        if (refused) expect(lasting(state), `${point} ${visit}`).toEqual(clean)
        if (fault.struck === 0) break
        struck += 1
      }
    }
    expect(struck).toBeGreaterThan(4)
  })

  it('in the middle of a destroy brings ids and places back, those with gaps too', () => {
    const { host, state } = migHost(['3g.20gb'])
    host.destroyComputeInstance({ gpuInstance: 2, id: 0 })
    host.createComputeInstances({
      gpuInstance: 2,
      instances: [{ profile: '1c' }, { profile: '1c' }, { profile: '1c' }],
    })
    host.destroyComputeInstance({ gpuInstance: 2, id: 0 })
    const before = lasting(state)
    arm(state, 'gsp.NV2080_CTRL_CMD_GPU_SET_PARTITIONS', 'NV_ERR_STATE_IN_USE')
    expect(() => host.destroyGpuInstances({ withCompute: true })).toThrow(NvError)
    expect(lasting(state)).toEqual(before)
    expect(host.createVgpu({ type: 'A100-3-20C', uuid: uuidOf(1), start: true }).changed).toBe(true)
  })
})
