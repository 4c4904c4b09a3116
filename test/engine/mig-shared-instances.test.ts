import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { typeById, typesOfBoard } from '../../src/catalog/vgpu-types.ts'
import { fits } from '../../src/engine/capacity.ts'
import { checkHost } from '../../src/engine/invariants.ts'
import { smiTypes } from '../../src/engine/smi/types.ts'
import { givenHost, RTX_PRO_6000 } from './given-host.ts'
import { arm, lasting, uuidOf } from './host-of.ts'
import { migHost } from './mig-host.ts'
import { refusal } from './refusal-of.ts'

const HEADER = 'ID    : vGPU Name\n'
const GFX = '1g.24gb+gfx'
const repeat = <T>(times: number, act: () => T) => Array.from({ length: times }, act)
/** Ids in a file of types. */
const listed = (text: string) =>
  text
    .replace(HEADER, '')
    .split('\n')
    .filter(Boolean)
    .map((line) => Number.parseInt(line, 10))
const backedBy = (profile: string) =>
  typesOfBoard(RTX_PRO_6000, true)
    .filter(({ mig }) => mig?.gpuInstanceProfile === profile)
    .map(({ vgpuType }) => vgpuType)
const ofSize = (ids: readonly number[], sizeGiB: number) => ids.filter((id) => typeById(id)?.sizeGiB === sizeGiB)

