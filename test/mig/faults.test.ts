import { describe, expect, it } from 'vitest'
import type { HostState } from '../../src/engine/state.ts'
import { NvError } from '../../src/errors/nv-error.ts'
import type { Host } from '../engine/bound-host.ts'
import { arm, hostOf, lasting, uuidOf } from '../engine/host-of.ts'
import { A100, H100, migHost } from '../engine/mig-host.ts'
import { strikeEach } from './faults.ts'

const CONTROL = {
  mode: 'gsp.NV2080_CTRL_CMD_GPU_SET_PARTITIONING_MODE',
  gpuInstance: 'gsp.NV2080_CTRL_CMD_GPU_SET_PARTITIONS',
  compute: 'gsp.NVC637_CTRL_CMD_EXEC_PARTITIONS_CREATE',
  noCompute: 'gsp.NVC637_CTRL_CMD_EXEC_PARTITIONS_DELETE',
  bootload: 'gsp.NV2080_CTRL_CMD_VGPU_MGR_INTERNAL_BOOTLOAD_GSP_VGPU_PLUGIN_TASK',
}

interface Case {
  readonly name: string
  readonly before: () => HostState
  readonly act: (host: Host) => { readonly failed?: boolean }
  /** controls that the act has to come by, each so many times */
  readonly controls: Readonly<Record<string, number>>
}

/** A create of several instances beside one that is there. */
function creates(board: string, there: string, profiles: readonly string[]): Case {
  const instances = profiles.map((profile) => ({ profile }))
  return {
    name: `a create of ${profiles.join(', ')} on ${board}`,
    before: () => migHost([there], { board }).state,
    act: (host) => host.createGpuInstances({ instances, compute: true }),
    controls: { [CONTROL.gpuInstance]: profiles.length, [CONTROL.compute]: profiles.length },
  }
}

const CASES: readonly Case[] = [
  {
    name: 'a switch of the mode, with the reset of an Ampere board',
    before: () => hostOf({ board: A100, profile: 'vgpu17' }).state,
    act: (host) => host.setMigMode({ gpu: '0', on: true }),
    controls: {},
  },
  {
    name: 'a switch of the mode of a Hopper board',
    before: () => hostOf({ board: H100, profile: 'vgpu17' }).state,
    act: (host) => host.setMigMode({ gpu: '0', on: true }),
    controls: { [CONTROL.mode]: 1 },
  },
  creates(A100, '1g.5gb', ['2g.10gb', '1g.5gb', '1g.5gb+me']),
  creates('A30', '1g.6gb', ['2g.12gb', '1g.6gb']),
  creates('H200-SXM5-141GB', '1g.18gb', ['1g.18gb', '1g.18gb', '1g.18gb', '1g.18gb', '1g.18gb', '1g.18gb']),
  creates('H100-NVL-94GB', '3g.47gb', ['3g.47gb']),
  {
    name: 'a create of compute instances',
    before: () => {
      const { host, state } = migHost(['3g.20gb'])
      host.destroyComputeInstance({ gpuInstance: 2, id: 0 })
      return state
    },
    act: (host) =>
      host.createComputeInstances({ gpuInstance: 2, instances: [{ profile: '1c', start: 2 }, { profile: '2c' }] }),
    controls: { [CONTROL.compute]: 2 },
  },
  {
    name: 'a destroy of all',
    before: () => migHost(['1g.5gb', '2g.10gb', '3g.20gb']).state,
    act: (host) => host.destroyGpuInstances({ withCompute: true }),
    controls: { [CONTROL.gpuInstance]: 3, [CONTROL.noCompute]: 3 },
  },
  {
    name: 'a vGPU',
    before: () => migHost(['2g.10gb']).state,
    act: (host) => host.createVgpu({ type: 'A100-2-10C', uuid: uuidOf(1), start: true }),
    controls: { [CONTROL.bootload]: 1 },
  },
]

describe('M 6: a control that fails', () => {
  it.each(CASES)('once, with a status or without an answer, in $name leaves the tree as before', (each) => {
    const { before, act, controls } = each
    const strikes = strikeEach(before(), act)
    for (const [control, times] of Object.entries(controls)) {
      const effects = strikes.filter(({ point }) => point === control).map(({ effect }) => effect)
      expect([control, effects.filter((effect) => effect === 'drop').length]).toEqual([control, times])
      expect([control, effects.length]).toEqual([control, 2 * times])
    }
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
    arm(state, CONTROL.gpuInstance, 'NV_ERR_STATE_IN_USE')
    expect(() => host.destroyGpuInstances({ withCompute: true })).toThrow(NvError)
    expect(lasting(state)).toEqual(before)
    expect(host.createVgpu({ type: 'A100-3-20C', uuid: uuidOf(1), start: true }).changed).toBe(true)
  })
})
