import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { typeByName } from '../../src/catalog/vgpu-types.ts'
import { checkHost } from '../../src/engine/invariants.ts'
import { klogLines } from '../../src/engine/klog.ts'
import { lookup } from '../../src/engine/sysfs/sysfs.ts'
import { NvError } from '../../src/errors/nv-error.ts'
import { gpuOf, hostOf, lasting, uuidOf } from './host-of.ts'
import { A100, H100, migHost } from './mig-host.ts'
import { refusal } from './refusal-of.ts'

const HEADER = 'ID    : vGPU Name\n'
const idOf = (name: string) => typeByName(name.toLowerCase())?.vgpuType ?? expect.fail()

describe('types that can be created with MIG', () => {
  it('rule 25: MIG is on and there is no GPU instance: none', () => {
    const { host, cat } = migHost([])
    expect(cat(0, 'creatable_vgpu_types')).toBe(HEADER)
    expect(host.typeViews({ creatable: true })).toEqual([])
  })

  it('rule 26: a GPU instance without a vGPU: all types of its profile; with one: none', () => {
    const { create, cat } = migHost(['2g.10gb', '1g.5gb+me'])
    expect(cat(0, 'creatable_vgpu_types')).toBe(`${HEADER}475   : GRID A100-2-10C\n706   : GRID A100-1-5CME\n`)
    create('A100-2-10C')
    expect(cat(1, 'creatable_vgpu_types')).toBe(`${HEADER}706   : GRID A100-1-5CME\n`)
  })

  it('rule 27: a time-sliced type is refused with MIG on', () => {
    const { echo, create, state } = migHost(['7g.40gb'])
    const before = lasting(state)
    expect(refusal(() => echo(0, 'current_vgpu_type', String(idOf('A100-8C'))))).toMatchObject({ errno: 'EIO' })
    expect(refusal(() => create('A100-40C')).message).toContain('NV_ERR_INVALID_OPERATION')
    expect(lasting(state)).toEqual(before)
  })

  it('rule 28: a MIG-backed type is refused with MIG off, and without a GPU instance', () => {
    const off = hostOf({ board: A100, profile: 'vgpu17' })
    off.host.enableVfs({ count: 2 })
    const create = () => off.host.createVgpu({ type: 'A100-2-10C', uuid: uuidOf(1), start: true })
    expect(refusal(create)).toMatchObject({
      errno: 'EIO',
      message: expect.stringContaining('MIG is off (NV_ERR_INVALID_OPERATION)'),
      hint: 'nvgpu mig enable 0000:c1:00.0',
    })
    expect(refusal(() => migHost([]).create('A100-2-10C'))).toMatchObject({
      errno: 'EIO',
      message: expect.stringContaining('there is none (NV_ERR_INVALID_OPERATION)'),
      hint: 'nvgpu mig create 2g.10gb --gpu 0000:c1:00.0',
    })
    expect(refusal(() => migHost(['7g.40gb']).create('A100-2-10C'))).toMatchObject({
      errno: 'EIO',
      hint: 'nvgpu mig placements 0000:c1:00.0',
    })
  })

  it('rule 28: the write is EIO, the type stays 0, and the log has the status', () => {
    const refused = ({ echo, cat, state }: ReturnType<typeof migHost>, type: string) => {
      expect(refusal(() => echo(0, 'current_vgpu_type', String(idOf(type)))).errno).toBe('EIO')
      expect(cat(0, 'current_vgpu_type')).toBe('0\n')
      return klogLines(gpuOf(state).klog)
        .at(-1)
        ?.text.replace(/^.*: F/, 'F')
    }
    const failed = 'Failed to add vgpu create request'
    expect(refused(migHost([], { mig: false }), 'A100-2-10C')).toBe(`${failed}: 0x38`)
    expect(refused(migHost([]), 'A100-2-10C')).toBe(`${failed}: 0x38`)
    expect(refused(migHost(['3g.20gb']), 'A100-2-10C')).toBe(`${failed}: 0x40`)
  })

  it('without a free instance of its profile the state is invalid', () => {
    const { create } = migHost(['3g.20gb'])
    expect(refusal(() => create('A100-2-10C'))).toMatchObject({
      errno: 'EIO',
      code: 'no-instance',
      message: expect.stringContaining('NV_ERR_INVALID_STATE'),
    })
  })

  it('capacity is what can be created, and the reason what refuses it', () => {
    const { host, create } = migHost(['1g.5gb', '1g.5gb', '2g.10gb'])
    const of = (name: string) => host.typeViews().find((type) => type.name.endsWith(name))?.gpus[0]
    expect(of('A100-1-5C')?.creatable).toBe(2)
    expect(of('A100-2-10C')?.creatable).toBe(1)
    expect(of('A100-3-20C')).toMatchObject({ creatable: 0, reason: expect.stringContaining('3g.20gb') })
    expect(of('A100-10C')).toMatchObject({ creatable: 0, reason: expect.stringContaining('MIG is on') })
    create('A100-1-5C')
    create('A100-1-5C')
    expect(of('A100-1-5C')?.creatable).toBe(0)
    expect(refusal(() => create('A100-1-5C')).errno).toBe('EIO')
  })
})

