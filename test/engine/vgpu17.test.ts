import { describe, expect, it } from 'vitest'
import { MiB } from '../../src/abi/align.ts'
import { boardNames, findBoard } from '../../src/catalog/boards.ts'
import { PROFILES, type ProfileName } from '../../src/catalog/profiles.ts'
import { typeById, typeByName, typesOfBoard } from '../../src/catalog/vgpu-types.ts'
import { checkHost } from '../../src/engine/invariants.ts'
import { Machine } from '../../src/engine/machine.ts'
import { newHost } from '../../src/engine/new-host.ts'
import { gridOf } from '../../src/engine/placement/grid.ts'
import type { VfState } from '../../src/engine/state.ts'
import { checkTypeSelection } from '../../src/engine/vfio/type-select.ts'
import { channelsByRule } from '../../src/engine/vgpu-mgr/vgpu.ts'
import { boundHost, type Host } from './bound-host.ts'
import { refusal } from './refusal-of.ts'

let made = 0
const uuid = () => `00000000-0000-4000-8000-${String(++made).padStart(12, '0')}`

function started(board = 'L40', profile: ProfileName = 'vgpu17', count?: number): Host {
  const host = boundHost(newHost({ board, profile }))
  host.enableVfs({ gpu: '0', count: count ?? findBoard(board)?.sriov?.totalVfs ?? 0 })
  return host
}

const create = (host: Host, type: string, more: { start?: boolean } = {}) =>
  host.createVgpu({ type, gpu: '0', uuid: uuid(), start: true, ...more })

/** Writes the sysfs file current_vgpu_type of VF `index`. */
function select(host: Host, index: number, vgpuType: number): void {
  const gpu = host.state.gpus[0]
  const vf = gpu?.vfs[index]
  if (!gpu || !vf) throw new Error('no VF')
  new Machine(host.state, gpu).vfio(vf).setCurrentVgpuType(vgpuType)
}

const id = (name: string) => typeByName(name)?.vgpuType ?? 0

const OFF = { table: null, enabled: false, timeSlicing: true, instances: [] }

describe('choosing a type under vgpu17', () => {
  it('lets types of one profile size share a GPU, whatever their series', () => {
    const host = started()
    for (const type of ['L40-8Q', 'L40-8A', 'L40-8C']) create(host, type)
    expect(refusal(() => create(host, 'L40-4Q'))).toMatchObject({ errno: 'EIO', code: 'type-mismatch' })
    const other = started()
    create(other, 'L40-2B')
    expect(create(other, 'L40-2Q').changed).toBe(true)
    expect(checkHost(other.state, [0])).toEqual([])
  })

  it('counts all vGPUs of the size against the maximum of the type asked for', () => {
    const host = started()
    for (const type of ['L40-16Q', 'L40-16C', 'L40-16A']) create(host, type)
    expect(refusal(() => create(host, 'L40-16Q'))).toMatchObject({ errno: 'EIO', code: 'max-instances' })
  })

  it('counts what is configured, running or not, and frees sizes with the last', () => {
    const host = started()
    create(host, 'L40-16Q', { start: false })
    expect(refusal(() => create(host, 'L40-8Q'))).toMatchObject({ code: 'type-mismatch' })
    host.destroyVgpus({ selectors: [], all: true })
    expect(create(host, 'L40-8Q').changed).toBe(true)
  })

  it('refuses in the order of the resource manager, with its status and the errno of the file', () => {
    const host = started('A100-PCIE-40GB')
    const mig = typesOfBoard('A100-PCIE-40GB').find((type) => type.mig !== null)?.vgpuType ?? 0
    expect(refusal(() => select(host, 0, 0))).toMatchObject({ errno: 'EPERM', code: 'wrong-state' })
    expect(refusal(() => select(host, 0, 999_999))).toMatchObject({
      errno: 'EIO',
      code: 'not-found',
      message: expect.stringContaining('NV_ERR_OBJECT_NOT_FOUND'),
    })
    expect(refusal(() => select(host, 0, mig))).toMatchObject({
      errno: 'EIO',
      code: 'unsupported',
      message: expect.stringContaining('NV_ERR_INVALID_OPERATION'),
    })
    select(host, 0, id('A100-10C'))
    // the VF's check comes first: no write is permitted to a VF with a vGPU, even of its own type
    for (const written of [999_999, mig, id('A100-10C'), id('A100-5C')])
      expect(refusal(() => select(host, 0, written))).toMatchObject({ errno: 'EPERM', code: 'busy' })
    expect(refusal(() => select(host, 1, id('A100-5C')))).toMatchObject({
      errno: 'EIO',
      code: 'type-mismatch',
      message: expect.stringContaining('NV_ERR_NOT_SUPPORTED'),
    })
    for (const index of [1, 2, 3]) select(host, index, id('A100-10C'))
    expect(refusal(() => select(host, 4, id('A100-10C')))).toMatchObject({
      errno: 'EIO',
      code: 'max-instances',
      message: expect.stringContaining('NV_ERR_INSUFFICIENT_RESOURCES'),
    })
    select(host, 0, 0)
    expect(host.state.gpus[0]?.vfs[0]?.vgpuType).toBe(0)
  })

  it('does not give a type up under a running VM', () => {
    const host = started()
    create(host, 'L40-8Q')
    expect(refusal(() => select(host, 0, 0))).toMatchObject({ errno: 'EBUSY' })
    host.stopVgpus({ selectors: [], all: true })
    select(host, 0, 0)
    expect(host.vgpuViews()).toEqual([])
  })

  it('says EPERM for a VF that is named and has a vGPU', () => {
    const host = started()
    create(host, 'L40-8Q')
    const again = () => host.createVgpu({ type: 'L40-8Q', vf: '0000:c1:00.4', uuid: uuid(), start: true })
    expect(refusal(again)).toMatchObject({ errno: 'EPERM', code: 'busy' })
  })
})

