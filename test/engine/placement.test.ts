import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { MiB } from '../../src/abi/align.ts'
import { findBoard } from '../../src/catalog/boards.ts'
import { PROFILES, type ProfileName } from '../../src/catalog/profiles.ts'
import { typeByName, typesOfBoard } from '../../src/catalog/vgpu-types.ts'
import { fits, free, selectable } from '../../src/engine/capacity.ts'
import { checkHost } from '../../src/engine/invariants.ts'
import { newHost } from '../../src/engine/new-host.ts'
import { creatableIds, type Grid, gridOf, placementSize, type Taken } from '../../src/engine/placement/grid.ts'
import type { HostState } from '../../src/engine/state.ts'
import { read } from '../../src/engine/sysfs/sysfs.ts'
import { boundHost, type Host } from './bound-host.ts'
import { refusal } from './refusal-of.ts'

let made = 0
const uuid = () => `00000000-0000-4000-8000-${String(++made).padStart(12, '0')}`

function started(options: { board?: string; profile?: ProfileName; mixed?: boolean; vfs?: number } = {}): Host {
  const { board = 'L40', profile = 'v2', mixed = false, vfs } = options
  const host = boundHost(newHost({ board, profile }))
  host.enableVfs({ gpu: '0', count: vfs ?? host.gpuViews('0')[0]?.sriov?.totalVfs ?? 0 })
  if (mixed) host.setMode({ gpu: '0', mode: 'heterogeneous' })
  return host
}

const create = (host: Host, type: string, more: { placementId?: number; vf?: string; start?: boolean } = {}) => {
  const request = { type, gpu: '0', uuid: uuid(), start: true, ...more }
  const [view] = host.createVgpu(request).items
  if (!view) throw new Error('nothing was made')
  return view
}

/** Placement ids a type could have on GPU 0 now, by the list of types. */
const creatable = (host: Host, type: string) => host.namedTypeView(type).gpus[0]?.placement?.creatable

function gridOn(board: string): { grid: Grid; ids(size: string, taken?: readonly Taken[]): number[] } {
  const known = findBoard(board)
  if (!known) throw new Error(board)
  const grid = gridOf(known, PROFILES.v2, true)
  return {
    grid,
    ids(size, taken = []) {
      const type = typeByName(`${board}-${size}`)
      if (!type) throw new Error(size)
      return creatableIds(grid, type, taken)
    },
  }
}

const every = (step: number, end: number) => Array.from({ length: Math.ceil(end / step) }, (_, i) => i * step)

describe('placement ids of an empty GPU in mixed-size mode', () => {
  it.each([
    ['L40', '1Q', [0, 5, 6, 11, 12, 17, 18, 23, 24, 29, 30, 35, 36, 41, 42, 47], 32],
    ['L40', '2Q', [0, 4, 6, 10, 12, 16, 18, 22, 24, 28, 30, 34, 36, 40, 42, 46], 24],
    ['L40', '3Q', every(3, 48), 16],
    ['L40', '4Q', [0, 8, 12, 20, 24, 32, 36, 44], 12],
    ['L40', '6Q', every(6, 48), 8],
    ['L40', '8Q', [0, 16, 24, 40], 6],
    ['L40', '12Q', every(12, 48), 4],
    ['L40', '16Q', [0, 32], 3],
    ['L40', '24Q', [0, 24], 2],
    ['L40', '48Q', [0], 1],
    [
      'A40',
      '1Q',
      [
        0, 2, 3, 5, 6, 9, 11, 12, 14, 15, 17, 18, 20, 21, 23, 24, 26, 27, 29, 30, 33, 35, 36, 38, 39, 41, 42, 44, 45,
        47,
      ],
      32,
    ],
    ['L4', '1Q', [0, 2, 3, 5, 6, 8, 9, 11, 12, 14, 15, 17, 18, 20, 21, 23], 24],
    ['L4', '2Q', [0, 4, 6, 10, 12, 16, 18, 22], 12],
    ['L4', '3Q', every(3, 24), 8],
    ['L4', '4Q', [0, 8, 12, 20], 6],
    ['L4', '6Q', every(6, 24), 4],
    ['L4', '8Q', [0, 16], 3],
    ['L4', '12Q', [0, 12], 2],
    ['L4', '24Q', [0], 1],
    ['RTX5000-Ada', '1Q', every(1, 32), 32],
    ['RTX5000-Ada', '8Q', every(8, 32), 4],
    ['A16', '2Q', every(2, 16), 8],
  ])('%s-%s may start at %j', (board, size, ids, most) => {
    expect(gridOn(board).ids(size)).toEqual(ids)
    expect(typeByName(`${board}-${size}`)?.maxInstance).toBe(most)
  })
})

