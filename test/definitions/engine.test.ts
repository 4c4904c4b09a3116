import fc from 'fast-check'
import { beforeEach, describe, expect, it } from 'vitest'
import { vgpuParams, withoutPlacement } from '../../src/engine/attributes.ts'
import { checkHost } from '../../src/engine/invariants.ts'
import type { HostState } from '../../src/engine/state.ts'
import { NvError } from '../../src/errors/nv-error.ts'
import type { Host } from '../engine/bound-host.ts'
import { gpuOf, hostOf, lasting, reloaded, uuidOf } from '../engine/host-of.ts'

let state: HostState
let host: Host
beforeEach(() => {
  ;({ state, host } = hostOf())
})

/** What is there, in the words of the listing. */
function listed(filter = { active: true, defined: true }) {
  return host
    .listVgpus(filter)
    .map(({ name, state: now, vf, definition }) => [name, now, vf, definition?.start ?? null])
}

describe('definitions', () => {
  it('are made without VFs, listed beside what is there, and created by start', () => {
    host.defineVgpu({ uuid: uuidOf(1), type: 'L40-4Q', name: 'desk1', vf: '2' })
    expect(listed()).toEqual([['desk1', 'defined', null, 'manual']])
    expect(host.listedVgpu('desk1')).toMatchObject({ uuid: uuidOf(1), definition: { vf: '0000:c1:00.6' } })
    expect(() => host.startNamed({ selectors: ['desk1'] })).toThrow(expect.objectContaining({ code: 'no-vf' }))
    host.enableVfs({ count: 4 })
    expect(host.startNamed({ selectors: ['desk1'], vm: 'win11' })).toMatchObject({
      changed: true,
      items: [{ uuid: uuidOf(1), name: 'desk1', vf: '0000:c1:00.6', state: 'running', vm: 'win11' }],
      warnings: [],
    })
    expect(listed()).toEqual([['desk1', 'running', '0000:c1:00.6', 'manual']])
  })

  it('outlive their vGPU: destroy removes none', () => {
    host.enableVfs({ count: 2 })
    host.createVgpu({ type: 'L40-4Q', uuid: uuidOf(1), name: 'desk1', start: true })
    host.defineVgpu({ vgpu: 'desk1' })
    host.destroyVgpus({ selectors: ['desk1'] })
    expect(listed()).toEqual([['desk1', 'defined', null, 'manual']])
    expect(listed({ active: true, defined: false })).toEqual([])
    host.undefineVgpus({ selectors: ['desk1'] })
    expect(listed()).toEqual([])
  })

  it('of a vGPU that is there say what it is and where, and undefining leaves it there', () => {
    host.enableVfs({ count: 2 })
    host.createVgpu({ type: 'L40-4Q', uuid: uuidOf(1), name: 'desk1', vf: '1', start: true })
    host.defineVgpu({ vgpu: '0000:c1:00.5', start: 'auto' })
    expect(state.definitions[uuidOf(1)]).toEqual({
      uuid: uuidOf(1),
      name: 'desk1',
      vgpuType: 874,
      gpu: '0000:c1:00.0',
      vf: 1,
      placementId: null,
      start: 'auto',
      attrs: [],
    })
    host.undefineVgpus({ selectors: ['0000:c1:00.5'] })
    expect(listed()).toEqual([['desk1', 'running', '0000:c1:00.5', null]])
  })

  it('go to another VF of their GPU, with a warning, when the one they want is taken', () => {
    host.enableVfs({ count: 2 })
    host.createVgpu({ type: 'L40-4Q', uuid: uuidOf(1), vf: '0', start: false })
    host.defineVgpu({ uuid: uuidOf(2), type: 'L40-4Q', vf: '0' })
    const { items, warnings } = host.startNamed({ selectors: [uuidOf(2)] })
    expect(items).toMatchObject([{ vf: '0000:c1:00.5' }])
    expect(warnings).toEqual([`vGPU ${uuidOf(2)} is on 0000:c1:00.5: 0000:c1:00.4 is not free`])
  })

  it('start all or none', () => {
    host.enableVfs({ count: 4 })
    for (const [n, type] of [
      [1, 'L40-24Q'],
      [2, 'L40-24Q'],
      [3, 'L40-24Q'],
    ] as const)
      host.defineVgpu({ uuid: uuidOf(n), type, name: `desk${n}` })
    const before = lasting(reloaded(state))
    expect(() => host.startNamed({ selectors: ['desk1', 'desk2', 'desk3'] })).toThrow(
      expect.objectContaining({ code: 'max-instances' }),
    )
    expect(lasting(state)).toEqual(before)
    expect(checkHost(state, [0])).toEqual([])
    host.startNamed({ selectors: ['desk1', 'desk2'] })
    expect(listed().map(([name, now]) => [name, now])).toEqual([
      ['desk1', 'running'],
      ['desk2', 'running'],
      ['desk3', 'defined'],
    ])
  })

  it('are found by name, UUID, its beginning, the VF they alone want, and the vGPU that is there', () => {
    host.defineVgpu({ uuid: 'abcd0000-0000-4000-8000-000000000001', type: 'L40-4Q', name: 'a', vf: '3' })
    host.defineVgpu({ uuid: 'abcd0000-0000-4000-8000-000000000002', type: 'L40-4Q', name: 'b', vf: '3' })
    host.defineVgpu({ uuid: 'beef0000-0000-4000-8000-000000000003', type: 'L40-4Q', vf: '5' })
    const name = (word: string) => host.listedVgpu(word).uuid.slice(-1)
    expect([name('a'), name('beef'), name('0000:c1:01.1'), name('ABCD0000-0000-4000-8000-000000000002')]).toEqual([
      '1',
      '3',
      '3',
      '2',
    ])
    expect(() => name('abcd')).toThrow(expect.objectContaining({ code: 'ambiguous' }))
    expect(() => name('c1:00.7')).toThrow(expect.objectContaining({ code: 'ambiguous' }))
    expect(() => host.undefineVgpus({ selectors: ['c'] })).toThrow(
      expect.objectContaining({ code: 'not-found', message: expect.stringContaining('nearest: b, a') }),
    )
    expect(host.undefineVgpus({ selectors: ['zz'], ifExists: true })).toMatchObject({ changed: false })
  })

  it('keep their name for themselves, and UUIDs are defined once', () => {
    host.enableVfs({ count: 2 })
    host.defineVgpu({ uuid: uuidOf(1), type: 'L40-4Q', name: 'desk1' })
    const exists = expect.objectContaining({ code: 'exists' })
    expect(() => host.createVgpu({ type: 'L40-4Q', uuid: uuidOf(9), name: 'desk1', start: true })).toThrow(exists)
    expect(() => host.defineVgpu({ uuid: uuidOf(2), type: 'L40-4Q', name: 'desk1' })).toThrow(exists)
    expect(() => host.defineVgpu({ uuid: uuidOf(1), type: 'L40-4Q' })).toThrow(exists)
    expect(host.defineVgpu({ uuid: uuidOf(1), type: 'L40-4Q', ifNotExists: true })).toMatchObject({ changed: false })
    host.createVgpu({ type: 'L40-4Q', uuid: uuidOf(2), name: 'desk2', start: true })
    expect(() => host.modifyVgpu({ vgpu: 'desk1', name: 'desk2' })).toThrow(exists)
  })

  it('keep their name from a vGPU that comes from another host', () => {
    const source = hostOf()
    source.host.enableVfs({ count: 2 })
    source.host.createVgpu({ type: 'L40-4Q', uuid: uuidOf(7), name: 'desk1', start: true })
    const { file } = source.host.saveVgpu('desk1')
    host.enableVfs({ count: 2 })
    host.defineVgpu({ uuid: uuidOf(1), type: 'L40-4Q', name: 'desk1' })
    expect(host.restoreVgpu(file).items).toMatchObject([{ uuid: uuidOf(7), name: null, definition: null }])
    expect(host.startNamed({ selectors: ['desk1'] }).items).toMatchObject([{ uuid: uuidOf(1) }])
  })

  it('are of a GPU that has the type and could have the VF', () => {
    expect(() => host.defineVgpu({ uuid: uuidOf(1), type: 'L4-4Q' })).toThrow(
      expect.objectContaining({ code: 'type-mismatch' }),
    )
    for (const vf of ['32', '0000:c1:00.3', '0000:c2:00.4', 'x'])
      expect(() => host.defineVgpu({ uuid: uuidOf(1), type: 'L40-4Q', vf }), vf).toThrow(
        expect.objectContaining({ code: 'not-found' }),
      )
    const two = hostOf({ gpus: 2 })
    expect(() => two.host.defineVgpu({ uuid: uuidOf(1), type: 'L40-4Q' })).toThrow(
      expect.objectContaining({ code: 'ambiguous' }),
    )
    two.host.defineVgpu({ uuid: uuidOf(1), type: 'L40-4Q', vf: 'c2:00.4' })
    expect(two.state.definitions[uuidOf(1)]).toMatchObject({ gpu: '0000:c2:00.0', vf: 0 })
    expect(two.host.listVgpus({ gpu: '0', active: true, defined: true })).toEqual([])
    expect(two.host.listVgpus({ gpu: '1', active: true, defined: true })).toHaveLength(1)
  })
})

