import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { copyState } from '../../src/engine/copy-state.ts'
import type { HostState } from '../../src/engine/state.ts'
import { createVgpu } from '../../src/engine/verbs/vgpus.ts'
import { rulesOf } from '../../src/planner/gpu-rules.ts'
import { slotsOf } from '../../src/planner/gpu-states.ts'
import { askedTypes } from '../../src/planner/host/asked.ts'
import { fit } from '../../src/planner/host/fit.ts'
import { hostProblem } from '../../src/planner/host/host-problem.ts'
import { bestPlan } from '../../src/planner/search/plan.ts'
import { sharedLine } from '../../src/planner/shared-slots.ts'
import { givenHost } from '../engine/given-host.ts'
import { uuidOf } from '../engine/host-of.ts'
import { refusal } from '../engine/refusal-of.ts'
import { fewestSteps } from './brute-force.ts'

const GFX = '1g.24gb+gfx'

function canCreate(state: HostState, type: string): boolean {
  try {
    createVgpu(state, { type, uuid: uuidOf(99), start: true })
    return true
  } catch {
    return false
  }
}

type Mode = 'heterogeneous' | 'homogeneous'

/** Two instances in these modes. @param fill what has no room is left out */
function hostWith(
  modes: readonly Mode[],
  fill?: (create: (type: string, instance: number, high: number) => void) => void,
) {
  const { host, create, state } = givenHost([GFX, GFX], { vfs: 8 })
  for (const [nth, mode] of modes.entries()) {
    if (mode === 'heterogeneous') host.setInstanceMode({ gpuInstance: 3 + nth, mode })
  }
  fill?.((type, gpuInstanceId, high) => {
    try {
      create(type, { gpuInstanceId, ...(high ? { placementId: 12 } : {}) })
    } catch {
      // no room: the next one
    }
  })
  return state
}

describe('fit where vGPUs take turns on GPU instances', () => {
  it('is what a creation does, for one more of every size, with and without mixed sizes', () => {
    const sizes = ['2Q', '3A', '4Q', '6Q', '8C', '12Q', '24Q']
    const step = fc.record({ size: fc.nat(6), instance: fc.constantFrom(3, 4) })
    fc.assert(
      fc.property(fc.array(step, { maxLength: 6 }), (steps) => {
        const { host, create, state } = givenHost([GFX, GFX], { vfs: 8 })
        host.setInstanceMode({ gpuInstance: 4, mode: 'heterogeneous' })
        for (const { size, instance } of steps) {
          try {
            create(`DC-1-${sizes[size]}`, { gpuInstanceId: instance })
          } catch {
            // no room: the next one
          }
        }
        for (const size of sizes) {
          const type = `DC-1-${size}`
          const view = fit(copyState(state), [{ type, count: 1 }])
          expect(view.fits, type).toBe(canCreate(copyState(state), type))
        }
      }),
      { numRuns: 10 },
    )
  }, 60_000)

  it('names instance and place, and moves what is in the way', () => {
    const { host, create, state } = givenHost([GFX, GFX])
    create('DC-1-6Q', { gpuInstanceId: 3 })
    create('DC-1-12Q', { gpuInstanceId: 4 })
    const two = fit(copyState(state), [{ type: 'DC-1-6A', count: 3 }])
    expect(two.fits).toBe(true)
    expect(two.placed.map(({ gpuInstance, placementId }) => [gpuInstance, placementId])).toEqual([
      [3, 6],
      [3, 12],
      [3, 18],
    ])
    expect(fit(copyState(state), [{ type: 'DC-1-3Q', count: 1 }])).toMatchObject({ fits: false, moves: [] })
    host.createGpuInstances({ instances: [{ profile: GFX }], compute: false })
    create('DC-1-12Q', { gpuInstanceId: 5 })
    // the two vGPUs of 12 GB go together
    const moved = fit(copyState(state), [{ type: 'DC-1-24Q', count: 1 }])
    expect(moved).toMatchObject({ fits: false, exact: true, placed: [{ placementId: 0 }] })
    expect(
      moved.moves.map(({ from, to }) => [from.gpuInstance, from.placementId, to.gpuInstance, to.placementId]),
    ).toEqual([[4, 0, 5, 12]])
  })

  it('counts a GPU no less than it can hold: vGPUs that go together do not overlap on its line', () => {
    for (const modes of [
      ['heterogeneous', 'homogeneous'],
      ['homogeneous', 'homogeneous'],
    ] as const) {
      const { types } = rulesOf(hostWith(modes), 0)
      const places = [...types.values()].flatMap((type) =>
        type.ids.map((id) => ({ id, type, slots: slotsOf(type, id) })),
      )
      expect(places.length).toBeGreaterThan(50)
      for (const { id, type } of places) expect(id + type.width).toBeLessThanOrEqual(sharedLine(types.values()))
      for (const [nth, a] of places.entries()) {
        for (const b of places.slice(0, nth)) {
          if ((a.slots & b.slots) !== 0n) continue
          expect(a.id + a.type.width <= b.id || b.id + b.type.width <= a.id, `${a.id} ${b.id}`).toBe(true)
        }
      }
    }
  })

  it('costs the fewest migrations there are, and a plan costs no less than its bound', () => {
    const sizes = ['4Q', '6Q', '8C', '12Q', '24Q']
    let moved = 0
    for (let seed = 0; seed < 40; seed += 1) {
      const state = hostWith(
        seed % 3 === 0 ? ['homogeneous', 'homogeneous'] : ['heterogeneous', 'homogeneous'],
        (create) => {
          for (let i = 0; i < 3; i += 1)
            create(`DC-1-${sizes[(seed * 7 + i * 3 + (seed >> 2)) % 4]}`, 3 + ((seed >> i) & 1), (seed + i) % 2)
        },
      )
      for (const size of sizes) {
        const type = askedTypes(state, [{ type: `DC-1-${size}`, count: 1 }])[0]?.vgpuType.id ?? 0
        const { problem } = hostProblem(state, [0], [type], 'move')
        const plan = bestPlan(problem, 5_000, false)
        const fewest = fewestSteps(problem, 3)
        const places = plan.leftOut.every((number) => number === 0)
        const words = `${seed} ${size}`
        if (fewest === null) {
          expect(!places || plan.steps.length > 3, words).toBe(true)
          continue
        }
        expect(plan.bound, words).toBeLessThanOrEqual(fewest)
        expect(places, words).toBe(true)
        expect(plan.exact ? plan.steps.length : fewest, words).toBe(fewest)
        if (fewest > 0) moved += 1
        fit(copyState(state), [{ type: `DC-1-${size}`, count: 1 }])
      }
    }
    expect(moved).toBeGreaterThan(10)
  }, 60_000)

  it('has no proof there', () => {
    const { state } = givenHost([GFX])
    expect(refusal(() => fit(copyState(state), [{ type: 'DC-1-3Q', count: 1 }], undefined, true)).errno).toBe(
      'EOPNOTSUPP',
    )
  })
})
