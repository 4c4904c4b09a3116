import { GiB, KiB, MiB } from '../abi/align.ts'
import { ALWAYS_MODELLED, type BoardRow, type ChipName } from './board-row.ts'
import { ADA_BOARDS } from './board-rows-ada.ts'
import { extraBoards } from './board-rows-extra.ts'
import { sisterBoards } from './board-rows-sisters.ts'

export type Architecture = 'Ada' | 'Ampere' | 'Hopper' | 'Blackwell'

/** One board model, as its GPU appears to the host. Sizes are bytes unless the name says otherwise. */
export interface Board {
  name: string
  /** the product name in nvidia-smi */
  marketingName: string
  architecture: Architecture
  chip: ChipName
  vendorId: number
  deviceId: number
  /** the board's own subsystem id (vendor 0x10de); 0 where unknown */
  subsystemId: number
  /** every subsystem id seen under NVIDIA's vendor id */
  subsystems: readonly number[]
  /** factory PCI class of the PF: 0x030200, or 0x030000 with display outputs enabled */
  classCode: number
  /** false where the factory setting hides SR-IOV; switching the display outputs off shows it */
  sriovFromFactory: boolean
  gpusPerBoard: number
  memoryGiB: number
  memoryType: string
  fbBytes: number
  /** "Total" of nvidia-smi's framebuffer block, MiB */
  smiTotalMiB: { eccOff: number | null; eccOn: number | null }
  eccSupported: boolean
  /** factory setting; the simulated host always starts with ECC off */
  eccDefault: boolean
  /** HBM memory, which loses nothing to ECC */
  hbm: boolean
  sriov: {
    totalVfs: number
    vfOffset: number
    vfStride: number
    vfBar0Size: number
    vfBar1Size: number
    vfBar3Size: number
  } | null
  pfBar0Size: number
  pfBar1Size: number
  pfBar3Size: number
  vmmuSegmentSize: number
  engines: { gr: number; copy: number; nvdec: number; nvenc: number; nvjpeg: number; ofa: number }
  powerLimitW: number | null
  /** most vGPUs on one GPU of the board, from its type list */
  maxVgpusPerGpu: number
  channels: number
  /** board whose vGPU types this board runs; null without types in any type file */
  typeBoard: string | null
  /** supports heterogeneous (mixed-size) time-slicing */
  mixedSize: boolean
  /** has placement ids in equal-size mode too */
  equalSizePlacement: boolean
  mig: boolean
  liveMigration: boolean
  /** names of fields above without a published source: copied from a sister board, computed or assumed */
  modelled: string[]
}

/** Every board, the Ada ones first. */
export const boardNames = (): readonly string[] => [
  ...ADA_BOARDS.map(([name]) => name),
  ...'A40 RTXA6000 A10 RTXA5500 RTXA5000 A16 A2 A30'.split(' '),
  ...'A100-PCIE-40GB A100-SXM4-40GB A100-PCIE-80GB A100-SXM4-80GB'.split(' '),
  ...'H100-PCIe-80GB H100-SXM5-80GB H100-NVL-94GB H100-SXM5-94GB H100-SXM5-64GB'.split(' '),
  ...'H20-96GB H200-SXM5-141GB H200-NVL-141GB'.split(' '),
  ...'A800-40GB-Active A800-PCIe-80GB A800-SXM4-80GB H800-PCIe-80GB H800-SXM5-80GB H800-NVL-94GB H20-141GB'.split(' '),
]

/**
 * Finds a board by its catalogue name or its product name, in any case, with or without "NVIDIA", spaces, dashes or
 * "Generation" (L40, nvidia l40, rtx6000-ada, RTX 6000 Ada). A catalogue name wins over another board's product name.
 */
export function findBoard(name: string): Board | undefined {
  const known = found.get(name)
  if (known !== undefined) return known
  const board = search(name)
  // unknown names are unbounded: they stay out of the cache
  if (board !== undefined) found.set(name, board)
  return board
}

const found = new Map<string, Board>()

function search(name: string): Board | undefined {
  const exact = ADA_BOARDS.find(([known]) => known === name)
  if (exact !== undefined) return boardOfRow(exact)
  const wanted = plain(name)
  if (wanted === '') return undefined
  const row = named(ADA_BOARDS, wanted) ?? named([...extraBoards(), ...sisterBoards(extraBoards())], wanted)
  return row && boardOfRow(row)
}

