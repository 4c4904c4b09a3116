import { describe, expect, it } from 'vitest'
import { GiB, KiB, MiB } from '../../src/abi/align.ts'
import { type Board, boardNames, findBoard } from '../../src/catalog/boards.ts'
import { typesOfBoard } from '../../src/catalog/vgpu-types.ts'
import { boardsGolden, type Row } from './golden.ts'

const golden = boardsGolden()

function board(name: string): Board {
  const found = findBoard(name)
  if (!found) throw new Error(`no board ${name}`)
  return found
}

function figures(name: string): Row {
  const { sriov, engines, ...rest } = board(name)
  const bit = (value: boolean) => (value ? 1 : 0)
  return {
    name: rest.name,
    marketingName: rest.marketingName,
    architecture: rest.architecture,
    chip: rest.chip,
    deviceId: rest.deviceId,
    classCode: rest.classCode,
    gpusPerBoard: rest.gpusPerBoard,
    memoryGiB: rest.memoryGiB,
    memoryType: rest.memoryType,
    hbm: bit(rest.hbm),
    fbMiB: rest.fbBytes / MiB,
    smiEccOff: rest.smiTotalMiB.eccOff,
    smiEccOn: rest.smiTotalMiB.eccOn,
    eccDefault: rest.eccDefault ? 'on' : 'off',
    pfBar1MiB: rest.pfBar1Size / MiB,
    totalVfs: sriov?.totalVfs ?? null,
    vfOffset: sriov?.vfOffset ?? null,
    vfStride: sriov?.vfStride ?? null,
    vfBar0KiB: sriov && sriov.vfBar0Size / KiB,
    vfBar1MiB: sriov && sriov.vfBar1Size / MiB,
    vfBar3MiB: sriov && sriov.vfBar3Size / MiB,
    nvenc: engines.nvenc,
    nvdec: engines.nvdec,
    nvjpeg: engines.nvjpeg,
    ofa: engines.ofa,
    gr: engines.gr,
    powerLimitW: rest.powerLimitW,
    maxVgpusPerGpu: rest.maxVgpusPerGpu,
    channels: rest.channels,
    equalSizePlacement: bit(rest.equalSizePlacement),
    mig: bit(rest.mig),
    vmmuSegmentMiB: rest.vmmuSegmentSize / MiB,
    typeBoard: rest.typeBoard,
  }
}

/** The sister where several boards have the chip and memory. */
const SISTERS: Readonly<Record<string, string>> = {
  'A800-40GB-Active': 'A100-PCIE-40GB',
  'A800-PCIe-80GB': 'A100-PCIE-80GB',
  'A800-SXM4-80GB': 'A100-SXM4-80GB',
  'H800-SXM5-80GB': 'H100-SXM5-80GB',
  'H20-141GB': 'H200-SXM5-141GB',
}

function figuresAndMarks(name: string): Row & { modelled: string } {
  return { ...figures(name), modelled: board(name).modelled.join(' ') }
}

/** Golden columns that are null where the reference found nothing, and the field that is modelled instead. */
const UNKNOWN: Readonly<Record<string, string>> = {
  fbMiB: 'fbBytes',
  vfBar0KiB: 'sriov.vfBar0Size',
  vfBar1MiB: 'sriov.vfBar1Size',
  vfBar3MiB: 'sriov.vfBar3Size',
  vmmuSegmentMiB: 'vmmuSegmentSize',
  copy: 'engines.copy',
}

