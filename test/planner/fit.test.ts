import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { PROFILES } from '../../src/catalog/profiles.ts'
import type { FitView } from '../../src/contract/views/plan.ts'
import { fits } from '../../src/engine/capacity.ts'
import { newHost } from '../../src/engine/new-host.ts'
import { capacityView } from '../../src/engine/plan/capacity-view.ts'
import { findVgpu } from '../../src/engine/select.ts'
import type { HostState } from '../../src/engine/state.ts'
import { takeInOrder } from '../../src/engine/unwind.ts'
import { moveVgpu } from '../../src/engine/verbs/move.ts'
import { NvError } from '../../src/errors/nv-error.ts'
import { fit as answer } from '../../src/planner/host/fit.ts'
import { hostProblem } from '../../src/planner/host/host-problem.ts'
import { bestPlan } from '../../src/planner/search/plan.ts'
import { boundHost } from '../engine/bound-host.ts'

/** Types of an L40 with few placements. */
const SIZES = ['48Q', '24Q', '16Q', '12Q', '8Q', '4Q']
const uuid = (number: number) => `11111111-0000-4000-8000-${String(number).padStart(12, '0')}`

function hostOf(options: {
  gpus: number
  mixed: boolean
  profile: 'v2' | 'vgpu17' | 'vgpu16'
  vfs: number
}): HostState {
  const state = newHost({ gpus: options.gpus, profile: options.profile })
  const host = boundHost(state)
  for (let gpu = 0; gpu < options.gpus; gpu += 1) {
    host.enableVfs({ gpu: String(gpu), count: options.vfs })
    if (options.mixed && PROFILES[options.profile].mixedSize) host.setMode({ gpu: String(gpu), mode: 'heterogeneous' })
  }
  return state
}

/** Runs the steps and skips those that do not fit. */
function shake(state: HostState, steps: readonly { size: string; gpu: number; destroy: boolean }[]): void {
  const host = boundHost(state)
  for (const [number, { size, gpu, destroy }] of steps.entries()) {
    try {
      if (destroy) host.destroyVgpus({ selectors: [host.vgpuViews()[number % 3]?.uuid ?? 'none'] })
      else
        host.createVgpu({
          type: `L40-${size}`,
          gpu: String(gpu % state.gpus.length),
          uuid: uuid(number),
          start: true,
        })
    } catch (error) {
      if (!(error instanceof NvError)) throw error
    }
  }
}

/** Whether the types can be created in some order, with any choice of GPU and placement, by brute force. */
function fitsInSomeOrder(state: HostState, types: readonly string[]): boolean {
  if (types.length === 0) return true
  for (const [at, type] of types.entries()) {
    if (types.indexOf(type) !== at) continue
    for (let gpu = 0; gpu < state.gpus.length; gpu += 1) {
      for (const placementId of placementsOf(state, gpu, type)) {
        const copy = structuredClone(state)
        try {
          boundHost(copy).createVgpu({
            type,
            gpu: String(gpu),
            uuid: uuid(900 + types.length),
            start: true,
            ...(placementId === undefined ? {} : { placementId }),
          })
        } catch (error) {
          if (error instanceof NvError) continue
          throw error
        }
        if (fitsInSomeOrder(copy, types.toSpliced(at, 1))) return true
      }
    }
  }
  return false
}

function placementsOf(state: HostState, gpu: number, type: string): readonly (number | undefined)[] {
  const view = boundHost(state)
    .namedTypeView(type)
    .gpus.find((each) => each.gpu === gpu)
  return view?.placement && state.gpus[gpu]?.mgr?.heterogeneous ? view.placement.creatable : [undefined]
}

/** The GPUs of an answer, without its search for alternatives; null where the types do not fit. */
function seats(state: HostState, wishes: readonly { type: string; count: number }[]) {
  const types = wishes.flatMap(({ type, count }) => {
    const { id } = boundHost(state).namedTypeView(type)
    return Array.from({ length: count }, () => id)
  })
  const { problem } = hostProblem(state, [...state.gpus.keys()], types, 'none')
  const { leftOut, created } = bestPlan(problem, 1_000, false)
  return leftOut.every((number) => number === 0) ? created.map(({ at }) => at) : null
}

/** Applies an answer to a copy of the state. */
function carryOut(state: HostState, view: FitView): HostState {
  const copy = structuredClone(state)
  const host = boundHost(copy)
  takeInOrder((onError) => {
    for (const { vgpu, to } of view.moves) {
      const place = to.placementId === null ? {} : { placementId: to.placementId }
      moveVgpu(copy, findVgpu(copy, vgpu), { gpu: to.gpu, ...place }, onError)
    }
  })
  if (view.stops.length > 0) host.destroyVgpus({ selectors: view.stops.map(({ vgpu }) => vgpu) })
  for (const [number, { vgpuType, gpu, placementId }] of view.placed.entries()) {
    host.createVgpu({
      type: String(vgpuType.id),
      gpu: String(gpu),
      uuid: uuid(500 + number),
      start: true,
      ...(placementId === null ? {} : { placementId }),
    })
  }
  return copy
}

