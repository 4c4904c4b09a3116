import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { encodeVgpuInfo } from '../../src/catalog/vgpu-info.ts'
import { typeById } from '../../src/catalog/vgpu-types.ts'
import { fits } from '../../src/engine/capacity.ts'
import { checkHost } from '../../src/engine/invariants.ts'
import { newHost } from '../../src/engine/new-host.ts'
import type { HostState, ProfileName } from '../../src/engine/state.ts'
import { NvError } from '../../src/errors/nv-error.ts'
import { boundHost, type Host } from './bound-host.ts'
import { DRIVER, lasting, reloaded, uuidOf } from './host-of.ts'

const SEED = Number(process.env.WALK_SEED ?? Date.now() % 0x7fffffff)
console.log(`walk: WALK_SEED=${SEED}`)

const TYPES = ['L40-1B', 'L40-4Q', 'L40-12Q', 'L40-48Q', 'L40-16C', 'L40-9X'] as const

/** Numbers in a step are picks among the objects that exist when the step runs, so most steps have an effect. */
type Step =
  | { do: 'enable'; gpu: number; count: number | string; raw: boolean; force: boolean }
  | { do: 'disable'; gpu: number; raw: boolean; force: boolean }
  | { do: 'bind' | 'unbind'; gpu: number; vf: number }
  | { do: 'autoprobe'; gpu: number; on: boolean }
  | {
      do: 'create'
      type: string | null
      gpu: number | null
      vf: number | null
      n: number
      start: boolean
      named: boolean
    }
  | { do: 'start' | 'stop' | 'destroy'; picks: number[]; all: boolean; stray: boolean }
  | { do: 'upload'; id: number; maxInstance: number }

interface Walk {
  /** The type of most creations, since different types on one GPU exclude each other. */
  favourite: string
  steps: Step[]
}

const pick = fc.nat({ max: 63 })
const seldom = fc.nat({ max: 7 }).map((n) => n === 0)
const orNull = <T>(some: fc.Arbitrary<T>, weight: number): fc.Arbitrary<T | null> =>
  fc.oneof({ weight, arbitrary: some }, { weight: 3, arbitrary: fc.constant(null) })

const creation = fc.record({
  do: fc.constant('create' as const),
  type: orNull(fc.constantFrom(...TYPES), 1),
  gpu: orNull(pick, 1),
  vf: orNull(pick, 1),
  n: fc.nat({ max: 99 }),
  start: fc.nat({ max: 3 }).map((n) => n > 0),
  named: seldom,
})
const manyVfs = fc.record({
  do: fc.constant('enable' as const),
  gpu: pick,
  count: fc.oneof(
    { weight: 6, arbitrary: fc.integer({ min: 2, max: 12 }) },
    { weight: 1, arbitrary: fc.constantFrom(0, 32, 33, '1e1', '-1', '0x4') },
  ),
  raw: seldom,
  force: seldom,
})
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 2, arbitrary: manyVfs },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('disable' as const), gpu: pick, raw: seldom, force: seldom }) },
  {
    weight: 2,
    arbitrary: fc.record({ do: fc.constantFrom('bind' as const, 'unbind' as const), gpu: pick, vf: pick }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('autoprobe' as const), gpu: pick, on: fc.boolean() }) },
  { weight: 14, arbitrary: creation },
  {
    weight: 7,
    arbitrary: fc.record({
      do: fc.constantFrom('start' as const, 'stop' as const, 'destroy' as const),
      picks: fc.array(pick, { minLength: 1, maxLength: 3 }),
      all: seldom,
      stray: seldom,
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant('upload' as const),
      id: fc.constantFrom(869, 874, 5000, 0),
      maxInstance: fc.constantFrom(1, 2, 4),
    }),
  },
)

function walks(profile: ProfileName, maxLength: number): fc.Arbitrary<Walk> {
  return fc
    .tuple(
      profile === 'rfc-v1' ? fc.constant('L40-1B') : fc.constantFrom(...TYPES.slice(0, 5)),
      manyVfs,
      fc.array(step, { minLength: 5, maxLength, size: 'max' }),
    )
    .map(([favourite, first, steps]) => ({ favourite, steps: [first, ...steps] }))
}

function run(state: HostState, step: Step, favourite: string): void {
  const host = boundHost(state)
  const gpuAt = (n: number) => String(n % state.gpus.length)
  switch (step.do) {
    case 'enable':
      host.enableVfs({ ...step, gpu: gpuAt(step.gpu) })
      break
    case 'disable':
      host.disableVfs({ ...step, gpu: gpuAt(step.gpu) })
      break
    case 'bind':
      host.bindVf(vfAt(state, step), DRIVER)
      break
    case 'unbind':
      host.unbindVf(vfAt(state, step))
      break
    case 'autoprobe':
      host.setAutoprobe(step.on, gpuAt(step.gpu))
      break
    case 'create':
      host.createVgpu({
        type: step.type ?? favourite,
        uuid: uuidOf(step.n),
        start: step.start,
        ...(step.named ? { name: `vm${step.n % 3}` } : {}),
        ...(step.vf === null && step.gpu !== null ? { gpu: gpuAt(step.gpu) } : {}),
        ...(step.vf === null ? {} : { vf: vfAt(state, { gpu: step.gpu ?? 0, vf: step.vf }) }),
      })
      break
    case 'start':
      host.startNamed(targetsOf(host, step))
      break
    case 'stop':
      host.stopVgpus(targetsOf(host, step))
      break
    case 'destroy':
      host.destroyVgpus(targetsOf(host, step))
      break
    case 'upload': {
      const type = typeById(874)
      if (!type) throw new Error('type 874 is gone')
      host.uploadTypes([encodeVgpuInfo({ ...type, vgpuType: step.id, maxInstance: step.maxInstance })])
    }
  }
}

