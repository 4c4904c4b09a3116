import { describe, expect, it } from 'vitest'
import { MiB, prevPow2 } from '../../src/abi/align.ts'
import { findBoard } from '../../src/catalog/boards.ts'
import type { CatalogType } from '../../src/catalog/catalog-type.ts'
import { guestFbLength } from '../../src/catalog/guest-fb.ts'
import { ruledSplit } from '../../src/catalog/memory-split.ts'
import { PROFILES } from '../../src/catalog/profiles.ts'
import { nearestTypeNames, typeById, typeByName, typesOfBoard, typesOfDevice } from '../../src/catalog/vgpu-types.ts'
import { typesGolden } from './golden.ts'

const golden = typesGolden()
const all = golden.types.map((row) => required(typeById(Number(row.vgpuType))))
const ada = all.filter((type) => findBoard(type.board)?.architecture === 'Ada')

function required<T>(value: T | undefined): T {
  if (value === undefined) throw new Error('not in the catalogue')
  return value
}

describe('the catalogue of vGPU types', () => {
  it('has the 563 types of the reference, every documented figure equal and every other one marked as modelled', () => {
    expect(golden.types).toHaveLength(563)
    for (const [index, row] of golden.types.entries()) {
      const type = required(all[index])
      const series = required(golden.series[type.series])
      const figures: Record<string, string | number | null> = {
        vgpuType: type.vgpuType,
        vgpuName: type.vgpuName,
        board: type.board,
        series: type.series,
        sizeGiB: type.sizeGiB,
        idCertainty: type.idCertainty,
        profileSizeMiB: type.profileSize / MiB,
        fbLengthMiB: type.fbLength / MiB,
        fbReservationMiB: type.fbReservation / MiB,
        gspHeapSizeMiB: type.gspHeapSize / MiB,
        bar1Length: type.bar1Length,
        nvlinkP2PSupported: type.nvlinkP2PSupported,
        maxResolutionX: type.maxResolutionX,
        maxResolutionY: type.maxResolutionY,
        maxPixels: type.maxPixels,
        multiVgpuSupported: type.multiVgpuSupported,
        multiVgpuExclusive: type.multiVgpuExclusive,
        maxInstance: type.maxInstance,
        maxInstancesPerVm: type.maxInstancesPerVm,
        pdevId: type.pdevId,
        vdevSubsystemId: type.vdevId % 0x1_0000,
        mixedSizeMax: type.placement.mixedSizeIds?.length ?? null,
        channelsPerVgpu: type.channelsPerVgpu,
        guestFbEccOnMiB: type.guestFb ? type.guestFb.eccOn / MiB : null,
        gpuInstanceProfile: type.mig?.gpuInstanceProfile ?? null,
        since: type.since,
        vgpuClass: type.vgpuClass,
        edition: type.edition,
        license: type.license,
        numHeads: type.numHeads,
        frlConfig: type.frlConfig,
        cudaEnabled: type.cudaEnabled,
        eccSupported: type.eccSupported,
        frlEnable: type.frlEnable,
        encoderCapacity: type.encoderCapacity,
        mappableVideoSize: type.mappableVideoSize,
      }
      const wanted: Record<string, string | number | null> = { ...row, ...series }
      for (const name of type.modelled) {
        const column = Object.hasOwn(wanted, name) ? name : `${name}MiB`
        // a modelled figure stands for one that was not published, for the heap Ampere has none of, or is also the file's
        if (wanted[column] === null || (column === 'gspHeapSizeMiB' && wanted[column] === 0)) delete wanted[column]
      }
      if (wanted.guestFbEccOnMiB === null && type.modelled.includes('fbLength')) delete wanted.guestFbEccOnMiB
      expect(figures, type.vgpuName).toMatchObject(wanted)
    }
  })

  it('gives every type the placement ids of the reference, mixed-size and equal-size', () => {
    for (const type of all) {
      const architecture = required(findBoard(type.board)).architecture
      const key = `${type.placement.region}/${type.placement.size}/${architecture}`
      expect(type.placement.mixedSizeIds?.join(' '), type.vgpuName).toBe(golden.mixedSizeIds[key])
      const equal = type.mig ? undefined : golden.equalSizeIds[key]
      expect(type.placement.equalSizeIds?.join(' ') ?? (type.mig ? undefined : '-'), type.vgpuName).toBe(equal)
    }
  })

  it('never lets two placement ids of a type overlap or leave the region', () => {
    for (const { vgpuName, placement } of all) {
      for (const ids of [placement.mixedSizeIds ?? [], placement.equalSizeIds ?? []]) {
        ids.forEach((id, index) => {
          expect(id, vgpuName).toBeGreaterThanOrEqual(index === 0 ? 0 : required(ids[index - 1]) + placement.size)
          expect(id + placement.size, vgpuName).toBeLessThanOrEqual(placement.region)
        })
      }
    }
  })

  it('uses no id, name or vdevId twice', () => {
    for (const key of ['vgpuType', 'vgpuName', 'vdevId'] as const) {
      expect(new Set(all.map((type) => type[key])).size, key).toBe(all.length)
    }
  })

  it('adds framebuffer, reservation and heap up to the profile, but for 1 GiB of a 48 GiB Ada board, which has 32 MiB more', () => {
    for (const type of ada.filter(({ modelled }) => modelled.length === 0)) {
      const more = type.placement.region === 48 && type.sizeGiB === 1 ? 32 * MiB : 0
      expect(type.fbLength + type.fbReservation + type.gspHeapSize, type.vgpuName).toBe(type.profileSize + more)
    }
  })

  it('splits the memory of every documented Ada type as the rule for the undocumented ones would', () => {
    const segments = { 48: 128, 32: 128, 24: 64 } as const
    const compared = ada.filter(({ modelled, placement, sizeGiB }) => {
      return modelled.length === 0 && !(placement.region === 48 && sizeGiB === 1)
    })
    expect(compared.length).toBeGreaterThan(150)
    for (const type of compared) {
      const region = type.placement.region === 48 ? 48 : type.placement.region === 32 ? 32 : 24
      const split = ruledSplit({ regionGiB: region, segmentMiB: segments[region] }, type.sizeGiB, type.maxInstance)
      const documented = [type.fbLength / MiB, type.fbReservation / MiB, type.gspHeapSize / MiB]
      expect(split, type.vgpuName).toEqual(documented)
    }
  })

  it('gives the guest its whole framebuffer back when ECC is off, by the formula that shrinks it when ECC is on', () => {
    for (const type of ada) {
      const board = required(findBoard(type.board))
      const total = required(board.smiTotalMiB.eccOff ?? undefined) * MiB
      expect(guestFbLength(type, total, board.vmmuSegmentSize), type.vgpuName).toBe(type.fbLength)
      expect(type.guestFb?.eccOff, type.vgpuName).toBe(type.fbLength)
      expect(type.guestFb?.eccOn, type.vgpuName).toBeLessThanOrEqual(type.fbLength)
    }
    expect(typeByName('L40-48Q')?.guestFb?.eccOn).toBe(44032 * MiB)
  })

  it('fits the maximum of every type on its board, with the firmware of the vgpu17 profile beside it', () => {
    const firmware = PROFILES.vgpu17.wprHeapSize + 64 * MiB // WPR heap, ELF image, boot image, FRTS, VGA workspace
    for (const type of all) {
      const board = required(findBoard(type.board))
      const guest = Math.ceil(type.fbLength / board.vmmuSegmentSize) * board.vmmuSegmentSize
      const needed = type.maxInstance * (guest + type.gspHeapSize) + firmware
      expect(needed, type.vgpuName).toBeLessThanOrEqual(board.fbBytes)
    }
  })

  it('fits the maximum of every type of an L40 under the v2 profile, by channels and by plugin partitions', () => {
    const { channelsReserved, vfPartitionCount } = PROFILES.v2
    const blocks: Record<string, number> = {}
    for (const { vgpuName, sizeGiB, series, maxInstance } of typesOfBoard('L40', true)) {
      const block = prevPow2(channelsReserved.count / maxInstance)
      blocks[`${sizeGiB}${series}`] = block
      expect(block * maxInstance, vgpuName).toBeLessThanOrEqual(channelsReserved.count)
      expect(maxInstance, vgpuName).toBeLessThanOrEqual(vfPartitionCount)
    }
    expect(blocks).toMatchObject({ '1B': 32, '2Q': 64, '4Q': 128, '8Q': 256, '24Q': 512, '48Q': 1024 })
  })
})