describe('modify', () => {
  beforeEach(() => {
    host.enableVfs({ count: 4 })
    host.createVgpu({ type: 'L40-4Q', uuid: uuidOf(1), name: 'desk1', start: true })
    host.defineVgpu({ vgpu: 'desk1' })
  })

  it('changes the definition and not the vGPU that is there', () => {
    const change = host.modifyVgpu({ vgpu: 'desk1', type: 'L40-8Q', vf: null, name: 'desk9', start: 'auto' })
    expect(change).toMatchObject({
      changed: true,
      items: [
        {
          name: 'desk1',
          vgpuType: { name: 'NVIDIA L40-4Q' },
          definition: { name: 'desk9', vgpuType: { name: 'NVIDIA L40-8Q' }, vf: null, start: 'auto' },
        },
      ],
    })
    expect(host.modifyVgpu({ vgpu: 'desk9', type: 'L40-8Q' })).toMatchObject({
      changed: false,
      warnings: [`vGPU ${uuidOf(1)} is so already`],
    })
    host.modifyVgpu({ vgpu: 'desk9', placementId: 4 })
    host.modifyVgpu({ vgpu: 'desk9', name: null, placementId: null })
    expect(state.definitions[uuidOf(1)]).toMatchObject({ name: null, placementId: null })
  })

  it('live changes name and attributes, and refuses what a vGPU keeps for its life', () => {
    expect(host.modifyVgpu({ vgpu: 'desk1', live: true, name: 'new' })).toMatchObject({ items: [{ name: 'new' }] })
    expect(state.definitions[uuidOf(1)]?.name).toBe('desk1')
    for (const request of [{ type: 'L40-8Q' }, { vf: '2' }, { gpu: '0' }, { placementId: 3 }, { vf: null }])
      expect(() => host.modifyVgpu({ vgpu: 'new', live: true, ...request }), JSON.stringify(request)).toThrow(
        expect.objectContaining({ code: 'busy', errno: 'EBUSY' }),
      )
    const both = { kind: 'add', attr: { name: 'nvidia/vgpu_params', value: 'disable_vnc=1' } } as const
    host.modifyVgpu({ vgpu: 'new', live: true, defined: true, attrs: both })
    expect(state.definitions[uuidOf(1)]?.attrs).toEqual([both.attr])
    expect(host.vgpuViewOf('new').attrs).toEqual([both.attr])
    host.modifyVgpu({ vgpu: 'new', live: true, start: 'auto' })
    expect(state.definitions[uuidOf(1)]).toMatchObject({ start: 'auto', name: 'desk1' })
    host.destroyVgpus({ selectors: ['new'] })
    expect(() => host.modifyVgpu({ vgpu: 'desk1', live: true, name: 'x' })).toThrow(
      expect.objectContaining({ code: 'not-found' }),
    )
  })

  it('live switches the frame rate limiter of the guest off and on', () => {
    expect(host.vgpuViewOf('desk1').frameRateLimit).toBe(60)
    const set = (value: string) =>
      host.modifyVgpu({
        vgpu: 'desk1',
        live: true,
        attrs: { kind: 'replace', attrs: [{ name: 'vgpu_params', value }] },
      })
    set('frame_rate_limiter=0, disable_vnc=1')
    expect(host.vgpuViewOf('desk1').frameRateLimit).toBeNull()
    host.stopVgpus({ selectors: ['desk1'] })
    host.startNamed({ selectors: ['desk1'] })
    expect(host.vgpuViewOf('desk1').frameRateLimit).toBeNull()
    set(' ')
    expect(host.vgpuViewOf('desk1').frameRateLimit).toBe(60)
  })

  it('keeps the list of attributes as mdevctl does', () => {
    const edit = (attrs: Parameters<Host['modifyVgpu']>[0]['attrs']) =>
      host.modifyVgpu({ vgpu: 'desk1', ...(attrs ? { attrs } : {}) })
    const add = (name: string, index?: number) =>
      edit({ kind: 'add', attr: { name, value: '1' }, ...(index === undefined ? {} : { index }) })
    const names = () => state.definitions[uuidOf(1)]?.attrs.map((attr) => attr.name)
    add('b')
    add('a', 0)
    add('c')
    add('b')
    expect(names()).toEqual(['a', 'b', 'c', 'b'])
    edit({ kind: 'delete', index: 1 })
    edit({ kind: 'delete' })
    expect(names()).toEqual(['a', 'c'])
    const refused = expect.objectContaining({ code: 'invalid-argument' })
    expect(() => add('x', 3)).toThrow(refused)
    expect(() => edit({ kind: 'delete', index: 2 })).toThrow(refused)
    for (const name of ['', '../x', '/x', 'a b', 'x'.repeat(129)]) expect(() => add(name), name).toThrow(refused)
    edit({ kind: 'replace', attrs: [] })
    expect(() => edit({ kind: 'delete' })).toThrow(refused)
  })
})

