import { MiB } from '../../abi/align.ts'
import type { Board } from '../../catalog/boards.ts'
import { canBeGiven, givenBoard } from '../../catalog/given-board.ts'
import type { ListedRow } from '../../catalog/listed-boards.ts'
import { typesOfBoard } from '../../catalog/vgpu-types.ts'
import type { GivenFigures } from '../../contract/state/figures.ts'
import { NvError } from '../../errors/nv-error.ts'
import { notSimulated } from './not-simulated.ts'

/** Sizes of a VMMU segment that the core driver takes, MiB. */
const SEGMENTS_MIB: readonly number[] = [32, 64, 128, 256, 512]
/** PCI Express resizable BARs: 1 MiB to 8 EiB; here up to what 2^53 addresses hold for every GPU of a host. */
const MOST_BAR_MIB = 2 ** 20
/** NumVFs has 16 bits. */
const MOST_VFS = 65_535
/** The firmware's regions of a host with vGPUs take 581 MiB of heap and 46 MiB of images; rounded up. */
const FIRMWARE_MIB = 640

const LABELS: Readonly<Record<keyof GivenFigures, string>> = {
  framebufferMiB: 'framebuffer',
  bar1MiB: 'bar1',
  vfBar1MiB: 'vfBar1',
  vmmuSegmentMiB: 'vmmuSegment',
  vfs: 'vfs',
}

/**
 * The board of given figures.
 * @throws NvError EOPNOTSUPP (more is unknown than can be given), EINVAL (a figure that no such card has)
 */
export function boardOfFigures(at: string, row: ListedRow, figures: GivenFigures): Board {
  if (!canBeGiven(row)) throw notSimulated(at, row)
  const [problem] = problems(row, figures)
  const board = problem === undefined ? givenBoard(row, figures) : null
  const sentence = problem ?? (board && tooSmall(board, figures))
  if (board === null || sentence) {
    throw new NvError({
      errno: 'EINVAL',
      code: 'invalid-argument',
      at,
      message: `no ${row[0]} has these figures: ${sentence}`,
      hint: 'nvgpu host boards -o wide',
    })
  }
  return board
}

/** Sentences against figures, the first one first. */
function problems(row: ListedRow, figures: GivenFigures): string[] {
  const [name, , , , , , memoryGiB, , , totalVfs] = row
  const { framebufferMiB, bar1MiB, vfBar1MiB, vmmuSegmentMiB, vfs } = figures
  const size = (key: 'bar1MiB' | 'vfBar1MiB', value: number) =>
    isPowerOfTwo(value) && value <= MOST_BAR_MIB
      ? []
      : [`${LABELS[key]} is ${value} MiB, and a BAR is a power of two up to ${MOST_BAR_MIB} MiB`]
  return [
    ...(framebufferMiB > memoryGiB * 1024
      ? [`framebuffer is ${framebufferMiB} MiB, and the board has ${memoryGiB * 1024}`]
      : []),
    ...size('bar1MiB', bar1MiB),
    ...size('vfBar1MiB', vfBar1MiB),
    ...(vfBar1MiB > bar1MiB ? [`vfBar1 is ${vfBar1MiB} MiB, more than the ${bar1MiB} of the PF`] : []),
    ...(SEGMENTS_MIB.includes(vmmuSegmentMiB)
      ? []
      : [`vmmuSegment is ${vmmuSegmentMiB} MiB, and the driver takes ${SEGMENTS_MIB.join(', ')}`]),
    ...(totalVfs !== null && vfs !== null ? [`vfs is known: ${name} has ${totalVfs}`] : []),
    ...(totalVfs === null && (vfs === null || vfs < 1 || vfs > MOST_VFS)
      ? [`vfs is ${vfs ?? 'missing'}, and must be 1 to ${MOST_VFS}`]
      : []),
  ]
}

/** The sentence against a framebuffer in which the published most of a type has no room; null with room for all. */
function tooSmall(board: Board, { framebufferMiB, vmmuSegmentMiB }: GivenFigures): string | null {
  const types = typesOfBoard(board.typeBoard ?? '', true)
  const needs = types.map(({ vgpuName, fbLength, gspHeapSize, maxInstance }) => {
    const guest = Math.ceil(fbLength / MiB / vmmuSegmentMiB) * vmmuSegmentMiB
    return { vgpuName, maxInstance, total: maxInstance * (guest + gspHeapSize / MiB) + FIRMWARE_MIB }
  })
  const [most] = needs.sort((a, b) => b.total - a.total)
  if (most === undefined || most.total <= framebufferMiB) return null
  return `framebuffer is ${framebufferMiB} MiB, and ${most.maxInstance} ${most.vgpuName} take ${most.total} with segments of ${vmmuSegmentMiB}`
}

function isPowerOfTwo(value: number): boolean {
  return value >= 1 && 2 ** Math.round(Math.log2(value)) === value
}