describe('mixed-size mode on an L40', () => {
  it('fills the GPU as the first worked example does', () => {
    const host = started({ mixed: true })
    const ids = ['24Q', '8Q', '8Q', '4Q', '4Q'].map((size) => create(host, `L40-${size}`).placementId)
    expect(ids).toEqual([0, 24, 40, 32, 36])
    expect(host.typeViews({ creatable: true })).toEqual([])
    expect(checkHost(host.state, [0])).toEqual([])
  })

  it('leaves what the second worked example leaves', () => {
    const host = started({ mixed: true })
    const ids = ['8Q', '4Q', '4Q', '2Q', '1Q', '16Q'].map((size) => create(host, `L40-${size}`).placementId)
    expect(ids).toEqual([0, 8, 12, 16, 18, 32])
    const left = {
      '8Q': [24],
      '6Q': [24],
      '4Q': [20, 24],
      '3Q': [21, 24, 27],
      '2Q': [22, 24, 28, 30],
      '1Q': [23, 24, 29, 30],
    }
    for (const [size, wanted] of Object.entries(left)) expect(creatable(host, `L40-${size}`), size).toEqual(wanted)
    for (const size of ['12Q', '16Q', '24Q', '48Q']) expect(creatable(host, `L40-${size}`), size).toEqual([])
    expect(checkHost(host.state, [0])).toEqual([])
  })

  it('loses 24Q at 0 and 48Q altogether to a 1Q at 0', () => {
    const host = started({ mixed: true })
    expect(create(host, 'L40-1Q').placementId).toBe(0)
    expect(creatable(host, 'L40-24Q')).toEqual([24])
    expect(creatable(host, 'L40-48Q')).toEqual([])
  })

  it('has an id back when the free run around a destroyed vGPU holds it', () => {
    const host = started({ mixed: true })
    const first = create(host, 'L40-4Q')
    const second = create(host, 'L40-4Q')
    expect([first.placementId, second.placementId, creatable(host, 'L40-12Q')]).toEqual([0, 8, [12, 24, 36]])
    host.destroyVgpus({ selectors: [first.uuid] })
    expect(creatable(host, 'L40-8Q')).toEqual([0, 16, 24, 40])
    expect(creatable(host, 'L40-12Q')).toEqual([12, 24, 36])
    host.destroyVgpus({ selectors: [second.uuid] })
    expect(creatable(host, 'L40-12Q')).toEqual([0, 12, 24, 36])
  })

  it('does not look at maxInstance: 16 of 3Q fit, and types of any series beside each other', () => {
    const host = started({ mixed: true })
    for (let i = 0; i < 16; i += 1) expect(create(host, ['L40-3Q', 'L40-3A'][i % 2] ?? '').placementId).toBe(3 * i)
    expect(refusal(() => create(host, 'L40-1B'))).toMatchObject({ errno: 'EINVAL', code: 'max-instances' })
  })

  it('takes the id asked for, and refuses one that is taken or does not exist', () => {
    const host = started({ mixed: true })
    expect(create(host, 'L40-8Q', { placementId: 24 }).placementId).toBe(24)
    expect(refusal(() => create(host, 'L40-8Q', { placementId: 24 }))).toMatchObject({
      errno: 'EINVAL',
      code: 'busy',
      message: 'placement 24 of NVIDIA L40-8Q is taken: 24 under L40-8Q at 24 (free: 0 16 40) (NV_ERR_INVALID_STATE)',
    })
    expect(refusal(() => create(host, 'L40-8Q', { placementId: 8 }))).toMatchObject({
      errno: 'EINVAL',
      code: 'invalid-argument',
      message: '8 is not a placement of NVIDIA L40-8Q (free: 0 16 40) (NV_ERR_INVALID_STATE)',
    })
  })

  it('keeps a stopped vGPU its place, so that starting it always finds room', () => {
    const host = started({ mixed: true })
    const big = create(host, 'L40-24Q')
    host.stopVgpus({ selectors: [big.uuid] })
    for (let i = 0; i < 8; i += 1) create(host, 'L40-3Q')
    expect(fits(host.state, 0, Number(typeByName('L40-3Q')?.vgpuType)).count).toBe(0)
    host.startNamed({ selectors: [big.uuid] })
    expect(host.vgpuViewOf(big.uuid)).toMatchObject({ state: 'running', placementId: 0 })
  })

  it('lays channels and memory out by halves: low ends grow up, high ends down', () => {
    const host = started({ mixed: true })
    const seats = [
      ['L40-24Q', 0],
      ['L40-4Q', 44],
      ['L40-4Q', 36],
    ].map(([type, placementId]) => create(host, String(type), { placementId: Number(placementId) }))
    // 1536 channels from 512 on: halves of 768, quarters of 384; 24Q has 512 and 4Q 128 of them
    expect(seats.map((view) => view.channels)).toEqual([
      { first: 512, count: 512, plugin: 1 },
      { first: 2048 - 128, count: 128, plugin: 1 },
      { first: 2048 - 384, count: 128, plugin: 1 },
    ])
    expect(seats.map((view) => Number(view.framebuffer?.addr) / MiB)).toEqual([0, 47104 - 3840, 36 * (47104 / 48)])
  })
})