describe('attributes', () => {
  it.each([
    ['nvidia/vgpu_param', '', 'ENOENT'],
    ['nvidia/vgpu_params', 'frame_rate_limitr=0', 'EINVAL'],
    ['nvidia/vgpu_params', 'frame_rate_limiter=2', 'EINVAL'],
    ['nvidia/vgpu_params', 'vgpu-placement-id=x', 'EINVAL'],
    ['placement_id', '-1', 'EINVAL'],
  ])('%s = %s is kept in a definition and refused by the device with %s', (name, value, errno) => {
    host.enableVfs({ count: 2 })
    host.defineVgpu({ uuid: uuidOf(1), type: 'L40-4Q', attrs: [{ name, value }] })
    const before = lasting(reloaded(state))
    expect(() => host.startNamed({ selectors: [uuidOf(1)] })).toThrow(expect.objectContaining({ errno }))
    expect(lasting(state)).toEqual(before)
  })

  it('with a placement id choose the slot, and come back with the vGPU', () => {
    host.enableVfs({ count: 4 })
    host.setMode({ mode: 'heterogeneous' })
    host.defineVgpu({
      uuid: uuidOf(1),
      type: 'L40-4Q',
      attrs: [{ name: 'vgpu_params', value: 'vgpu-placement-id=12' }],
    })
    host.startNamed({ selectors: [uuidOf(1)] })
    expect(host.vgpuViews()).toMatchObject([{ placementId: 12, attrs: [{ name: 'vgpu_params' }] }])
    host.destroyVgpus({ selectors: [uuidOf(1)] })
    expect(gpuOf(state).vfs[0]?.attrs).toEqual([])
  })
})

