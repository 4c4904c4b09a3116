import { migProfilesOf } from '../../src/catalog/mig-profiles.ts'
import { copyState } from '../../src/engine/copy-state.ts'
import type { HostState } from '../../src/engine/state.ts'
import { NvError } from '../../src/errors/nv-error.ts'
import { boundHost } from '../engine/bound-host.ts'
import { migHost } from '../engine/mig-host.ts'
import { strikeEach } from '../mig/faults.ts'
import { MIG_BOARDS } from '../mig/walk.ts'
import type { Amount, Result } from './part.ts'
import { type Random, seeded } from './random.ts'

/** Lets random creates of instances, on every board in turn, fail in every control, with each kind of fault. */
export async function migFaults({ seed, rounds = 10_000, milliseconds }: Amount): Promise<Result> {
  const end = Date.now() + (milliseconds ?? Number.POSITIVE_INFINITY)
  const failures: string[] = []
  let [creates, strikes] = [0, 0]
  for (; creates < rounds && Date.now() <= end; creates += 1) {
    const random = seeded(seed + creates)
    const board = MIG_BOARDS[creates % MIG_BOARDS.length] ?? ''
    const { state } = migHost([], { board })
    const instances = layout(state, random)
    try {
      strikes += strikeEach(state, (host) => host.createGpuInstances({ instances, compute: true })).length
    } catch (error) {
      const profiles = instances.map(({ profile }) => profile).join(',')
      failures.push(`${board} ${profiles}: ${error instanceof Error ? error.message : error}`)
    }
  }
  return { counts: `${creates} creates on ${MIG_BOARDS.length} boards, ${strikes} faults`, failures }
}

/** Profiles that fit one after another, until hardly one has room. */
function layout(state: HostState, random: Random): { profile: string }[] {
  const profiles = migProfilesOf(state.gpus[0]?.board ?? '')
  const host = boundHost(copyState(state))
  const made: { profile: string }[] = []
  for (let draw = 0; draw < 24; draw += 1) {
    const profile = String(random.pick(profiles).id)
    try {
      host.createGpuInstances({ instances: [{ profile }], compute: false })
      made.push({ profile })
    } catch (error) {
      if (!(error instanceof NvError)) throw error
    }
  }
  return made
}
