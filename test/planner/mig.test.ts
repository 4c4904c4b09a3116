import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { migProfilesOf } from '../../src/catalog/mig-profiles.ts'
import { copyState } from '../../src/engine/copy-state.ts'
import { checkHost } from '../../src/engine/invariants.ts'
import { newHost } from '../../src/engine/new-host.ts'
import { findVgpu } from '../../src/engine/select.ts'
import type { HostState } from '../../src/engine/state.ts'
import { takeInOrder } from '../../src/engine/unwind.ts'
import { moveVgpu } from '../../src/engine/verbs/move.ts'
import { NvError } from '../../src/errors/nv-error.ts'
import { defragment } from '../../src/planner/host/defragment.ts'
import { fit } from '../../src/planner/host/fit.ts'
import { boundHost } from '../engine/bound-host.ts'
import { uuidOf } from '../engine/host-of.ts'

const BOARD = 'A100-PCIE-40GB'
const TYPES = ['A100-1-5C', 'A100-1-10C', 'A100-2-10C', 'A100-3-20C', 'A100-40C']
const PROFILES = migProfilesOf(BOARD).map(({ name }) => name)

/** A host with a GPU for each layout of GPU instances; MIG is off for null. */
function hostOf(gpus: readonly { vfs: number; layout: readonly string[] | null }[]): HostState {
  const state = newHost({ board: BOARD, profile: 'vgpu17', gpus: gpus.length })
  const host = boundHost(state)
  for (const [index, { vfs, layout }] of gpus.entries()) {
    const gpu = String(index)
    if (layout) host.setMigMode({ gpu, on: true })
    if (vfs > 0) host.enableVfs({ gpu, count: vfs })
    for (const profile of layout ?? [])
      attempt(() => host.createGpuInstances({ gpu, instances: [{ profile }], compute: false }))
  }
  return state
}

/** @returns whether it was refused */
function attempt(act: () => unknown): boolean {
  try {
    act()
    return false
  } catch (error) {
    if (error instanceof NvError) return true
    throw error
  }
}

function create(state: HostState, type: string, gpu: number, n: number, start = true): void {
  boundHost(state).createVgpu({ type, gpu: String(gpu), uuid: uuidOf(n), start })
}

/** Whether the types can be created in some way, by trying every GPU for each. */
function possible(state: HostState, types: readonly string[]): boolean {
  const [type, ...rest] = types
  if (type === undefined) return true
  return [...state.gpus.keys()].some((gpu) => {
    const copy = copyState(state)
    return !attempt(() => create(copy, type, gpu, 900 + rest.length)) && possible(copy, rest)
  })
}

const gpu = fc.record({
  vfs: fc.integer({ min: 0, max: 4 }),
  layout: fc.option(fc.array(fc.constantFrom(...PROFILES), { maxLength: 5 }), { freq: 5 }),
})
const vgpu = fc.record({ type: fc.constantFrom(...TYPES), gpu: fc.nat(1), start: fc.boolean() })

describe('planning with GPU instances', () => {
  it('says that vGPUs fit exactly where they can be created, and its answers can be carried out', () => {
    fc.assert(
      fc.property(
        fc.array(gpu, { minLength: 1, maxLength: 2 }),
        fc.array(vgpu, { maxLength: 6 }),
        fc.array(fc.constantFrom(...TYPES), { minLength: 1, maxLength: 3 }),
        fc.boolean(),
        (gpus, there, wanted, optimal) => {
          const state = hostOf(gpus)
          for (const [n, one] of there.entries())
            attempt(() => create(state, one.type, one.gpu % gpus.length, n, one.start))
          const after = copyState(state)
          const asked = wanted.map((type) => ({ type, count: 1 }))
          const view = fit(after, asked, undefined, optimal)
          expect(view.fits).toBe(possible(state, wanted))
          expect(checkHost(after, [...after.gpus.keys()])).toEqual([])
          // fit carries its answer out: each vGPU is where the answer says
          const placed = boundHost(after).vgpuViews()
          for (const { gpu: index, gpuInstance, vgpuType } of view.placed) {
            const same = (one: (typeof placed)[number]) =>
              one.gpu === index && one.gpuInstance === gpuInstance && one.vgpuType.id === vgpuType.id
            expect(placed.some(same)).toBe(true)
          }
          const moved = copyState(state)
          const refused = attempt(() => defragment(moved, { types: asked }))
          const makesRoom = view.fits || view.moves.length > 0
          if (view.exact && view.enable.length === 0 && !optimal) expect(refused).toBe(!makesRoom)
        },
      ),
      { numRuns: 40 },
    )
  })

  it('moves a vGPU whose VF is the last of the GPU with the wanted instance', () => {
    for (const start of [true, false]) {
      const state = hostOf([
        { vfs: 1, layout: ['1g.5gb', '2g.10gb'] },
        { vfs: 2, layout: ['1g.5gb'] },
      ])
      create(state, 'A100-1-5C', 0, 1, start)
      const asked = [{ type: 'A100-2-10C', count: 1 }]
      expect(fit(copyState(state), asked)).toMatchObject({ fits: false, exact: true, stops: [], enable: [] })
      const { items } = defragment(state, { types: asked })
      expect(items).toMatchObject([{ from: { gpu: 0, placementId: null }, to: { gpu: 1, placementId: null } }])
      expect(items.every(({ from, to }) => from.gpuInstance !== null && to.gpuInstance !== null)).toBe(true)
      expect(fit(state, asked).fits).toBe(true)
      expect(checkHost(state, [0, 1])).toEqual([])
    }
  })

  it('moves to another instance of the profile on the same GPU, and to no other', () => {
    for (const start of [true, false]) {
      const state = hostOf([{ vfs: 3, layout: ['1g.5gb', '1g.5gb', '2g.10gb'] }])
      create(state, 'A100-1-5C', 0, 1, start)
      const now = () => boundHost(state).vgpuViews()[0]?.gpuInstance
      const instances = boundHost(state).gpuInstanceViews('0')
      const free = instances.find(({ id, profile }) => profile.name === '1g.5gb' && id !== now())
      const odd = instances.find(({ profile }) => profile.name === '2g.10gb')
      const move = (gpuInstanceId: number) =>
        takeInOrder((onError) => moveVgpu(state, findVgpu(state, uuidOf(1)), { gpu: 0, gpuInstanceId }, onError))
      const before = now()
      expect(attempt(() => move(odd?.id ?? -1))).toBe(true)
      expect(now()).toBe(before)
      move(free?.id ?? -1)
      expect(now()).toBe(free?.id)
      expect(checkHost(state, [0])).toEqual([])
    }
  })

  it('names the instance to create, and creating it makes room', () => {
    const state = hostOf([{ vfs: 4, layout: ['3g.20gb', '2g.10gb'] }])
    create(state, 'A100-2-10C', 0, 1)
    const asked = [{ type: 'A100-2-10C', count: 1 }]
    const [why] = fit(copyState(state), asked).why
    expect(why).toMatchObject({ creatable: 0, hint: 'nvgpu mig create 2g.10gb --gpu 0000:c1:00.0' })
    boundHost(state).createGpuInstances({ gpu: '0', instances: [{ profile: '2g.10gb' }], compute: false })
    expect(fit(copyState(state), asked).fits).toBe(true)
    const full = fit(copyState(state), [{ type: 'A100-7-40C', count: 1 }])
    expect(full.why[0]).toMatchObject({ hint: null, reason: expect.stringContaining('7g.40gb, and none is free') })
  })
})