describe('attributes that go along to another GPU', () => {
  it.each([
    [[], []],
    [[{ name: 'placement_id', value: '4' }], []],
    [[{ name: 'nvidia/vgpu_params', value: 'vgpu-placement-id=4' }], [' ']],
    [
      [{ name: 'vgpu_params', value: 'disable_vnc=1, vgpu-placement-id=4,enable_uvm=1' }],
      ['disable_vnc=1,enable_uvm=1'],
    ],
    [
      [
        { name: 'vgpu_params', value: ' ' },
        { name: 'vgpu_params', value: 'enable_uvm=1' },
      ],
      [' ', 'enable_uvm=1'],
    ],
  ])('%j', (attrs, values) => {
    const kept = withoutPlacement(attrs)
    expect(kept.map(({ value }) => value)).toEqual(values)
    expect(vgpuParams(kept)).toEqual({ ...vgpuParams(attrs), placementId: null })
  })
})

describe('reboot', () => {
  it('drops what a real one drops, and brings back what is defined to start: VFs, mode, types, vGPUs', () => {
    host.enableVfs({ count: 6 })
    host.setScheduler({ policy: 'equal-share', frequencyHz: 240 })
    host.setMode({ mode: 'heterogeneous' })
    host.createVgpu({ type: 'L40-8Q', uuid: uuidOf(1), name: 'a', vf: '3', placementId: 24, start: true })
    host.createVgpu({ type: 'L40-4Q', uuid: uuidOf(2), name: 'b', start: true })
    host.createVgpu({ type: 'L40-2Q', uuid: uuidOf(3), name: 'transient', start: true })
    host.createVgpu({ type: 'L40-2Q', uuid: uuidOf(4), name: 'manual', start: true })
    host.defineVgpu({ vgpu: 'a' })
    host.defineVgpu({ vgpu: 'b', start: 'auto' })
    host.defineVgpu({ vgpu: 'manual' })
    host.autostartVgpus({ selectors: ['a'], on: true })
    const place = () =>
      host.vgpuViews().map(({ name, vf, placementId, vgpuType }) => [name, vf, placementId, vgpuType.id])
    const before = place().filter(([name]) => name === 'a' || name === 'b')
    const goes = host.vgpuViews().filter(({ name }) => name === 'transient' || name === 'manual')
    const { warnings, failed } = host.rebootHost()
    expect([warnings, failed]).toEqual([
      goes.map(({ uuid, name, vf }) => `vGPU ${uuid} (${name}) on ${vf} is gone`).sort(),
      false,
    ])
    expect(place()).toEqual(before)
    expect(host.gpuViews()[0]).toMatchObject({
      sriov: { numVfs: 6 },
      vgpuMode: { current: 'heterogeneous' },
      scheduler: { policy: 'equal-share', frequencyHz: 240 },
    })
    expect(checkHost(state, [0])).toEqual([])
    host.rebootHost()
    expect(place()).toEqual(before)
  })

  it('without definitions brings nothing back', () => {
    host.enableVfs({ count: 4 })
    host.createVgpu({ type: 'L40-4Q', uuid: uuidOf(1), start: true })
    const warnings = [`vGPU ${uuidOf(1)} on 0000:c1:00.4 is gone`]
    expect(host.rebootHost()).toMatchObject({ changed: true, warnings, failed: false })
    expect([host.vfViews(), host.vgpuViews()]).toEqual([[], []])
  })

  it('enables as many VFs as the definitions need where nothing was remembered', () => {
    host.defineVgpu({ uuid: uuidOf(1), type: 'L40-4Q', vf: '4', start: 'auto' })
    host.defineVgpu({ uuid: uuidOf(2), type: 'L40-4Q', start: 'auto' })
    host.rebootHost()
    expect(host.vgpuViews().map(({ uuid, vfIndex }) => [uuid, vfIndex])).toEqual([
      [uuidOf(2), 0],
      [uuidOf(1), 4],
    ])
    expect(host.vfViews()).toHaveLength(5)
  })

  it('tells what does not come back, and brings back the rest', () => {
    for (const n of [1, 2, 3]) host.defineVgpu({ uuid: uuidOf(n), type: 'L40-24Q', start: 'auto' })
    const { warnings, failed } = host.rebootHost()
    expect(failed).toBe(true)
    expect(warnings).toEqual([
      expect.stringMatching(new RegExp(`^vGPU ${uuidOf(3)} was not started: .*\\(E[A-Z]+\\)$`)),
    ])
    expect(host.vgpuViews()).toHaveLength(2)
    expect(checkHost(state, [0])).toEqual([])
    const first = host.vgpuViews().find(({ uuid }) => uuid === uuidOf(1))
    const gone = [`vGPU ${uuidOf(1)} on ${first?.vf} is gone`]
    expect(host.rebootHost({ skip: [uuidOf(1)] })).toMatchObject({ warnings: gone, failed: false })
    expect(host.vgpuViews().map(({ uuid }) => uuid)).toEqual([uuidOf(2), uuidOf(3)])
  })

  it('VFs that are persisted come back by themselves; those remembered for a definition go with the last one', () => {
    host.enableVfs({ count: 8 })
    host.defineVgpu({ uuid: uuidOf(1), type: 'L40-4Q', start: 'auto' })
    expect(state.boot).toMatchObject({ '0000:c1:00.0': { numVfs: 8, kept: false } })
    host.autostartVgpus({ selectors: [uuidOf(1)], on: false })
    expect(state.boot).toEqual({})
    expect(host.persistGpu(true)).toBe(true)
    expect(host.persistGpu(true)).toBe(false)
    host.rebootHost()
    expect(host.vfViews()).toHaveLength(8)
    host.disableVfs()
    host.autostartVgpus({ selectors: [uuidOf(1)], on: true })
    expect(state.boot).toMatchObject({ '0000:c1:00.0': { numVfs: 8, kept: true } })
    expect(host.persistGpu(false)).toBe(true)
    host.undefineVgpus({ selectors: [], all: true })
    host.rebootHost()
    expect(host.vfViews()).toEqual([])
  })
})

