import { MiB } from '../abi/align.ts'
import type { GivenFigures } from '../contract/state/figures.ts'
import { type Board, boardOfRow } from './boards.ts'
import type { ListedRow } from './listed-boards.ts'
import { migProfilesOf } from './mig-profiles.ts'

/** A listed board that becomes a whole one by figures of a real card: it has VFs, its chip is known, and so are ids of its types. */
export function canBeGiven([name, , , chip, , , , , sriov]: ListedRow): boolean {
  return sriov === true && chip !== null && GIVEN_CHIPS.has(name)
}

/** The chips of those boards: open kernel modules' chip table. RTX PRO 4500 has one too, but no id of its types was found. */
const GIVEN_CHIPS: ReadonlyMap<string, 'GB202' | 'GB100' | 'GH100'> = new Map([
  ['RTX-PRO-6000-Blackwell-SE', 'GB202'],
  ['B200', 'GB100'],
  ['GB200', 'GB100'],
  ['GH200-96GB', 'GH100'],
  ['GH200-144GB', 'GH100'],
])

/** The names of `Board` fields that figures fill. */
export function givenFields({ vfs }: GivenFigures): string[] {
  const fields = ['smiTotalMiB.eccOff', 'pfBar1Size', 'sriov.vfBar1Size', 'vmmuSegmentSize']
  return vfs === null ? fields : [...fields, 'sriov.totalVfs']
}

const MODELLED =
  'fbBytes engines.copy classCode smiTotalMiB.eccOn sriov.vfOffset sriov.vfStride sriov.vfBar0Size sriov.vfBar3Size engines.nvenc engines.nvdec engines.nvjpeg engines.ofa'

const made = new Map<string, Board>()

/**
 * A listed board with the missing figures. Engines: the profile of all its memory. What neither the list nor the figures have is
 * modelled as on the other boards.
 */
export function givenBoard(row: ListedRow, figures: GivenFigures): Board {
  const key = `${row[0]} ${Object.values(figures).join()}`
  const known = made.get(key)
  if (known !== undefined) return known
  const board = boardOf(row, figures)
  made.set(key, board)
  return board
}

function boardOf(row: ListedRow, figures: GivenFigures): Board {
  const [name, product, , , device, subsystems, memoryGiB, memoryType, , totalVfs, most, mig, mixedSize] = row
  const { framebufferMiB: total, bar1MiB, vfBar1MiB, vmmuSegmentMiB: segment } = figures
  const whole = migProfilesOf(name).at(-1)
  const engines = [whole?.encoders ?? 0, whole?.decoders ?? 0, whole?.jpeg ?? 0] as const
  const chip = GIVEN_CHIPS.get(name) ?? 'GB202'
  const vfs = totalVfs ?? figures.vfs ?? 0
  const board = boardOfRow([
    ...([name, product, chip, device, subsystems, memoryGiB, total, total, 1] as const),
    ...([0, vfs, vfBar1MiB, null, most ?? vfs, segment, ...engines, 0, MODELLED] as const),
  ])
  return {
    ...board,
    memoryType,
    pfBar1Size: bar1MiB * MiB,
    mig,
    mixedSize: mixedSize ?? false,
    modelled: MODELLED.split(' '),
  }
}
