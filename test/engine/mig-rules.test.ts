import { describe, expect, it } from 'vitest'
import { checkHost } from '../../src/engine/invariants.ts'
import type { HostState } from '../../src/engine/state.ts'
import { gpuOf, hostOf, lasting, uuidOf } from './host-of.ts'
import { refusal } from './refusal-of.ts'

const A100 = 'A100-PCIE-40GB'
const H100 = 'H100-PCIe-80GB'

/** A host of a board under NVIDIA's release, with MIG on. */
function withMig(board = A100, gpus = 1) {
  const made = hostOf({ board, profile: 'vgpu17', gpus })
  for (let index = 0; index < gpus; index += 1) made.host.setMigMode({ gpu: String(index), on: true })
  const create = (...profiles: (string | number)[]) =>
    made.host
      .createGpuInstances({
        gpu: '0',
        instances: profiles.map((profile) => ({ profile: String(profile) })),
        compute: false,
      })
      .items.map(({ placement }) => placement.start)
  return { ...made, create }
}

const ids = (state: HostState, index = 0) => gpuOf(state, index).gsp.mig.instances.map(({ swizzId }) => swizzId)
const modes = (state: HostState) => {
  const { gsp, migPending } = gpuOf(state)
  return [gsp.mig.enabled, migPending]
}

describe('the mode of MIG', () => {
  it('rule 1: a board without MIG refuses it', () => {
    const { host } = hostOf()
    expect(refusal(() => host.setMigMode({ on: true }))).toMatchObject({ errno: 'EOPNOTSUPP', code: 'unsupported' })
    expect(host.migModeViews()).toMatchObject([{ current: 'N/A', pending: 'N/A' }])
  })

  it('rule 2: an Ampere board in use gets it at its next reset', () => {
    const { host, state } = hostOf({ board: A100, profile: 'vgpu17' })
    host.enableVfs({ count: 4 })
    const change = host.setMigMode({ on: true })
    expect(change.items).toMatchObject([{ current: 'Disabled', pending: 'Enabled' }])
    expect(change.warnings).toEqual([expect.stringContaining('in use by another client')])
    expect(refusal(() => host.createGpuInstances({ instances: [{ profile: '19' }], compute: false }))).toMatchObject({
      hint: 'nvgpu gpu reset 0000:c1:00.0',
    })
    host.resetGpu()
    expect(modes(state)).toEqual([true, null])
  })

  it('rule 2: the other value before the reset clears the request', () => {
    const { host, state } = hostOf({ board: A100, profile: 'vgpu17' })
    host.enableVfs({ count: 4 })
    host.setMigMode({ on: true })
    expect(host.setMigMode({ on: false })).toMatchObject({ changed: true, warnings: [] })
    host.resetGpu()
    expect(modes(state)).toEqual([false, null])
  })

  it.each([A100, 'A30'])('rule 2: an idle %s is reset by its driver, whose settings stay', (board) => {
    const { host, state } = hostOf({ board, profile: 'vgpu17' })
    host.setGpuModes({ modes: { persistence: false, compute: 'prohibited' } })
    host.setMigMode({ on: true })
    expect(modes(state)).toEqual([true, null])
    expect(gpuOf(state).modes).toMatchObject({ persistence: false, compute: 'prohibited' })
    expect(gpuOf(state).klog.lines.some(({ text }) => text.includes('power-on reset'))).toBe(true)
  })

  it('rule 3: an idle Hopper board switches at once, without a reset', () => {
    const { host, state } = hostOf({ board: H100, profile: 'vgpu17' })
    const { seq } = gpuOf(state).klog
    host.setMigMode({ on: true })
    expect(modes(state)).toEqual([true, null])
    expect(gpuOf(state).klog.seq).toBe(seq)
    host.setMigMode({ on: false })
    expect(modes(state)).toEqual([false, null])
  })

  it.each([
    [A100, true],
    [H100, false],
  ])('rule 4: %s after a reboot: %s', (board, kept) => {
    const { host, state } = withMig(board)
    host.rebootHost()
    expect(modes(state)).toEqual([kept, null])
  })

  it.each([
    [A100, true],
    [H100, false],
  ])('rule 4: a request of %s outlives a reboot: %s', (board, kept) => {
    const { host, state } = hostOf({ board, profile: 'vgpu17' })
    host.enableVfs({ count: 1 })
    host.setMigMode({ on: true })
    host.rebootHost()
    expect(modes(state)).toEqual([kept, null])
  })

  it.each([
    [A100, true],
    [H100, false],
  ])('rule 4: %s after its driver was unbound and bound: %s', (board, kept) => {
    const { host, state } = withMig(board)
    host.unbindGpu()
    expect(refusal(() => host.setMigMode({ on: false }))).toMatchObject({ errno: 'ENODEV' })
    host.bindGpu()
    expect(modes(state)).toEqual([kept, null])
  })

  it.each([
    ['reset', (host: ReturnType<typeof withMig>['host']) => host.resetGpu()],
    ['reboot', (host: ReturnType<typeof withMig>['host']) => host.rebootHost()],
    [
      'reload of the driver',
      (host: ReturnType<typeof withMig>['host']) => {
        host.unbindGpu()
        return host.bindGpu()
      },
    ],
  ])('rule 5: no instance outlives a %s', (_, act) => {
    const { host, state, create } = withMig()
    create(9, 14)
    act(host)
    expect(ids(state)).toEqual([])
    expect(checkHost(state, [0])).toEqual([])
  })

  it('rule 18: enabled VFs refuse to switch it off', () => {
    const { host } = withMig()
    host.enableVfs({ count: 4 })
    expect(refusal(() => host.setMigMode({ on: false }))).toMatchObject({
      errno: 'EBUSY',
      code: 'busy',
      hint: 'nvgpu vf disable --gpu 0000:c1:00.0',
    })
  })

  it('rule 19: GPU instances refuse to switch it off', () => {
    const { host, create } = withMig()
    create(9)
    expect(refusal(() => host.setMigMode({ on: false }))).toMatchObject({
      errno: 'EBUSY',
      hint: 'nvgpu mig destroy --all --gpu 0000:c1:00.0',
    })
    host.destroyGpuInstances({ withCompute: false })
    expect(host.setMigMode({ on: false }).items).toMatchObject([{ current: 'Disabled' }])
  })
})