describe('looking a type up', () => {
  const fourQ = 874

  it.each([
    '874',
    '0x36a',
    '0x36A',
    'nvidia-874',
    'NVIDIA-874',
    'L40-4Q',
    'l40-4q',
    'NVIDIA L40-4Q',
    ' nvidia l40-4q ',
  ])('takes %j for L40-4Q', (text) => expect(typeByName(text)?.vgpuType).toBe(fourQ))

  it('takes a GRID name with either brand or none', () => {
    for (const text of ['GRID A100-1-5CME', 'a100-1-5cme', 'NVIDIA A100-1-5CME']) {
      expect(typeByName(text)?.vgpuName).toBe('GRID A100-1-5CME')
    }
  })

  it.each([
    '',
    ' ',
    'L40',
    'L40-',
    'L40-5Q',
    '-4Q',
    '0',
    '-874',
    '874.0',
    '8e2',
    '99999999999',
    'nvidia-',
    '__proto__',
  ])('knows no type %j', (text) => expect(typeByName(text)).toBeUndefined())

  it('finds every type by its id and by its name', () => {
    for (const type of all) {
      expect(typeByName(type.vgpuName)).toEqual(type)
      expect(typeById(type.vgpuType)).toEqual(type)
    }
  })

  it('knows no type by a fraction, a negative number or NaN', () => {
    for (const id of [874.5, -1, 0, Number.NaN, Number.POSITIVE_INFINITY]) expect(typeById(id)).toBeUndefined()
  })

  it('lists an L40 as B, Q, A and C in the order of their ids, and the 3B type only when asked', () => {
    const names = (types: CatalogType[]) => types.map(({ vgpuType }) => vgpuType)
    const listed = typesOfDevice(0x26b5)
    expect(listed.map(({ series }) => series).join('')).toBe(`BB${'Q'.repeat(10)}${'A'.repeat(10)}${'C'.repeat(7)}`)
    expect(names(listed)).toEqual([...names(listed)].sort((a, b) => a - b))
    expect(names(typesOfDevice(0x26b5, true))).toEqual([...names(listed), 2163])
  })

  it('keeps A16 and A2 apart by board though they share a device id', () => {
    expect(typesOfDevice(0x25b6)).toEqual([...typesOfBoard('A16'), ...typesOfBoard('A2')])
    expect(typesOfBoard('A16').map(({ vgpuName }) => vgpuName)).toContain('NVIDIA A16-4Q')
    expect(typesOfBoard('A16').map(({ vgpuName }) => vgpuName)).not.toContain('NVIDIA A2-4Q')
  })

  it('lists nothing for a device without types', () => {
    expect(typesOfDevice(0x1234)).toEqual([])
    expect(typesOfBoard('L40G')).toEqual([])
  })

  it('never lists more types of a device than one upload carries', () => {
    for (const pdevId of new Set(all.map((type) => type.pdevId))) {
      expect(typesOfDevice(pdevId, true).length).toBeLessThanOrEqual(64)
    }
  })

  it('suggests the neighbours in size before others, and nothing for a word that is no type', () => {
    expect(nearestTypeNames('L40-5Q')).toEqual(['L40-4Q', 'L40-6Q', 'L40-3Q'])
    expect(nearestTypeNames('nvidia l40-4x')[0]).toBe('L40-4Q')
    expect(nearestTypeNames('zebra crossing')).toEqual([])
    const given = ['NVIDIA L40-48Q', 'NVIDIA L40-4Q']
    expect(nearestTypeNames('l40-44q', given)).toEqual(['NVIDIA L40-4Q', 'NVIDIA L40-48Q'])
  })
})