const scene = fc.record({
  gpus: fc.integer({ min: 1, max: 2 }),
  mixed: fc.boolean(),
  profile: fc.constantFrom('v2' as const, 'vgpu17' as const, 'vgpu16' as const),
  vfs: fc.constantFrom(4, 8, 32),
  steps: fc.array(fc.record({ size: fc.constantFrom(...SIZES), gpu: fc.nat(1), destroy: fc.boolean() }), {
    maxLength: 8,
  }),
  wanted: fc.array(fc.constantFrom('24Q', '16Q', '12Q', '8Q'), { minLength: 1, maxLength: 3 }),
})

const wishes = (sizes: readonly string[]) => sizes.map((size) => ({ type: `L40-${size}`, count: 1 }))

describe('fit', () => {
  it('never disagrees with creating for real, whatever is on the host', () => {
    fc.assert(
      fc.property(scene, ({ steps, wanted, ...options }) => {
        const state = hostOf(options)
        shake(state, steps)
        const view = answer(structuredClone(state), wishes(wanted))
        const types = wanted.map((size) => `L40-${size}`)
        expect(view.fits).toBe(fitsInSomeOrder(state, types))
        if (!view.fits && view.moves.length + view.stops.length === 0) return
        const before = boundHost(state).vgpuViews().length
        const after = boundHost(carryOut(state, view)).vgpuViews()
        expect(after).toHaveLength(before + wanted.length - view.stops.length)
        expect(after.every((vgpu) => vgpu.state === 'running')).toBe(true)
      }),
      { numRuns: 60 },
    )
  })

  it('adds up a type that is asked twice, under its name and its number', () => {
    const twice = ['L40-8Q', 'L40-4Q', '876'].map((type) => ({ type, count: 1 }))
    const host = () => hostOf({ gpus: 1, mixed: false, profile: 'v2', vfs: 8 })
    const asked = answer(host(), twice).asked.map(({ vgpuType, count }) => [vgpuType.name, count])
    expect(asked).toEqual([
      ['NVIDIA L40-8Q', 2],
      ['NVIDIA L40-4Q', 1],
    ])
  })

  it('where more VFs would not do, answers for the GPUs as they are, in their modes', () => {
    const state = hostOf({ gpus: 2, mixed: true, profile: 'v2', vfs: 4 })
    shake(state, [{ size: '48Q', gpu: 0, destroy: false }])
    const view = answer(structuredClone(state), wishes(['24Q', '24Q', '24Q']))
    expect(view).toMatchObject({ fits: false, enable: [], moves: [] })
    expect(view.stops).toHaveLength(1)
    expect(view.placed.map(({ placementId }) => typeof placementId)).toEqual(['number', 'number', 'number'])
    expect(boundHost(carryOut(state, view)).vgpuViews()).toHaveLength(3)
  })

  it('moves no more than it takes: with one vGPU fewer in hand there is no way', () => {
    const state = hostOf({ gpus: 1, mixed: true, profile: 'v2', vfs: 32 })
    shake(state, [
      { size: '4Q', gpu: 0, destroy: false },
      { size: '4Q', gpu: 0, destroy: false },
    ])
    // the 4Q vGPUs at 0 and 8 occupy the first half; 16Q has the places 0 and 32 only
    const view = answer(structuredClone(state), [{ type: 'L40-16Q', count: 2 }])
    expect(view).toMatchObject({ fits: false, exact: true, stops: [] })
    expect(view.moves.map(({ from, to }) => [from.placementId, to.placementId])).toEqual([
      [0, expect.any(Number)],
      [8, expect.any(Number)],
    ])
    for (const keep of boundHost(state).vgpuViews()) {
      const without = structuredClone(state)
      boundHost(without).destroyVgpus({ selectors: [keep.uuid] })
      expect(
        answer(without, [
          { type: 'L40-16Q', count: 2 },
          { type: 'L40-4Q', count: 1 },
        ]).fits,
      ).toBe(false)
    }
  })

  it('says which to stop where no move helps, the smallest that will do', () => {
    const state = hostOf({ gpus: 1, mixed: true, profile: 'v2', vfs: 32 })
    shake(state, [
      { size: '24Q', gpu: 0, destroy: false },
      { size: '8Q', gpu: 0, destroy: false },
      { size: '16Q', gpu: 0, destroy: false },
    ])
    const view = answer(structuredClone(state), [{ type: 'L40-8Q', count: 1 }])
    expect(view).toMatchObject({ fits: false, moves: [] })
    expect(view.stops.map(({ vgpuType }) => vgpuType.name)).toEqual(['NVIDIA L40-8Q'])
  })

  it('where there are no VFs names those to enable exactly where that is all it takes', () => {
    for (const profile of ['v2', 'vgpu17', 'vgpu16', 'rfc-v1'] as const) {
      const state = newHost({ gpus: 2, profile })
      const enabled = structuredClone(state)
      for (const gpu of ['0', '1']) boundHost(enabled).enableVfs({ gpu, count: 32 })
      for (const { id, maxInstance } of boundHost(state).typeViews({})) {
        for (const count of [1, maxInstance + 1, 2 * maxInstance, 2 * maxInstance + 1]) {
          const wish = [{ type: String(id), count }]
          const view = answer(structuredClone(state), wish)
          expect(view).toMatchObject({ fits: false, exact: true, moves: [], stops: [] })
          const would = seats(enabled, wish)
          expect(view.enable.length > 0, `${profile} ${id}`).toBe(would !== null)
          expect(view.placed).toHaveLength(would?.length ?? 0)
          expect(view.enable.map(({ gpu }) => gpu)).toEqual([...new Set(would?.map(({ gpu }) => gpu))])
        }
      }
    }
  })

  it('tells why on each GPU, and that nothing helps where a GPU is too small for it', () => {
    const state = hostOf({ gpus: 2, mixed: false, profile: 'v2', vfs: 8 })
    const view = answer(structuredClone(state), [{ type: 'L40-48Q', count: 3 }])
    expect(view).toMatchObject({ fits: false, exact: true, moves: [], stops: [], placed: [] })
    expect(view.why.map(({ gpu, creatable }) => [gpu, creatable])).toEqual([
      [0, 1],
      [1, 1],
    ])
    for (const { reason } of view.why) expect(reason).toContain('L40-48Q')
  })

  it('in equal-size mode moves what locks a GPU to another type', () => {
    const state = hostOf({ gpus: 2, mixed: false, profile: 'v2', vfs: 8 })
    shake(state, [
      { size: '4Q', gpu: 0, destroy: false },
      { size: '4Q', gpu: 1, destroy: false },
    ])
    const view = answer(structuredClone(state), [{ type: 'L40-8Q', count: 6 }])
    expect(view.moves).toHaveLength(1)
    expect(view.moves[0]?.from.gpu).not.toBe(view.moves[0]?.to.gpu)
  })

  it('where many have to stop, names the fewest, and none of those can be spared', () => {
    const state = hostOf({ gpus: 2, mixed: true, profile: 'v2', vfs: 32 })
    shake(
      state,
      Array.from({ length: 16 }, (_, i) => ({ size: '4Q', gpu: i % 2, destroy: false })),
    )
    const asked = [
      { type: 'L40-3Q', count: 4 },
      { type: 'L40-6Q', count: 2 },
    ]
    const view = answer(structuredClone(state), asked)
    expect(view).toMatchObject({ fits: false, exact: true, moves: [] })
    expect(view.stops.length).toBeGreaterThan(3)
    for (const { vgpu } of view.stops) {
      const others = structuredClone(state)
      boundHost(others).destroyVgpus({ selectors: view.stops.map((stop) => stop.vgpu).filter((uuid) => uuid !== vgpu) })
      expect(seats(others, asked)).toBeNull()
    }
  })
})

