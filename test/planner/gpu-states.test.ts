import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { boardNames, findBoard } from '../../src/catalog/boards.ts'
import { migProfilesOf } from '../../src/catalog/mig-profiles.ts'
import { PROFILES, type ProfileName } from '../../src/catalog/profiles.ts'
import type { VgpuView } from '../../src/contract/views/vgpu.ts'
import { fits, placements } from '../../src/engine/capacity.ts'
import { copyState } from '../../src/engine/copy-state.ts'
import { newHost } from '../../src/engine/new-host.ts'
import type { HostState } from '../../src/engine/state.ts'
import { NvError } from '../../src/errors/nv-error.ts'
import { type BoardRequest, boardRules } from '../../src/planner/board-rules.ts'
import { ANY, GpuStates, type Place } from '../../src/planner/gpu-states.ts'
import { hostSpaces } from '../../src/planner/host/host-spaces.ts'
import { boundHost } from '../engine/bound-host.ts'
import { uuidOf } from '../engine/host-of.ts'

interface Kind {
  board: string
  profile: ProfileName
  mode: 'equal-size' | 'mixed-size' | 'mig'
  ecc: boolean
}

/** Every board under every profile that supports it, in each of its modes, with ECC off and on. */
const KINDS: BoardRequest[] = boardNames().flatMap((board) =>
  Object.values(PROFILES).flatMap((profile) => {
    const known = findBoard(board)
    if (!known || known.typeBoard === null || !profile.supportedArchitectures.includes(known.architecture)) return []
    const modes =
      profile.mixedSize && known.mixedSize ? (['equal-size', 'mixed-size'] as const) : (['equal-size'] as const)
    return modes.flatMap((mode) => [false, true].map((ecc) => ({ board, profile: profile.name, mode, ecc })))
  }),
)

/** Every board with MIG under the profiles that have it. */
const MIG_KINDS: Kind[] = boardNames()
  .filter((board) => findBoard(board)?.mig)
  .flatMap((board) =>
    (['vgpu17', 'vgpu16'] as const)
      .filter((profile) => KINDS.some((kind) => kind.board === board && kind.profile === profile))
      .map((profile) => ({ board, profile, mode: 'mig' as const, ecc: false })),
  )

/** A host with MIG on, and instances of random profiles as far as they fit. */
function migHostOf({ board, profile }: Kind, vfs: number, which: readonly number[]): HostState {
  const state = newHost({ board, profile })
  const host = boundHost(state)
  host.setMigMode({ gpu: '0', on: true })
  host.enableVfs({ gpu: '0', count: vfs })
  const profiles = migProfilesOf(board).map(({ id }) => String(id))
  for (const number of which)
    refused(() =>
      host.createGpuInstances({ compute: false, instances: [{ profile: profiles[number % profiles.length] ?? '' }] }),
    )
  return state
}

function hostOf({ board, profile, mode, ecc }: Kind, vfs: number): HostState {
  const state = newHost({ board, profile })
  const host = boundHost(state)
  const gpu = '0'
  if (ecc) {
    host.setEcc({ gpu, on: true })
    host.resetGpu(gpu)
  }
  host.enableVfs({ gpu, count: vfs })
  if (mode === 'mixed-size') host.setMode({ gpu, mode: 'heterogeneous' })
  return state
}

const step = fc.record({ destroy: fc.nat({ max: 3 }), which: fc.nat(), where: fc.nat(), start: fc.boolean() })
const steps = fc.array(step, { minLength: 1, maxLength: 16 })

/** One random change of GPU 0 by the engine, and the same change of the planner's state. */
function change(state: HostState, states: GpuStates, now: number, { destroy, which, where, start }: Step, n: number) {
  const host = boundHost(state)
  const there = host.vgpuViews('0')
  const gone = there[which % there.length]
  if (destroy === 0 && gone) {
    host.destroyVgpus({ selectors: [gone.uuid] })
    return states.remove(now, gone.vgpuType.id, placeOf(states, now, gone))
  }
  const types = [...states.space(now).rules.types.keys()].filter((type) => states.places(now, type).length > 0)
  const type = types[which % types.length]
  if (type === undefined) return now
  const places = states.places(now, type)
  const place = places[where % places.length] ?? ANY
  const onInstance = states.space(now).rules.mode === 'mig'
  create(state, type, place, n, start, onInstance ? 'gpuInstanceId' : 'placementId')
  return states.add(now, type, place)
}
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never