function named(rows: readonly BoardRow[], wanted: string): BoardRow | undefined {
  return rows.find(([name]) => plain(name) === wanted) ?? rows.find(([, product]) => plain(product) === wanted)
}

/** The names that begin with a word, in the spelling rules of {@link findBoard}. */
export function boardsLike(word: string, names: readonly string[]): string[] {
  const wanted = plain(word)
  return wanted === '' ? [] : names.filter((name) => plain(name).startsWith(wanted))
}

function plain(name: string): string {
  return name.toLowerCase().replace(/nvidia|generation|[^a-z0-9]/g, '')
}

/**
 * NV_PMC_BOOT_0 by chip: its number at bit 20 (open-gpu-kernel-modules, dev_boot.h; nouveau reads the same field), and
 * revision A1, which every board here is assumed to have.
 */
const CHIP_NUMBERS: Readonly<Record<ChipName, number>> = {
  GA100: 0x170,
  GA102: 0x172,
  GA107: 0x177,
  GH100: 0x180,
  GB100: 0x1a0,
  GB202: 0x1b2,
  AD102: 0x192,
  AD104: 0x194,
}

/** NV_PMC_BOOT_0 of a board's GPU, with which a driver identifies the chip: 0x192000a1 for AD102. */
export function pmcBoot0({ chip }: Pick<Board, 'chip'>): number {
  return ((CHIP_NUMBERS[chip] << 20) | 0xa1) >>> 0
}

const ARCHITECTURES: Readonly<Record<ChipName, Architecture>> = {
  AD102: 'Ada',
  AD104: 'Ada',
  GA102: 'Ampere',
  GA107: 'Ampere',
  GA100: 'Ampere',
  GH100: 'Hopper',
  GB100: 'Blackwell',
  GB202: 'Blackwell',
}

const MEMORY: Readonly<Partial<Record<ChipName, string>>> = {
  GA100: 'HBM2 / HBM2e with ECC',
  GH100: 'HBM3 / HBM3e with ECC',
  GB100: 'HBM3e with ECC',
}

/** Board without vGPU types: only the driver's chip table lists it. */
const WITHOUT_TYPES = 'L40G'

/** A board with all its figures. */
export function boardOfRow(row: BoardRow): Board {
  const [name, marketingName, chip, deviceId, subsystems, memoryGiB, eccOff, eccOn, eccDefault, pfBar1GiB, ...more] =
    row
  const [totalVfs, vfBar1MiB, powerLimitW, maxVgpusPerGpu, segmentMiB, nvenc, nvdec, nvjpeg, display, modelled] = more
  const architecture = ARCHITECTURES[chip]
  const memoryType = MEMORY[chip]
  const listed = name !== WITHOUT_TYPES
  return {
    name,
    marketingName,
    architecture,
    chip,
    vendorId: 0x10de,
    deviceId,
    subsystemId: subsystems[0] ?? 0,
    subsystems,
    classCode: display ? 0x030000 : 0x030200,
    sriovFromFactory: !display,
    gpusPerBoard: name === 'A16' ? 4 : 1,
    memoryGiB,
    memoryType: memoryType ?? 'GDDR6 with ECC',
    fbBytes: memoryGiB * GiB,
    smiTotalMiB: { eccOff, eccOn },
    eccSupported: true,
    eccDefault: eccDefault === 1,
    hbm: memoryType !== undefined,
    sriov: {
      totalVfs,
      vfOffset: 4,
      vfStride: 1,
      vfBar0Size: 256 * KiB,
      vfBar1Size: vfBar1MiB * MiB,
      vfBar3Size: 32 * MiB,
    },
    pfBar0Size: 16 * MiB,
    pfBar1Size: pfBar1GiB * GiB,
    pfBar3Size: 32 * MiB,
    vmmuSegmentSize: segmentMiB * MiB,
    // copy: the number of copy engines is unpublished; the reference walk-through has 5
    engines: { gr: 1, copy: 5, nvdec, nvenc, nvjpeg, ofa: 1 },
    powerLimitW,
    maxVgpusPerGpu,
    channels: 2048,
    typeBoard: listed ? name : null,
    mixedSize: listed,
    equalSizePlacement: architecture !== 'Ampere',
    mig: memoryType !== undefined,
    liveMigration: listed,
    modelled: `${ALWAYS_MODELLED} ${modelled}`.split(' '),
  }
}