describe('choosing a type under v2', () => {
  it('keeps the order and errno of the 2025 series', () => {
    const host = started('L40', 'v2')
    select(host, 0, 0)
    expect(refusal(() => select(host, 0, 999_999))).toMatchObject({ errno: 'ENODEV' })
    select(host, 0, id('L40-16Q'))
    select(host, 0, id('L40-16Q'))
    expect(refusal(() => select(host, 1, id('L40-16A')))).toMatchObject({ errno: 'EINVAL', code: 'type-mismatch' })
    // the PF's type is this VF's own: the VF must deselect it first
    expect(refusal(() => select(host, 0, id('L40-8Q')))).toMatchObject({ errno: 'EINVAL', code: 'type-mismatch' })
    select(host, 1, id('L40-16Q'))
    select(host, 2, id('L40-16Q'))
    expect(refusal(() => select(host, 3, id('L40-16Q')))).toMatchObject({ errno: 'ENOSPC', code: 'max-instances' })
    select(host, 0, 0)
    select(host, 3, id('L40-16Q'))
    host.startNamed({ selectors: [], all: true })
  })

  it('asks every check of a profile in its row’s order: the first that fails is the one that is told', () => {
    for (const profile of Object.values(PROFILES)) {
      const board = findBoard('L40')
      const type = typeById(id('L40-4Q'))
      const other = typeById(id('L40-8Q'))
      if (!board || !type || !other) throw new Error('catalogue')
      const find = (wanted: number) => ({ ...(wanted === type.vgpuType ? type : other), eccSupported: true })
      const vf = { bdf: 'x', vgpuType: other.vgpuType, placementId: null, opened: { vm: 'a' } } as unknown as VfState
      const rules = { bdf: 'y', vfs: [vf], profile, grid: gridOf(board, profile, false), mig: OFF, find }
      expect(refusal(() => checkTypeSelection(vf, type.vgpuType, rules)).errno).toBe(profile.selection.choose[0]?.errno)
    }
  })
})