describe('whatever is done', () => {
  it('definitions stay until they are undefined, the host holds together, and a boot starts or names each of them', () => {
    const n = fc.integer({ min: 1, max: 5 })
    const type = fc.constantFrom('L40-4Q', 'L40-8Q', 'L40-24Q')
    const act = fc.oneof(
      fc.record({
        verb: fc.constant('define' as const),
        n,
        type,
        start: fc.constantFrom('auto' as const, 'manual' as const),
        vf: fc.option(fc.constantFrom('0', '3'), { nil: undefined }),
      }),
      fc.record({ verb: fc.constant('create' as const), n, type }),
      fc.record({
        verb: fc.constantFrom('start' as const, 'destroy' as const, 'promote' as const, 'undefine' as const),
        n,
      }),
      fc.record({ verb: fc.constantFrom('reboot' as const, 'enable' as const, 'disable' as const, 'mixed' as const) }),
    )
    fc.assert(
      fc.property(fc.array(act, { maxLength: 12 }), (acts) => {
        const { host: walked, state: walkedState } = hostOf()
        const defined = new Set<string>()
        for (const one of [...acts, { verb: 'reboot' as const }]) {
          const uuid = 'n' in one ? uuidOf(one.n) : ''
          const done = attempt(() => {
            switch (one.verb) {
              case 'define':
                return walked.defineVgpu({
                  uuid,
                  type: one.type,
                  start: one.start,
                  ...(one.vf === undefined ? {} : { vf: one.vf }),
                })
              case 'create':
                return walked.createVgpu({ uuid, type: one.type, start: true })
              case 'promote':
                return walked.defineVgpu({ vgpu: uuid })
              case 'start':
                return walked.startNamed({ selectors: [uuid] })
              case 'destroy':
                return walked.destroyVgpus({ selectors: [uuid] })
              case 'undefine':
                return walked.undefineVgpus({ selectors: [uuid] })
              case 'enable':
                return walked.enableVfs({ count: 4, force: true })
              case 'disable':
                return walked.disableVfs({ force: true })
              case 'mixed':
                return walked.setMode({ mode: 'heterogeneous' })
              default:
                return rebooted(walked)
            }
          })
          if (done && (one.verb === 'define' || one.verb === 'promote')) defined.add(uuid)
          if (done && one.verb === 'undefine') defined.delete(uuid)
          const listing = walked.listVgpus({ active: false, defined: true })
          expect(new Set(listing.map((vgpu) => vgpu.uuid))).toEqual(defined)
          expect(checkHost(walkedState, [0])).toEqual([])
        }
      }),
      { numRuns: 60 },
    )
  })
})

function attempt(act: () => unknown): boolean {
  try {
    act()
    return true
  } catch (error) {
    if (error instanceof NvError) return false
    throw error
  }
}

function rebooted(walked: Host): void {
  const auto = walked
    .listVgpus({ active: false, defined: true })
    .filter(({ definition }) => definition?.start === 'auto')
  const { warnings, failed } = walked.rebootHost()
  const there = walked.vgpuViews().map(({ uuid }) => uuid)
  const missing = auto.filter(({ uuid }) => !there.includes(uuid))
  expect(missing.every(({ uuid }) => warnings.some((warning) => warning.includes(`${uuid} was not started`)))).toBe(
    true,
  )
  expect(there.every((uuid) => auto.some((vgpu) => vgpu.uuid === uuid))).toBe(true)
  expect(failed).toBe(missing.length > 0)
}