describe('the GPU instance of a vGPU', () => {
  it('rule 29: the lowest id of its profile, whatever the place', () => {
    const { create, state } = migHost(['1g.5gb', '1g.5gb', '1g.5gb'])
    expect(gpuOf(state).gsp.mig.instances.map(({ swizzId, start }) => [swizzId, start])).toEqual([
      [11, 4],
      [12, 5],
      [13, 6],
    ])
    expect([1, 2, 3].map(() => create('A100-1-5C').gpuInstance)).toEqual([11, 12, 13])
  })

  it.each([
    [A100, '1g.5gb', 'A100-1-5C'],
    [H100, '1g.10gb', 'H100-1-10C'],
  ])('rule 30: carries one vGPU on %s', (board, profile, type) => {
    const { create, state } = migHost([profile], { board })
    create(type)
    const before = lasting(state)
    expect(refusal(() => create(type)).errno).toBe('EIO')
    expect(lasting(state)).toEqual(before)
  })

  it('gives it framebuffer, channels and the id that firmware and plugin know', () => {
    const { create, state } = migHost(['2g.10gb', '3g.20gb'])
    const vgpu = create('A100-2-10C')
    const gpu = gpuOf(state)
    const [instance] = gpu.gsp.mig.instances.filter(({ swizzId }) => swizzId === vgpu.gpuInstance)
    expect(gpu.gsp.plugins[vgpu.gfid]).toMatchObject({ swizzId: instance?.swizzId, state: 'running', numChannels: 512 })
    expect(checkHost(state, [0])).toEqual([])
  })

  it('rule 34: gpu_instance_id has no value before a type is set', () => {
    const { cat, echo, create } = migHost(['2g.10gb'])
    expect(refusal(() => cat(0, 'gpu_instance_id')).errno).toBe('ENXIO')
    expect(refusal(() => echo(0, 'gpu_instance_id', '3')).errno).toBe('ENXIO')
    create('A100-2-10C')
    expect(cat(0, 'gpu_instance_id')).toBe('5\n')
  })

  it('outside MIG it is the value of no instance, and refuses to change', () => {
    const { create, cat, echo } = migHost([], { mig: false })
    create('A100-8C', { start: false })
    expect(cat(0, 'gpu_instance_id')).toBe('4294967295\n')
    expect(refusal(() => echo(0, 'gpu_instance_id', '3'))).toMatchObject({
      errno: 'EIO',
      message: expect.stringContaining('NV_ERR_INVALID_OPERATION'),
    })
  })

  it('rule 35: a write moves it to an equal free instance only, and before its VM starts', () => {
    const { cat, echo, create, host } = migHost(['1g.5gb', '1g.5gb', '2g.10gb'])
    const { uuid } = create('A100-1-5C', { start: false })
    create('A100-1-5C', { start: false })
    const ids = [cat(0, 'gpu_instance_id'), cat(1, 'gpu_instance_id')]
    expect(ids).toEqual(['11\n', '13\n'])
    echo(0, 'gpu_instance_id', '11')
    const refused = (id: number) => refusal(() => echo(0, 'gpu_instance_id', String(id)))
    expect(refused(13)).toMatchObject({ errno: 'EIO', message: expect.stringContaining('NV_ERR_INVALID_STATE') })
    expect(refused(3)).toMatchObject({ errno: 'EIO', message: expect.stringContaining('NV_ERR_INVALID_STATE') })
    expect(refused(9)).toMatchObject({ errno: 'EIO' })
    host.destroyVgpus({ selectors: [uuidOf(2)] })
    echo(0, 'gpu_instance_id', '13')
    expect(cat(0, 'gpu_instance_id')).toBe('13\n')
    host.startVgpus({ selectors: [uuid] })
    expect(gpuOf(host.state).gsp.plugins[1]?.swizzId).toBe(13)
    expect(refusal(() => echo(0, 'gpu_instance_id', '11'))).toMatchObject({ errno: 'EBUSY' })
  })

  it('is the one asked for, or none', () => {
    const { create } = migHost(['1g.5gb', '1g.5gb', '2g.10gb'])
    expect(create('A100-1-5C', { gpuInstanceId: 13 }).gpuInstance).toBe(13)
    for (const id of [13, 3, 0]) expect(refusal(() => create('A100-1-5C', { gpuInstanceId: id })).errno).toBe('EIO')
  })

  it('rule 42: refuses to be destroyed, also while the VM is off', () => {
    const { create, host, state } = migHost(['2g.10gb'])
    create('A100-2-10C', { start: false })
    const before = lasting(state)
    expect(refusal(() => host.destroyGpuInstances({ withCompute: true }))).toMatchObject({
      errno: 'EBUSY',
      hint: `nvgpu vgpu destroy ${uuidOf(1)}`,
    })
    expect(lasting(state)).toEqual(before)
  })
})