describe('the boards', () => {
  it('are the 29 of the reference, every figure equal or marked as modelled', () => {
    expect(boardNames().slice(0, golden.length)).toEqual(golden.map(({ name }) => name))
    for (const row of golden) {
      const name = String(row.name)
      const { modelled } = board(name)
      const wanted: Record<string, string | number | null> = { ...row }
      for (const [column, field] of Object.entries(UNKNOWN)) {
        if (wanted[column] !== null) continue
        expect(modelled, `${name}: ${column} is not published`).toContain(field)
        delete wanted[column]
      }
      const { unsourced, subsystems, mixedSize, liveMigration, ...same } = wanted
      expect(figures(name), name).toMatchObject(same)
      expect([...modelled].sort(), name).toEqual(String(unsourced).split(' ').sort())
      expect(
        board(name)
          .subsystems.map((id) => `0x${id.toString(16)}`)
          .join(' '),
        name,
      ).toBe(typeof subsystems === 'number' ? `0x${subsystems.toString(16)}` : subsystems)
      expect([board(name).mixedSize, board(name).liveMigration], name).toEqual([mixedSize === 1, liveMigration === 1])
    }
  })

  it('I 1.3: are seven more with the figures of the board of the same chip and memory, each marked', () => {
    const sisters = boardNames().slice(golden.length)
    expect(sisters).toHaveLength(7)
    for (const name of sisters) {
      const { marketingName, subsystems, deviceId, typeBoard, modelled, ...same } = figuresAndMarks(name)
      const sister = boardNames().find((other) => {
        const { chip, memoryGiB } = board(other)
        return other !== name && chip === same.chip && memoryGiB === same.memoryGiB && !sisters.includes(other)
      })
      expect(sister, name).toBeDefined()
      const published = ['name', 'marketingName', 'subsystems', 'deviceId', 'typeBoard', 'modelled']
      const from = figuresAndMarks(SISTERS[name] ?? sister ?? '')
      for (const [field, value] of Object.entries(same))
        if (!published.includes(field)) expect({ name, field, value }).toEqual({ name, field, value: from[field] })
      for (const field of ['pfBar1Size', 'sriov.totalVfs', 'smiTotalMiB.eccOn', 'vmmuSegmentSize', 'powerLimitW'])
        expect(modelled, name).toContain(field)
    }
  })

  it('give the default host its figures', () => {
    const l40 = board('L40')
    expect(l40.fbBytes).toBe(0xc00000000)
    expect(l40.vmmuSegmentSize).toBe(128 * MiB)
    expect(l40.sriov).toMatchObject({ totalVfs: 32, vfOffset: 4, vfStride: 1, vfBar1Size: 2 * GiB })
    expect(l40.engines).toEqual({ gr: 1, copy: 5, nvdec: 3, nvenc: 3, nvjpeg: 4, ofa: 1 })
  })

  it.each([
    ['NVIDIA L40', 'L40'],
    ['l40', 'L40'],
    ['rtx6000-ada', 'RTX6000-Ada'],
    ['RTX 6000 Ada', 'RTX6000-Ada'],
    ['NVIDIA RTX 6000 Ada Generation', 'RTX6000-Ada'],
    ['rtx a6000', 'RTXA6000'],
    ['A100-pcie-40gb', 'A100-PCIE-40GB'],
    ['nvidia a100 80gb pcie', 'A100-PCIE-80GB'],
    ['H200', 'H200-SXM5-141GB'],
  ])('are found as %j', (text, name) => expect(findBoard(text)?.name).toBe(name))

  it.each(['', ' ', 'nvidia', 'A100', 'RTX 6000', 'L400', '__proto__'])('are not found as %j', (text) =>
    expect(findBoard(text)).toBeUndefined(),
  )

  it('have BAR sizes, VMMU segments and channels the hardware can have', () => {
    for (const name of boardNames()) {
      const { sriov, pfBar0Size, pfBar1Size, pfBar3Size, vmmuSegmentSize, fbBytes } = board(name)
      const vfSizes = sriov ? [sriov.vfBar0Size, sriov.vfBar1Size, sriov.vfBar3Size] : []
      for (const size of [pfBar0Size, pfBar1Size, pfBar3Size, ...vfSizes]) {
        expect(Number.isInteger(Math.log2(size)), `${name}: ${size}`).toBe(true)
      }
      expect([32, 64, 128, 256, 512], name).toContain(vmmuSegmentSize / MiB)
      expect(fbBytes % vmmuSegmentSize, name).toBe(0)
      expect(fbBytes / vmmuSegmentSize, name).toBeLessThanOrEqual(384)
    }
  })

  it('have a VF for every instance of every type that is not MIG-backed', () => {
    for (const name of boardNames()) {
      const { sriov } = board(name)
      for (const type of typesOfBoard(name, true).filter(({ mig }) => mig === null)) {
        expect(type.maxInstance, type.vgpuName).toBeLessThanOrEqual(sriov?.totalVfs ?? 0)
      }
    }
  })
})