describe('capacity', () => {
  it('counts what creating one after the other gives, on each GPU and for each type', () => {
    fc.assert(
      fc.property(scene, ({ steps, wanted: [size = '8Q'], ...options }) => {
        const state = hostOf(options)
        shake(state, steps)
        for (const index of state.gpus.keys()) {
          const view = capacityView(state, index)
          const known = view.types.find(({ name }) => name === `NVIDIA L40-${size}`)
          const copy = structuredClone(state)
          let made = 0
          try {
            for (;;) {
              boundHost(copy).createVgpu({
                type: `L40-${size}`,
                gpu: String(index),
                uuid: uuid(800 + made),
                start: true,
              })
              made += 1
            }
          } catch (error) {
            expect(error).toBeInstanceOf(NvError)
          }
          expect(known?.creatable).toBe(made)
          expect(known).toMatchObject({ creatable: fits(state, index, known?.id ?? 0).count })
        }
      }),
      { numRuns: 25 },
    )
  })
})

describe('a way out on many equal GPUs', () => {
  it('is the fewest vGPUs, on one GPU or on several, on the first GPUs that are alike', () => {
    const state = hostOf({ gpus: 12, mixed: false, profile: 'v2', vfs: 3 })
    shake(
      state,
      Array.from({ length: 24 }, (_, at) => ({ size: '24Q', gpu: at >> 1, destroy: false })),
    )
    const one = answer(structuredClone(state), [{ type: 'L40-24Q', count: 1 }])
    expect(one.stops.map(({ gpu }) => gpu)).toEqual([0])
    const whole = answer(structuredClone(state), [{ type: 'L40-48Q', count: 1 }])
    expect(whole.stops.map(({ gpu }) => gpu)).toEqual([0, 0])
    const three = answer(structuredClone(state), [{ type: 'L40-24Q', count: 3 }])
    expect(three.stops).toHaveLength(3)
  })

  it('is ruled out by its count where more are asked than GPUs carry', () => {
    const state = hostOf({ gpus: 1, mixed: false, profile: 'v2', vfs: 2 })
    expect(answer(state, [{ type: 'L40-24Q', count: 1_024 }])).toMatchObject({ fits: false, exact: true })
  })
})