/** One of the VFs, or the one after the last. */
function vfAt(state: HostState, { gpu, vf }: { gpu: number; vf: number }): string {
  const index = gpu % state.gpus.length
  return `${index}/${vf % ((state.gpus[index]?.vfs.length ?? 0) + 1)}`
}

function targetsOf(host: Host, step: { picks: number[]; all: boolean; stray: boolean }) {
  const uuids = host.vgpuViews().map((vgpu) => vgpu.uuid)
  const chosen = uuids.length === 0 ? [] : step.picks.map((n) => uuids[n % uuids.length] ?? '')
  return { selectors: step.stray || chosen.length === 0 ? [...chosen, uuidOf(777)] : chosen, all: step.all }
}

/** @returns the refusal of the step, or null */
function attempt(state: HostState, step: Step, favourite: string): string | null {
  try {
    run(state, step, favourite)
    return null
  } catch (error) {
    if (error instanceof NvError) return `${error.errno} ${error.code}`
    throw error
  }
}

function every(state: HostState): number[] {
  return state.gpus.map((_, index) => index)
}

/** Checks beyond the invariants of a commit: without faults no plugin task outlives its vGPU, and no page its owner. */
function expectNothingLeft(state: HostState): void {
  for (const { gsp, mgr, nvkm, hw } of state.gpus) {
    const vgpus = Object.values(mgr?.vgpus ?? {})
    expect(Object.keys(gsp.plugins)).toHaveLength(vgpus.length)
    // one client of GSP, two of nvkm, one of the manager, one per vGPU
    expect(Object.keys(gsp.clients)).toHaveLength(3 + (mgr ? 1 : 0) + vgpus.length)
    expect(nvkm.clientIds).toHaveLength(2 + (mgr ? 1 : 0) + vgpus.length)
    for (const page of Object.keys(hw.fb.pages)) {
      const addr = Number.parseInt(page, 16) * 4096
      expect(nvkm.fb.used.some(({ offset, size }) => addr >= offset && addr < offset + size)).toBe(true)
    }
  }
}

describe.each<[ProfileName, number]>([
  ['v2', 1],
  ['v2', 2],
  ['rfc-v1', 2],
  ['vgpu17', 1],
  ['vgpu16', 1],
])('a random walk under %s on %i GPU(s)', (profile, gpus) => {
  it('keeps the invariants, changes nothing when refused, and goes on from a saved state as if it had not been saved', () => {
    const outcomes = new Map<string, number>()
    let mostRunning = 0
    fc.assert(
      fc.property(walks(profile, 40), ({ favourite, steps }) => {
        const state = newHost({ profile, gpus })
        let saved = reloaded(state)
        for (const one of steps) {
          const before = reloaded(state)
          const refused = attempt(state, one, favourite)
          const outcome = `${one.do} ${refused ?? 'done'}`
          outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1)
          if (refused === null) expectNothingLeft(state)
          else expect(lasting(state)).toEqual(lasting(before))
          expect(checkHost(state, every(state))).toEqual([])
          mostRunning = Math.max(mostRunning, boundHost(state).hostView().vgpus.running)
          saved = reloaded(saved)
          expect(attempt(saved, one, favourite)).toBe(refused)
          expect(saved).toEqual(reloaded(state))
        }
      }),
      { seed: SEED, numRuns: 30 },
    )
    // guards against a walk without successful steps
    expect([...outcomes.keys()].filter((outcome) => outcome.endsWith('done')).length).toBeGreaterThan(7)
    expect(outcomes.size).toBeGreaterThan(15)
    expect(mostRunning).toBeGreaterThan(1)
  })

  it('finds the creatable types to be those that can be created, as often as it says', () => {
    fc.assert(
      fc.property(walks(profile, 25), ({ favourite, steps }) => {
        const state = newHost({ profile, gpus })
        for (const one of steps) attempt(state, one, favourite)
        for (const index of every(state)) {
          for (const type of boundHost(state).typeViews({ gpu: String(index) })) {
            const { count, reason } = fits(state, index, type.id)
            expect(type.gpus.find((at) => at.gpu === index)?.creatable).toBe(count)
            const create = (tried: HostState, n: number) => attempt(tried, creationOf(index, n), String(type.id))
            expect(create(reloaded(state), 1000) === null, `${type.name} on GPU ${index}: ${reason}`).toBe(count > 0)
            if (!COUNTED.includes(type.name)) continue
            const filled = reloaded(state)
            for (let n = 0; n < count; n += 1) expect(create(filled, 1000 + n)).toBeNull()
            expect(create(filled, 2000)).not.toBeNull()
          }
        }
      }),
      { seed: SEED, numRuns: 8 },
    )
  })
})

/** Types to create as often as the capacity allows; other types are tried once. */
const COUNTED: readonly string[] = ['NVIDIA L40-1B', 'NVIDIA L40-4Q', 'NVIDIA L40-48Q']

function creationOf(gpu: number, n: number): Step {
  return { do: 'create', type: null, gpu, vf: null, n, start: true, named: false }
}