describe('the figures of vgpu17', () => {
  it('gives every type of the catalogue the channels the catalogue says', () => {
    const { channelsPerVgpu, channelsReserved } = PROFILES.vgpu17
    for (const board of boardNames()) {
      for (const type of typesOfBoard(board, true)) {
        if (type.modelled.includes('channelsPerVgpu')) continue
        expect(channelsByRule(channelsPerVgpu, channelsReserved.count, type, null), type.vgpuName).toBe(
          type.channelsPerVgpu,
        )
      }
    }
  })

  it.each(['L40', 'L4', 'RTX5000-Ada', 'A16', 'A40', 'A30', 'A100-PCIE-80GB', 'H100-PCIe-80GB', 'H200-SXM5-141GB'])(
    'carries every maximum of a %s that its VFs allow',
    (name) => {
      const board = findBoard(name)
      const empty = started(name)
      const types = typesOfBoard(name).filter((type) => type.mig === null)
      const sizes = new Map(types.map((type) => [`${type.sizeGiB} ${type.fbLength}`, type]))
      expect(sizes.size).toBeGreaterThan(3)
      for (const type of sizes.values()) {
        const host = boundHost(structuredClone(empty.state))
        const most = Math.min(type.maxInstance, board?.sriov?.totalVfs ?? 0)
        for (let i = 0; i < most; i += 1) create(host, type.vgpuName)
        expect(
          host.vgpuViews().every((vgpu) => vgpu.channels?.count === type.channelsPerVgpu),
          type.vgpuName,
        ).toBe(true)
        expect(host.vgpuViews()).toHaveLength(most)
        expect(host.namedTypeView(type.vgpuName).gpus[0]?.creatable).toBe(0)
      }
    },
  )
})

describe('ECC', () => {
  it('takes effect at the reset of the GPU, and is refused while a vGPU is there', () => {
    const host = started('L40', 'v2', 4)
    create(host, 'L40-4Q', { start: false })
    expect(refusal(() => host.setEcc({ on: true }))).toMatchObject({ errno: 'EBUSY', code: 'busy' })
    host.destroyVgpus({ selectors: [], all: true })
    expect(host.setEcc({ on: true }).items[0]).toMatchObject({ eccMode: 'Disabled', eccPending: 'Enabled' })
    expect(host.setEcc({ on: true }).changed).toBe(false)
    expect(host.setEcc({ on: false }).items[0]).toMatchObject({ eccMode: 'Disabled', eccPending: null })
    host.setEcc({ on: true })
    host.resetGpu()
    expect(host.gpuViews()[0]).toMatchObject({ eccMode: 'Enabled', eccPending: null })
    host.enableVfs({ count: 4 })
    expect(host.state.gpus[0]?.mgr?.eccEnabled).toBe(true)
  })

  it('makes a type without ECC support an ENODEV under v2, 869 among them, and shrinks nothing else than the guest', () => {
    const host = started('L40', 'v2', 4)
    host.setEcc({ on: true })
    host.resetGpu()
    host.enableVfs({ count: 4 })
    for (const type of ['869', 'L40-4A'])
      expect(refusal(() => create(host, type))).toMatchObject({ errno: 'ENODEV', code: 'ecc-unsupported' })
    expect(host.vgpuViews()).toEqual([])
    create(host, 'L40-48Q')
    expect(host.vgpuViews()[0]).toMatchObject({ profileSizeMiB: 49152, framebuffer: { size: 44032 * MiB } })
  })

  it.each(boardNames().filter((name) => typesOfBoard(name).length > 0))(
    'gives guests on a %s the framebuffer of the catalogue, on and off',
    (name) => {
      const host = started(name)
      let compared = 0
      for (const state of ['eccOff', 'eccOn'] as const) {
        if (state === 'eccOn') {
          host.setEcc({ gpu: '0', on: true })
          host.resetGpu('0')
          host.enableVfs({ gpu: '0', count: 2 })
        }
        const gpu = host.state.gpus[0]
        if (!gpu) throw new Error('no GPU')
        const segment = gpu.nvkm.vmmuSegmentSize
        const sizes = new Map(typesOfBoard(name).map((type) => [`${type.profileSize} ${type.fbLength}`, type]))
        for (const type of sizes.values()) {
          if (type.mig !== null || type.guestFb === null) continue
          create(host, type.vgpuName)
          const length = gpu.mgr?.vgpus[0]?.fb?.size
          expect(length, `${type.vgpuName} ${state}`).toBe(Math.ceil(type.guestFb[state] / segment) * segment)
          host.destroyVgpus({ selectors: [], all: true })
          compared += 1
        }
      }
      if (findBoard(name)?.architecture === 'Ada') expect(compared).toBeGreaterThan(10)
    },
  )
})