function placeOf(states: GpuStates, now: number, { placementId, gpuInstance }: VgpuView): Place {
  const { mode } = states.space(now).rules
  if (mode === 'equal-size') return ANY
  return (mode === 'mig' ? gpuInstance : placementId) ?? ANY
}

type PlaceName = 'placementId' | 'gpuInstanceId'

function create(
  state: HostState,
  type: number,
  place: Place,
  n: number,
  start = true,
  name: PlaceName = 'placementId',
) {
  const at = place === ANY ? {} : { [name]: place }
  boundHost(state).createVgpu({ type: String(type), gpu: '0', uuid: uuidOf(n), uuidIsFresh: true, start, ...at })
}

function refused(act: () => void): boolean {
  try {
    act()
    return false
  } catch (error) {
    if (!(error instanceof NvError)) throw error
    return true
  }
}

/** Creates one type on a copy until the host refuses. */
function created(state: HostState, type: number): number {
  const copy = copyState(state)
  for (let count = 0; ; count += 1) if (refused(() => create(copy, type, ANY, 1000 + count))) return count
}

describe('where the next vGPU fits', () => {
  it.each(KINDS)('is where the host creates it: $board, $profile, $mode, ECC $ecc', (kind) => {
    fc.assert(
      fc.property(steps, fc.integer({ min: 1, max: 16 }), fc.nat(), (walk, vfs, probe) => {
        const state = hostOf(kind, vfs)
        const states = new GpuStates()
        const [space] = hostSpaces(state)
        if (!space) throw new Error('no GPU')
        let now = states.id(space)
        for (const [n, one] of walk.entries()) {
          now = change(state, states, now, one, n)
          const [read] = hostSpaces(state)
          expect(read && states.id({ ...read, rules: space.rules })).toBe(now)
        }
        const views = boundHost(state).typeViews({ gpu: '0' })
        for (const { id } of views) expect(states.room(now, id), `${id}`).toBe(fits(state, 0, id).count)
        const type = views[probe % views.length]
        if (!type) return
        const places = states.places(now, type.id)
        expect(created(state, type.id)).toBe(states.room(now, type.id))
        const known = space.rules.types.get(type.id)
        if (kind.mode === 'equal-size' || !known) return
        expect(placements(state, 0, { ...typeOf(state, type.id) })?.creatable).toEqual(places)
        for (const id of known.ids)
          expect(refused(() => create(copyState(state), type.id, id, 999))).toBe(!places.includes(id))
      }),
      { numRuns: 1 },
    )
  })

  it.each(MIG_KINDS)('is on a free GPU instance: $board, $profile', (kind) => {
    fc.assert(
      fc.property(steps, fc.integer({ min: 1, max: 8 }), fc.array(fc.nat(), { maxLength: 8 }), (walk, vfs, layout) => {
        const state = migHostOf(kind, vfs, layout)
        const states = new GpuStates()
        const [space] = hostSpaces(state)
        if (!space) throw new Error('no GPU')
        let now = states.id(space)
        for (const [n, one] of walk.entries()) {
          now = change(state, states, now, one, n)
          const [read] = hostSpaces(state)
          expect(read && states.id({ ...read, rules: space.rules })).toBe(now)
        }
        for (const { id } of boundHost(state).typeViews({ gpu: '0' })) {
          expect(states.room(now, id), `${id}`).toBe(fits(state, 0, id).count)
          for (const instance of space.rules.types.get(id)?.ids ?? []) {
            const none = refused(() => create(copyState(state), id, instance, 999, true, 'gpuInstanceId'))
            expect(none, `${id} on ${instance}`).toBe(!states.places(now, id).includes(instance))
          }
        }
      }),
      { numRuns: 2 },
    )
  })

  it('is known for a board without a host', () => {
    for (const kind of KINDS.filter(({ board }) => ['L40', 'A16', 'H100-NVL-94GB'].includes(board))) {
      const rules = boardRules(kind)
      const [space] = hostSpaces(hostOf(kind, 1))
      expect(rules).toEqual(space?.rules)
    }
  })
})

function typeOf(state: HostState, id: number) {
  const { profileSizeMiB, maxInstance } = boundHost(state).namedTypeView(String(id))
  return { vgpuType: id, profileSize: profileSizeMiB * 1024 * 1024, maxInstance, gpuInstanceSize: 0 }
}