describe('GPU instances', () => {
  it('rule 9: seven of 1g.5gb take the starts 6 4 5 0 1 2 3', () => {
    expect(withMig().create(19, 19, 19, 19, 19, 19, 19)).toEqual([6, 4, 5, 0, 1, 2, 3])
  })

  it('rule 10: the id follows from the place, in two orders', () => {
    const { host, state, create } = withMig(A100, 2)
    create(19, 19, 19, 19, 19, 19, 19)
    expect(ids(state)).toEqual([7, 8, 9, 10, 11, 12, 13])
    const second = host.createGpuInstances({
      gpu: '1',
      instances: Array.from({ length: 7 }, () => ({ profile: '1g.5gb' })),
      compute: false,
    })
    expect(second.items.map(({ id }) => id)).toEqual([9, 7, 8, 11, 12, 13, 14])
  })

  it('rule 11: after 1g 1g 2g there is no place for 3g; of separate creates three stay', () => {
    const { host, state, create } = withMig()
    expect([create(19), create(19), create(14)]).toEqual([[6], [4], [0]])
    expect(refusal(() => create(9))).toMatchObject({ errno: 'ENOSPC', code: 'no-instance' })
    expect(ids(state)).toHaveLength(3)
    host.destroyGpuInstances({ withCompute: false })
    const before = lasting(state)
    expect(() => create(19, 19, 14, 9)).toThrow('Insufficient Resources')
    expect(lasting(state)).toEqual(before)
  })

  it('rule 12: after two 3g there is no place for 1g', () => {
    const { create } = withMig()
    expect(create(9, 9)).toEqual([4, 0])
    expect(refusal(() => create(19)).message).toContain('Insufficient Resources')
  })

  it('rule 13: a GPU has media engines for one +me', () => {
    const { create } = withMig()
    create(20)
    expect(refusal(() => create(20)).errno).toBe('ENOSPC')
  })

  it('rule 14: an unknown profile is an invalid argument', () => {
    const { create } = withMig()
    expect(refusal(() => create(1))).toMatchObject({ errno: 'EINVAL', code: 'invalid-argument' })
    expect(refusal(() => create('2g.5gb')).message).toContain('nearest: 1g.5gb')
  })

  it('takes a start, and refuses one that the profile does not have or that is taken', () => {
    const { host, create } = withMig()
    const at = (profile: string, start: number) =>
      host.createGpuInstances({ instances: [{ profile, start }], compute: false }).items[0]?.placement
    expect(at('1g.5gb', 3)).toEqual({ start: 3, size: 1 })
    expect(refusal(() => at('2g.10gb', 1)).errno).toBe('EINVAL')
    expect(refusal(() => at('2g.10gb', 2)).errno).toBe('ENOSPC')
    expect(create(14)).toEqual([0])
  })

  it('rule 15: two 1c in a 3g have the ids 0 and 1 at 0:1 and 1:1', () => {
    const { host } = withMig()
    host.createGpuInstances({ instances: [{ profile: '9' }], compute: false })
    const [instance] = host.createComputeInstances({
      gpuInstance: 2,
      instances: [{ profile: '0' }, { profile: '1c' }],
    }).items
    expect(instance?.computeInstances).toMatchObject([
      { id: 0, placement: { start: 0, size: 1 }, profile: { name: '1c.3g.20gb' }, multiprocessors: 14 },
      { id: 1, placement: { start: 1, size: 1 } },
    ])
  })

  it('the compute instance of a 1g is its 1c, by every name', () => {
    const { host } = withMig()
    host.createGpuInstances({ instances: [{ profile: '19' }], compute: false })
    const { id = -1 } = host.gpuInstanceViews()[0] ?? {}
    for (const profile of ['1c', '0', '1g.5gb', '1c.1g.5gb', 'MIG 1g.5gb']) {
      const [made] = host.createComputeInstances({ gpuInstance: id, instances: [{ profile }] }).items
      expect(made?.computeInstances, profile).toMatchObject([{ id: 0, profile: { id: 0, name: '1g.5gb' } }])
      host.destroyComputeInstance({ gpuInstance: id, id: 0 })
    }
    expect(refusal(() => host.createComputeInstances({ gpuInstance: id, instances: [{ profile: '2c' }] })).errno).toBe(
      'EINVAL',
    )
  })

  it('rule 16: a 7g has compute instances of five sizes, seven at most', () => {
    const { host } = withMig()
    const of = (name: string) =>
      host
        .gpuInstanceProfileViews()
        .find((profile) => profile.name === name)
        ?.computeProfiles.map(({ id, max }) => [id, max])
    expect(of('7g.40gb')).toEqual([
      [0, 7],
      [1, 3],
      [2, 2],
      [3, 1],
      [4, 1],
    ])
    expect(of('1g.5gb')).toEqual([[0, 1]])
    host.createGpuInstances({ instances: [{ profile: '0' }], compute: false })
    const seven = Array.from({ length: 7 }, () => ({ profile: '1c' }))
    host.createComputeInstances({ gpuInstance: 0, instances: seven })
    expect(
      refusal(() => host.createComputeInstances({ gpuInstance: 0, instances: [{ profile: '1c' }] })),
    ).toMatchObject({
      errno: 'ENOSPC',
      hint: 'nvgpu mig show 0000:c1:00.0/0',
    })
  })

  it('rule 17: compute instances refuse to destroy their GPU instance', () => {
    const { host, state } = withMig()
    host.createGpuInstances({ instances: [{ profile: '9' }], compute: true })
    expect(refusal(() => host.destroyGpuInstances({ ids: [2], withCompute: false })).errno).toBe('EBUSY')
    host.destroyComputeInstance({ gpuInstance: 2, id: 0 })
    host.destroyGpuInstances({ ids: [2], withCompute: false })
    expect(ids(state)).toEqual([])
  })

  it('rule 20: the first one of a GPU with a client that has memory is refused', () => {
    const { host, state } = hostOf({ board: A100, profile: 'vgpu17' })
    host.enableVfs({ count: 2 })
    host.createVgpu({ type: 'A100-8C', uuid: uuidOf(1), start: true })
    // no command switches MIG beneath a vGPU: the firmware has to refuse by itself
    gpuOf(state).gsp.mig.enabled = true
    const before = lasting(state)
    const create = () => host.createGpuInstances({ instances: [{ profile: '9' }], compute: false })
    expect(refusal(create)).toMatchObject({
      errno: 'EBUSY',
      code: 'busy',
      message: expect.stringContaining('In use by another client'),
    })
    expect(lasting(state)).toEqual(before)
    host.stopVgpus({ selectors: [uuidOf(1)] })
    expect(create().items).toMatchObject([{ placement: { start: 4 } }])
  })

  it('rules 6, 21: only compute instances are devices, numbered by GPU instance, then by compute instance', () => {
    const { host } = withMig()
    host.createGpuInstances({ instances: [{ profile: '9' }, { profile: '9' }], compute: false })
    host.createComputeInstances({ gpuInstance: 2, instances: [{ profile: '1c' }, { profile: '1c' }] })
    host.createComputeInstances({ gpuInstance: 1, instances: [{}] })
    expect(host.gpuInstanceViews().map(({ computeInstances }) => computeInstances.map(({ device }) => device))).toEqual(
      [[0], [1, 2]],
    )
  })

  it('rule 22: a device in the same place has the same UUID again', () => {
    const { host } = withMig()
    const made = () => {
      const [instance] = host.createGpuInstances({ instances: [{ profile: '9' }], compute: true }).items
      return instance?.computeInstances[0]?.uuid
    }
    const first = made()
    expect(first).toMatch(/^MIG-[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
    host.destroyGpuInstances({ withCompute: true })
    expect(made()).toBe(first)
  })
})