describe('GPU instances whose vGPUs take turns', () => {
  it('rule 26: an instance offers all types of its profile, whatever their framebuffer; without +gfx none', () => {
    expect([GFX, '2g.48gb+gfx', '4g.96gb+gfx'].map((profile) => backedBy(profile).length)).toEqual([19, 12, 12])
    for (const profile of [GFX, '2g.48gb+gfx', '4g.96gb+gfx'])
      expect(listed(givenHost([profile]).cat(0, 'creatable_vgpu_types')), profile).toEqual(backedBy(profile))
    for (const profile of ['1g.24gb', '1g.24gb+me', '1g.24gb-me', '2g.48gb', '4g.96gb']) {
      const { cat, create } = givenHost([profile])
      expect(cat(0, 'creatable_vgpu_types'), profile).toBe(HEADER)
      expect(refusal(() => create('DC-1-3Q')).message).toContain('none is free (NV_ERR_INVALID_STATE)')
    }
  })

  it('with vGPUs it offers the types of their size in any series, while there are fewer than their most', () => {
    const { create, cat } = givenHost([GFX])
    create('DC-1-6Q')
    const six = ofSize(backedBy(GFX), 6)
    expect(six.map((id) => typeById(id)?.series)).toEqual(['Q', 'A'])
    expect(listed(cat(1, 'creatable_vgpu_types'))).toEqual(six)
    repeat(3, () => create('DC-1-6A'))
    expect(cat(4, 'creatable_vgpu_types')).toBe(HEADER)
  })

  it('rule 31: one framebuffer size an instance, series may differ', () => {
    const { create, places, state } = givenHost([GFX])
    create('DC-1-3Q')
    create('DC-1-3A')
    create('DC-1-3B')
    const before = lasting(state)
    expect(refusal(() => create('DC-1-6Q'))).toMatchObject({ errno: 'EIO', code: 'no-instance' })
    expect(lasting(state)).toEqual(before)
    expect(places().map(([id]) => id)).toEqual([3, 3, 3])
    const two = givenHost([GFX, GFX])
    repeat(8, () => two.create('DC-1-3Q'))
    repeat(2, () => two.create('DC-1-6Q'))
    expect(two.places().map(([id]) => id)).toEqual([3, 3, 3, 3, 3, 3, 3, 3, 4, 4])
    expect(checkHost(two.state, [0])).toEqual([])
  })

  it('rule 32: eight of 3 GB fill an instance, and the ninth goes to the next, or nowhere', () => {
    const { create, places, state } = givenHost([GFX, GFX])
    repeat(9, () => create('DC-1-3Q'))
    expect(places().map(([id]) => id)).toEqual([3, 3, 3, 3, 3, 3, 3, 3, 4])
    expect(checkHost(state, [0])).toEqual([])
    const one = givenHost([GFX])
    repeat(8, () => one.create('DC-1-3Q'))
    expect(refusal(() => one.create('DC-1-3Q'))).toMatchObject({
      errno: 'EIO',
      code: 'no-instance',
      message: expect.stringContaining('NV_ERR_INVALID_STATE'),
    })
  })

  it('rule 33: the most on the GPU is the most on an instance by its instances', () => {
    const { state } = givenHost([], { mig: false })
    const backed = smiTypes(state, 0).filter(({ gpuInstanceProfileId }) => gpuInstanceProfileId !== null)
    expect(backed).toHaveLength(43)
    const instances: Readonly<Record<number, number>> = { 47: 4, 35: 2, 32: 1 }
    for (const { name, maxInstance, maxPerGpuInstance, gpuInstanceProfileId } of backed)
      expect(maxInstance, name).toBe((maxPerGpuInstance ?? 0) * (instances[gpuInstanceProfileId ?? 0] ?? 0))
    const of = (name: string) => backed.find((type) => type.name.endsWith(name)) ?? expect.fail()
    expect(of('DC-1-2Q')).toMatchObject({ maxPerGpuInstance: 12, maxInstance: 48 })
    expect(of('DC-1-3Q')).toMatchObject({ maxPerGpuInstance: 8, maxInstance: 32 })
    expect(of('DC-1-24Q')).toMatchObject({ maxPerGpuInstance: 1, maxInstance: 4 })
  })

  it('rule 37: a placement id counts inside its instance', () => {
    const { create, places, cat, gpu } = givenHost([GFX, GFX])
    repeat(3, () => create('DC-1-6Q', { gpuInstanceId: 4 }))
    create('DC-1-3Q', { gpuInstanceId: 3, placementId: 6 })
    expect(places()).toEqual([
      [4, 0],
      [4, 6],
      [4, 12],
      [3, 6],
    ])
    expect(gpu.gsp.mig.instances.map(({ swizzId, start }) => [swizzId, start])).toEqual([
      [3, 0],
      [4, 3],
    ])
    expect([cat(3, 'gpu_instance_id'), cat(3, 'placement_id')]).toEqual(['3\n', '6\n'])
    const taken = refusal(() => create('DC-1-3Q', { gpuInstanceId: 3, placementId: 6 }))
    expect(taken).toMatchObject({
      errno: 'EIO',
      code: 'busy',
      message: expect.stringContaining(
        'placement 6 of NVIDIA RTX Pro 6000 Blackwell DC-1-3Q in GPU instance 3 is taken',
      ),
    })
    expect(refusal(() => create('DC-1-3Q', { gpuInstanceId: 3, placementId: 7 }))).toMatchObject({
      code: 'invalid-argument',
      message: expect.stringContaining('7 is not a placement'),
    })
  })

  it('rule 35: a write of gpu_instance_id moves to an equal instance with a free slot, and to its first free place', () => {
    const { create, echo, places, state, cat } = givenHost([GFX, GFX, '2g.48gb+gfx'])
    create('DC-1-12Q', { start: false })
    create('DC-1-3Q', { gpuInstanceId: 4, start: false })
    create('DC-1-3Q', { gpuInstanceId: 4, start: false })
    create('DC-1-3Q', { gpuInstanceId: 4, start: false, placementId: 9 })
    const before = lasting(state)
    for (const wrong of ['3', '2', '5', '9']) {
      expect(
        refusal(() => echo(1, 'gpu_instance_id', wrong)),
        wrong,
      ).toMatchObject({
        errno: 'EIO',
        message: expect.stringContaining('NV_ERR_INVALID_STATE'),
      })
    }
    expect(lasting(state)).toEqual(before)
    echo(0, 'current_vgpu_type', '0')
    echo(3, 'gpu_instance_id', '3')
    expect([cat(3, 'gpu_instance_id'), cat(3, 'placement_id')]).toEqual(['3\n', '0\n'])
    echo(2, 'gpu_instance_id', '3')
    expect(places()).toEqual([
      [4, 0],
      [3, 3],
      [3, 0],
    ])
    expect(checkHost(state, [0])).toEqual([])
  })

  it('rule 38: mixed sizes are a mode of one instance without vGPUs, and end with it', () => {
    const { host, create, places, state, gpu, cat } = givenHost([GFX, GFX])
    const set = (gpuInstance: number, mode: 'heterogeneous' | 'homogeneous' = 'heterogeneous') =>
      host.setInstanceMode({ gpuInstance, mode })
    create('DC-1-3Q')
    const before = lasting(state)
    expect(refusal(() => set(3))).toMatchObject({ errno: 'EBUSY', code: 'busy' })
    expect(refusal(() => set(5))).toMatchObject({ errno: 'ENODEV', code: 'not-found' })
    expect(refusal(() => host.setMode({ mode: 'heterogeneous' }))).toMatchObject({ errno: 'EOPNOTSUPP' })
    expect(lasting(state)).toEqual(before)
    expect(set(4).items).toMatchObject([{ id: 4, vgpuMode: 'heterogeneous' }])
    expect(set(4)).toMatchObject({ changed: false })
    create('DC-1-8Q', { gpuInstanceId: 4 })
    create('DC-1-3Q', { gpuInstanceId: 4 })
    create('DC-1-4Q', { gpuInstanceId: 4 })
    expect(places()).toEqual([
      [3, 0],
      [4, 0],
      [4, 9],
      [4, 12],
    ])
    // the ids of a type in the rest: 12 GB has 0 and 12, 2 GB every second one
    expect(ofSize(listed(cat(4, 'creatable_vgpu_types')), 12)).toEqual([])
    expect(ofSize(listed(cat(4, 'creatable_vgpu_types')), 2)).toEqual(ofSize(backedBy(GFX), 2))
    expect(checkHost(state, [0])).toEqual([])
    host.destroyVgpus({ selectors: [], all: true })
    host.destroyGpuInstances({ ids: [4], withCompute: true })
    host.createGpuInstances({ instances: [{ profile: GFX }], compute: false })
    expect(gpu.gsp.mig.instances.map(({ swizzId, heterogeneous }) => [swizzId, heterogeneous])).toEqual([
      [3, false],
      [4, false],
    ])
    const none = givenHost([])
    expect(refusal(() => none.host.setInstanceMode({ gpuInstance: 3, mode: 'heterogeneous' })).errno).toBe('EOPNOTSUPP')
  })

  it('rule 41: without time slices types of which several run on an instance are hidden, and refused', () => {
    const { host, create, state, cat } = givenHost([GFX, GFX])
    create('DC-1-24Q')
    expect(refusal(() => host.setMigTimeSlicing({ on: false }))).toMatchObject({ errno: 'EBUSY' })
    host.destroyVgpus({ selectors: [], all: true })
    expect(host.setMigTimeSlicing({ on: false }).items).toMatchObject([{ timeSlicing: false }])
    const names = smiTypes(state, 0).filter(({ gpuInstanceProfileId }) => gpuInstanceProfileId !== null)
    expect(names.map(({ name }) => name.split(' ').at(-1))).toEqual([
      ...['DC-1-24Q', 'DC-1-24A', 'DC-1-24C', 'DC-2-48Q', 'DC-2-48A', 'DC-2-48C'],
      ...['DC-4-96Q', 'DC-4-96A', 'DC-4-96C'],
    ])
    expect(listed(cat(0, 'creatable_vgpu_types'))).toEqual(ofSize(backedBy(GFX), 24))
    expect(refusal(() => create('DC-1-3Q')).message).toContain('NV_ERR_INVALID_STATE')
    expect(refusal(() => host.setInstanceMode({ gpuInstance: 3, mode: 'heterogeneous' })).errno).toBe('EOPNOTSUPP')
    create('DC-1-24Q')
    host.destroyVgpus({ selectors: [], all: true })
    host.setMigTimeSlicing({ on: true })
    repeat(2, () => create('DC-1-12Q'))
  })

  it('rule 39: a chip without turns has neither', () => {
    const { host } = migHost(['3g.20gb'])
    expect(refusal(() => host.setInstanceMode({ gpuInstance: 2, mode: 'heterogeneous' })).errno).toBe('EOPNOTSUPP')
    expect(refusal(() => host.setMigTimeSlicing({ on: false })).errno).toBe('EOPNOTSUPP')
  })

  it('in any order of creations and destructions vGPUs of mixed sizes have memory and channels of their own', () => {
    const types = ['2Q', '3A', '4Q', '6Q', '8C', '12Q', '24Q', '3B']
    const step = fc.record({ destroy: fc.boolean(), instance: fc.constantFrom(3, 4), which: fc.nat() })
    fc.assert(
      fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
        const { host, create, state } = givenHost([GFX, GFX])
        host.setInstanceMode({ gpuInstance: 4, mode: 'heterogeneous' })
        const live: string[] = []
        for (const { destroy, instance, which } of steps) {
          const before = lasting(state)
          if (destroy && live.length > 0) {
            const [uuid = ''] = live.splice(which % live.length, 1)
            host.destroyVgpus({ selectors: [uuid] })
          } else {
            const type = `DC-1-${types[which % types.length]}`
            try {
              live.push(create(type, { gpuInstanceId: instance }).uuid)
            } catch {
              expect(lasting(state)).toEqual(before)
            }
          }
          expect(checkHost(state, [0])).toEqual([])
        }
      }),
      { numRuns: 12 },
    )
  }, 60_000)

  it('rule 46: a saved vGPU comes back onto an equal instance with room, and not beside another size', () => {
    const { host, create, places, state } = givenHost([GFX, GFX])
    create('DC-1-6Q')
    create('DC-1-6Q')
    const { file } = host.saveVgpu(uuidOf(2))
    host.destroyVgpus({ selectors: [uuidOf(2)] })
    create('DC-1-12Q')
    expect(places()).toEqual([
      [3, 0],
      [4, 0],
    ])
    expect(host.restoreVgpu(file, { vm: 'moved' }).items).toMatchObject([{ uuid: uuidOf(2), state: 'running' }])
    expect(places()).toContainEqual([3, 6])
    expect(checkHost(state, [0])).toEqual([])
  })

  it('a failure of any step of a creation leaves the host as it was', () => {
    const made = givenHost([GFX])
    made.create('DC-1-6Q')
    const points = ['ops.allocChids', 'ops.allocFbmem', 'ops.bar1MapMem', 'ops.allocGspClient', 'ops.rmCtrlWr']
    for (const point of points) {
      const before = lasting(made.state)
      arm(made.state, point, 'EIO')
      expect(() => made.create('DC-1-6A'), point).toThrow()
      made.state.faults.length = 0
      expect(lasting(made.state), point).toEqual(before)
    }
    made.host.destroyVgpus({ selectors: [], all: true })
    for (const [control, act] of [
      ['0xc637f001', () => made.host.setInstanceMode({ gpuInstance: 3, mode: 'heterogeneous' })],
      ['0x2080f002', () => made.host.setMigTimeSlicing({ on: false })],
    ] as const) {
      const empty = lasting(made.state)
      arm(made.state, `gsp.${control}`, 'NV_ERR_INVALID_STATE')
      expect(act, control).toThrow()
      made.state.faults.length = 0
      expect(lasting(made.state), control).toEqual(empty)
    }
  })

  it('capacity is what can be created, and the reason what refuses it', () => {
    for (const layout of [[GFX, GFX, GFX, GFX], ['2g.48gb+gfx', GFX, '1g.24gb'], ['4g.96gb+gfx']]) {
      for (const { vgpuType, vgpuName, maxInstance, mig, series } of typesOfBoard(RTX_PRO_6000, true)) {
        if (series !== 'Q') continue
        if (mig !== null && !layout.includes(mig.gpuInstanceProfile)) continue
        const { state, create } = givenHost(layout)
        const { count, reason } = fits(state, 0, vgpuType)
        repeat(count, () => create(vgpuName))
        const { message } = refusal(() => create(vgpuName))
        // the lists of the firmware hold 32 vGPUs, and the driver finds another reason first
        if (count < 32) expect(message, vgpuName).toContain(reason)
        expect(checkHost(state, [0])).toEqual([])
        if (layout.length === 4) expect(count, vgpuName).toBe(mig === null ? 0 : Math.min(32, maxInstance))
      }
    }
  }, 60_000)
})