describe('the mode of a GPU', () => {
  it('is set with VFs and without a type only, and told to GSP', () => {
    const host = boundHost(newHost())
    expect(refusal(() => host.setMode({ mode: 'heterogeneous' }))).toMatchObject({
      errno: 'EINVAL',
      code: 'wrong-state',
    })
    host.enableVfs({ count: 4 })
    expect(host.setMode({ mode: 'homogeneous' }).changed).toBe(false)
    const vgpu = create(host, 'L40-4Q', { start: false })
    expect(refusal(() => host.setMode({ mode: 'heterogeneous' }))).toMatchObject({ errno: 'EBUSY', code: 'busy' })
    host.destroyVgpus({ selectors: [vgpu.uuid] })
    expect(host.setMode({ mode: 'heterogeneous' })).toMatchObject({ changed: true })
    expect(host.state.gpus[0]?.gsp.heterogeneous).toBe(true)
    expect(host.gpuViews()[0]?.vgpuMode).toEqual({ current: 'heterogeneous', heterogeneousSupported: true })
  })

  it('is lost with the VFs, at a reboot and at a reset of the GPU', () => {
    const lose: ((host: Host) => unknown)[] = [
      (host) => host.disableVfs(),
      (host) => host.enableVfs({ count: 8 }),
      (host) => host.rebootHost(),
      (host) => host.resetGpu(),
    ]
    for (const act of lose) {
      const host = started({ mixed: true, vfs: 4 })
      act(host)
      expect(host.state.gpus[0]?.gsp.heterogeneous).toBe(false)
      expect(host.gpuViews()[0]?.vgpuMode.current).toBe('homogeneous')
    }
  })

  it('stays when GSP refuses it, and an empty GPU says so', () => {
    const host = started({ vfs: 4 })
    host.addFault({
      point: 'gsp.NV2080_CTRL_CMD_VGPU_MGR_INTERNAL_SET_VGPU_MGR_CONFIG',
      effect: 'NV_ERR_NOT_SUPPORTED',
    })
    expect(refusal(() => host.setMode({ mode: 'heterogeneous' }))).toMatchObject({ errno: 'EINVAL' })
    expect(host.gpuViews()[0]?.vgpuMode.current).toBe('homogeneous')
  })

  it('is not there on a board without types', () => {
    const host = boundHost(newHost({ board: 'L40G' }))
    expect(refusal(() => host.setMode({ mode: 'heterogeneous' }))).toMatchObject({
      errno: 'EOPNOTSUPP',
      message: 'NVIDIA L40G has no heterogeneous mode',
    })
  })

  it('is not there under rfc-v1', () => {
    const host = started({ profile: 'rfc-v1', vfs: 2 })
    expect(refusal(() => host.setMode({ mode: 'heterogeneous' }))).toMatchObject({
      errno: 'EOPNOTSUPP',
      message: 'the rfc-v1 profile has no heterogeneous mode',
    })
  })
})

