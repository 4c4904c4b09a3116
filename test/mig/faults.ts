import { expect } from 'vitest'
import { copyState } from '../../src/engine/copy-state.ts'
import { faultPoints } from '../../src/engine/fault-points.ts'
import { checkHost } from '../../src/engine/invariants.ts'
import type { HostState } from '../../src/engine/state.ts'
import { NvError } from '../../src/errors/nv-error.ts'
import { boundHost, type Host } from '../engine/bound-host.ts'
import { arm, lasting } from '../engine/host-of.ts'

type Act = (host: Host) => { readonly failed?: boolean }

/** A visit of an act to a fault point, and an effect that the point has. */
interface Strike {
  readonly point: string
  readonly visit: number
  readonly effect: string
}

/** Lets an act fail at each of its visits to a fault point, once with each effect: an answer with a status, and no answer. */
export function strikeEach(before: HostState, act: Act): Strike[] {
  const clean = lasting(before)
  const [made, strikes] = visitsOf(before, act)
  for (const strike of strikes) {
    const state = copyState(before)
    const fault = arm(state, strike.point, strike.effect, strike.visit)
    const outcome = outcomeOf(() => act(boundHost(state)))
    const what = JSON.stringify(strike)
    expect(fault.struck, what).toBe(1)
    expect(checkHost(state, [...state.gpus.keys()]), what).toEqual([])
    if (outcome === 'refused') expect(lasting(state), what).toEqual(clean)
    // a step that is tried again, or that only gives back, may fail: then all is done
    if (outcome === 'done') expect(withoutClients(lasting(state)), what).toEqual(withoutClients(made))
    // a reset that fails does so for good
    if (outcome === 'failed') expect(state.gpus.filter(({ nvkm }) => nvkm.driver === null).length, what).toBe(1)
  }
  return strikes
}

/** Without the objects of the firmware's clients: the kernel does not try again to free one. */
function withoutClients(state: unknown): unknown {
  return JSON.parse(JSON.stringify(state, (key, value: unknown) => (key === 'clients' ? null : value)))
}

/** What an act makes, and all that can fail in it. */
function visitsOf(before: HostState, act: Act): [made: unknown, strikes: Strike[]] {
  const state = copyState(before)
  const points = faultPoints()
  const faults = points.map(({ point, effect }) => arm(state, point, effect, Number.MAX_SAFE_INTEGER))
  act(boundHost(state))
  const strikes = points.flatMap(({ point, effect, effects }, at) =>
    Array.from({ length: faults[at]?.hits ?? 0 }, (_, visit) =>
      [effect, ...effects].map((each) => ({ point, visit, effect: each })),
    ).flat(),
  )
  return [lasting(state), strikes]
}

function outcomeOf(act: () => { readonly failed?: boolean }): 'done' | 'failed' | 'refused' {
  try {
    return act().failed ? 'failed' : 'done'
  } catch (error) {
    if (error instanceof NvError) return 'refused'
    throw error
  }
}