describe('MIG and the rest of the host', () => {
  it('rule 36: changing the number of VFs ends GPU instances and keeps MIG on', () => {
    const { host, state } = migHost(['2g.10gb'])
    const change = host.enableVfs({ count: 4 })
    expect(change.warnings).toEqual(['a GPU instance of 0000:c1:00.0 ended: VFs come first, then instances'])
    expect(gpuOf(state).gsp.mig).toMatchObject({ enabled: true, instances: [] })
    host.createGpuInstances({ instances: [{ profile: '14' }], compute: false })
    host.disableVfs()
    expect(gpuOf(state).gsp.mig).toMatchObject({ enabled: true, instances: [] })
  })

  it('a change of the number of VFs that a GPU without a driver refuses leaves its VFs bound', () => {
    const { host, state } = migHost([])
    host.unbindGpu()
    const before = lasting(state)
    for (const act of [() => host.enableVfs({ count: 4 }), () => host.disableVfs()])
      expect(refusal(act)).toMatchObject({ errno: 'ENOENT', hint: 'nvgpu gpu bind 0000:c1:00.0' })
    expect(lasting(state)).toEqual(before)
  })

  it.each([A100, H100])('rule 39: %s has no mixed sizes with MIG on', (board) => {
    const { host } = migHost([], { board })
    expect(refusal(() => host.setMode({ mode: 'heterogeneous' }))).toMatchObject({
      errno: 'EOPNOTSUPP',
      code: 'unsupported',
    })
  })

  it.each([A100, H100])('rule 45: MIG of %s switches accounting off, and excludes it', (board) => {
    const { host, state } = hostOf({ board, profile: 'vgpu17' })
    host.setGpuModes({ modes: { accounting: true } })
    host.setMigMode({ on: true })
    expect(gpuOf(state).modes.accounting).toBe(false)
    expect(refusal(() => host.setGpuModes({ modes: { accounting: true } })).errno).toBe('EOPNOTSUPP')
  })

  it('rule 46: a vGPU is restored where an equal instance is free', () => {
    const { host, create, state } = migHost(['2g.10gb', '2g.10gb', '1g.5gb'])
    const { uuid } = create('A100-2-10C')
    const { file } = host.saveVgpu(uuid)
    host.destroyVgpus({ selectors: [uuid] })
    create('A100-2-10C')
    create('A100-2-10C')
    expect(refusal(() => host.restoreVgpu(file))).toMatchObject({ errno: 'EIO', code: 'no-instance' })
    host.destroyVgpus({ selectors: [uuidOf(3)] })
    expect(host.restoreVgpu(file, { vm: 'moved' }).items).toMatchObject([{ uuid, state: 'running' }])
    expect(checkHost(state, [0])).toEqual([])
  })

  it('rule 43: nothing that a guest writes to its device changes MIG mode, instances or what they carry', () => {
    const { create, host, state } = migHost(['2g.10gb', '1g.5gb'])
    const { vf } = create('A100-2-10C')
    const mig = () => [gpuOf(state).gsp.mig, gpuOf(state).migPending, host.gpuInstanceViews(), host.migModeViews()]
    const before = structuredClone(mig())
    const regions = host.vfioRegions({ vf }).filter(({ size }) => size > 0)
    expect(regions.length).toBeGreaterThan(2)
    const write = fc.record({
      region: fc.constantFrom(...regions),
      at: fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true }),
      value: fc.oneof(fc.nat(0xffff_ffff), fc.constantFrom(0, 0xffff_ffff)),
    })
    const property = fc.property(write, ({ region, at, value }) => {
      const offset = Math.floor(at * (region.size / 4)) * 4
      try {
        host.writeVfio({ vf, region: region.index, offset, size: 4, value })
      } catch (error) {
        if (!(error instanceof NvError)) throw error
      }
      expect(mig()).toEqual(before)
    })
    fc.assert(property, { numRuns: 300 })
  })

  it('rule 44: root alone may write the type and the instance of a vGPU', () => {
    const { state } = migHost(['2g.10gb'])
    const modes = ['current_vgpu_type', 'gpu_instance_id', 'creatable_vgpu_types'].map((name) => {
      const { node } = lookup(state, `/sys/bus/pci/devices/0000:c1:00.4/nvidia/${name}`)
      return node.kind === 'file' && node.mode.toString(8)
    })
    expect(modes).toEqual(['644', '644', '444'])
  })

  it('a driver update refuses GPU instances, and MIG that the driver holds', () => {
    const { host } = migHost(['2g.10gb'])
    expect(refusal(() => host.warmUpdate({ toVersion: '550.90.05' }))).toMatchObject({ errno: 'EBUSY' })
    host.destroyGpuInstances({ withCompute: true })
    expect(host.warmUpdate({ toVersion: '550.90.05' }).changed).toBe(true)
    expect(host.migModeViews()).toMatchObject([{ current: 'Enabled' }])
    const hopper = migHost([], { board: H100 })
    expect(refusal(() => hopper.host.warmUpdate({ toVersion: '550.90.05' }))).toMatchObject({ errno: 'EBUSY' })
  })

  it('ECC changes with a reset, which ends GPU instances', () => {
    const { host, state } = migHost(['2g.10gb'])
    host.setEcc({ on: true })
    expect(host.resetGpu().warnings).toEqual(['a GPU instance of 0000:c1:00.0 ended'])
    expect(gpuOf(state).gsp).toMatchObject({ eccEnabled: true, mig: { enabled: true, instances: [] } })
    host.enableVfs({ count: 8 })
    host.createGpuInstances({ instances: [{ profile: '0' }], compute: false })
    host.createVgpu({ type: 'A100-7-40C', uuid: uuidOf(1), start: true })
    expect(checkHost(state, [0])).toEqual([])
  })

  it('suspend and resume keep instances and the vGPUs on them', () => {
    const { host, create, state } = migHost(['2g.10gb'])
    create('A100-2-10C')
    host.suspendHost()
    expect(refusal(() => host.createGpuInstances({ instances: [{ profile: '19' }], compute: false })).errno).toBe('EIO')
    host.resumeHost()
    expect(checkHost(state, [0])).toEqual([])
    expect(host.gpuInstanceViews()).toMatchObject([{ vgpus: [uuidOf(1)] }])
  })
})