describe('placement ids in equal-size mode', () => {
  it('are 0, s, 2s under vgpu17 on Ada, and none under v2 or on Ampere', () => {
    const host = started({ profile: 'vgpu17' })
    expect(['L40-8Q', 'L40-8A', 'L40-8C'].map((type) => create(host, type).placementId)).toEqual([0, 8, 16])
    expect(create(host, 'L40-8Q', { placementId: 40 }).placementId).toBe(40)
    expect(creatable(host, 'L40-8Q')).toEqual([24, 32])
    expect(creatable(host, 'L40-8C')).toEqual([24, 32])
    expect(creatable(host, 'L40-4Q')).toEqual([])
    expect(create(started(), 'L40-8Q').placementId).toBeNull()
    expect(create(started({ board: 'A40', profile: 'vgpu17' }), 'A40-8Q').placementId).toBeNull()
    expect(refusal(() => create(started(), 'L40-8Q', { placementId: 0 }))).toMatchObject({ code: 'unsupported' })
  })

  it('are read from the VF’s placement_id, which has none before there is a vGPU', () => {
    const host = started({ profile: 'vgpu17' })
    const file = '/sys/bus/pci/devices/0000:c1:00.5/nvidia/placement_id'
    expect(refusal(() => read(host.state, file))).toMatchObject({ errno: 'ENXIO' })
    create(host, 'L40-8Q')
    create(host, 'L40-8Q')
    expect(String.fromCharCode(...read(host.state, file))).toBe('8\n')
  })

  it('become all creatable again when the last vGPU is gone', () => {
    const host = started({ profile: 'vgpu17' })
    create(host, 'L40-8Q')
    expect(creatable(host, 'L40-24Q')).toEqual([])
    host.destroyVgpus({ selectors: [], all: true })
    expect(creatable(host, 'L40-24Q')).toEqual([0, 24])
  })
})

/** The resource manager's step-by-step list: removes overlapped ids, restores ids in the run freed by a vGPU. */
class Stepwise {
  readonly #ids = new Map<string, Set<number>>()
  readonly #sizes = new Map<string, number>()
  readonly #taken: Taken[] = []
  readonly #region: number
  readonly #supported = new Map<string, number[]>()

  constructor(grid: Grid, types: readonly { name: string; size: number; ids: number[] }[]) {
    this.#region = grid.region
    for (const { name, size, ids } of types) {
      this.#ids.set(name, new Set(ids))
      this.#supported.set(name, ids)
      this.#sizes.set(name, size)
    }
  }

  ids(name: string): number[] {
    return [...(this.#ids.get(name) ?? [])].sort((a, b) => a - b)
  }

  create(name: string, id: number): void {
    const size = this.#sizes.get(name) ?? 0
    this.#taken.push({ id, size })
    for (const [other, ids] of this.#ids) {
      const span = this.#sizes.get(other) ?? 0
      for (const known of ids) if (known < id + size && id < known + span) ids.delete(known)
    }
  }

  destroy(id: number): void {
    const at = this.#taken.findIndex((one) => one.id === id)
    const [gone] = this.#taken.splice(at, 1)
    if (!gone) throw new Error('nothing there')
    const busy = (slot: number) => this.#taken.some((one) => slot >= one.id && slot < one.id + one.size)
    let low = gone.id
    while (low > 0 && !busy(low - 1)) low -= 1
    let high = gone.id + gone.size
    while (high < this.#region && !busy(high)) high += 1
    for (const [name, ids] of this.#ids) {
      const size = this.#sizes.get(name) ?? 0
      for (const known of this.#supported.get(name) ?? []) if (known >= low && known + size <= high) ids.add(known)
    }
  }
}

it('what is free is what the resource manager keeps step by step', () => {
  fc.assert(
    fc.property(
      fc.constantFrom('L40', 'L4', 'A40', 'RTX5000-Ada', 'A100-PCIE-40GB'),
      fc.array(fc.record({ destroy: fc.boolean(), which: fc.nat(), where: fc.nat() }), { maxLength: 60 }),
      (boardName, steps) => {
        const board = findBoard(boardName)
        if (!board) throw new Error(boardName)
        const grid = gridOf(board, PROFILES.vgpu17, true)
        const types = typesOfBoard(boardName)
          .filter((type) => type.mig === null && (type.series === 'Q' || type.series === 'C'))
          .map((type) => ({
            type,
            name: type.vgpuName,
            size: placementSize(grid, type),
            ids: creatableIds(grid, type, []),
          }))
        const stepwise = new Stepwise(grid, types)
        const taken: Taken[] = []
        for (const { destroy, which, where } of steps) {
          if (destroy && taken.length > 0) {
            const [gone] = taken.splice(which % taken.length, 1)
            if (gone) stepwise.destroy(gone.id)
          } else {
            const chosen = types[which % types.length]
            const ids = chosen ? stepwise.ids(chosen.name) : []
            const id = ids[where % ids.length]
            if (!chosen || id === undefined) continue
            taken.push({ id, size: chosen.size })
            stepwise.create(chosen.name, id)
          }
          for (const { type, name } of types) expect(creatableIds(grid, type, taken)).toEqual(stepwise.ids(name))
        }
      },
    ),
    { numRuns: 60 },
  )
})

/** Type ids in creatable_vgpu_types of a VF. */
function listed(host: Host, bdf: string): number[] {
  const text = String.fromCharCode(...read(host.state, `/sys/bus/pci/devices/${bdf}/nvidia/creatable_vgpu_types`))
  return [...text.matchAll(/^([0-9]+) +: /gm)].map(([, id]) => Number(id))
}

const copyOf = (host: Host) => boundHost(structuredClone(host.state) as HostState)

describe('the creatable list and a real create', () => {
  it.each<[ProfileName, string, boolean]>([
    ['v2', 'L40', false],
    ['v2', 'L40', true],
    ['v2', 'L4', true],
    ['vgpu17', 'L40', false],
    ['vgpu17', 'L40', true],
    ['vgpu17', 'A16', false],
    ['vgpu17', 'A16', true],
    ['vgpu17', 'A100-PCIE-40GB', true],
    ['rfc-v1', 'L40', false],
    ['vgpu16', 'L40', false],
    ['vgpu16', 'A16', false],
  ])('never disagree under %s on a %s, mixed sizes: %s', (profile, board, mixed) => {
    fc.assert(
      fc.property(
        fc.array(fc.record({ destroy: fc.boolean(), which: fc.nat(), where: fc.nat() }), {
          minLength: 1,
          maxLength: 14,
        }),
        fc.nat(),
        (steps, probe) => {
          const host = started({ board, profile, mixed })
          const types = host.typeViews({ gpu: '0' })
          for (const { destroy, which, where } of steps) {
            const all = host.vgpuViews('0')
            if (destroy && all.length > 0) host.destroyVgpus({ selectors: [all[which % all.length]?.uuid ?? ''] })
            else {
              const open = host.typeViews({ gpu: '0', creatable: true })
              const type = open[which % open.length]
              const ids = type?.gpus[0]?.placement?.creatable ?? []
              const id = ids[where % ids.length]
              if (type) create(host, type.name, id === undefined ? {} : { placementId: id })
            }
            expect(checkHost(host.state, [0])).toEqual([])
          }
          // every listed type can be created at every listed id, and at no other
          const type = types[probe % types.length]
          const now = type && host.namedTypeView(String(type.id)).gpus[0]
          const vf = host.state.gpus[0]?.vfs.find((known) => free(known, PROFILES[profile]))
          if (!type || !now) throw new Error('no type')
          if (vf) {
            expect(selectable(host.state, 0, vf, type.id), type.name).toBe(now.creatable > 0)
            if (PROFILES[profile].vgpuAttributes !== 'none')
              expect(listed(host, vf.bdf).includes(type.id), type.name).toBe(now.creatable > 0)
          }
          const make = (placementId?: number) =>
            create(copyOf(host), String(type.id), placementId === undefined ? {} : { placementId })
          if (now.creatable === 0) expect(() => make(), type.name).toThrow()
          else expect(make().state).toBe('running')
          for (const id of now.placement?.creatable ?? []) expect(make(id).placementId).toBe(id)
          const foreign = (now.placement?.supported ?? []).find((id) => !now.placement?.creatable.includes(id))
          if (foreign !== undefined) expect(() => make(foreign)).toThrow()
          let count = 0
          for (const last = copyOf(host); ; count += 1) {
            try {
              create(last, String(type.id))
            } catch {
              break
            }
          }
          expect(count, type.name).toBe(now.creatable)
        },
      ),
      { numRuns: 12 },
    )
  })
})
