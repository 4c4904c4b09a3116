import { canBeGiven } from './given-board.ts'
import { type ListedRow, listedBoards } from './listed-boards.ts'
import { type ListedType, parseListed } from './listed-type.ts'
import { NEWER_TYPES } from './listed-types-newer.ts'
import type { Run, TypeTable } from './type-table.ts'

/** Unpublished for every type; the memory follows memory-split.ts. */
const MODELLED = ['fbLength', 'fbReservation', 'gspHeapSize', 'multiVgpuExclusive', 'nvlinkP2PSupported', 'bar1Length']
/** BAR1 of a C type, as on the Hopper boards. */
const COMPUTE_BAR1_MIB = 4096
/**
 * Reservation of all vGPUs of an RTX PRO 6000, MiB: with it four vGPUs that fill their 1g instances leave each of them less memory
 * than its 23674 MiB, captured on a vGPU host. Ours.
 */
const RESERVED_MIB: Readonly<Record<string, number>> = { 'RTX-PRO-6000-Blackwell-SE': 3840 }
/** The architecture whose placement ids divide a region evenly: GB100 and later. */
const EVEN = 'Blackwell'
const SEGMENTS_MIB = [64, 128, 256, 512] as const
const MOST_SEGMENTS = 384

/** The types of the listed boards that a host can have when their figures are given; those with a known id. */
export function givenTypes(): readonly TypeTable[] {
  tables ??= tablesOf(parseListed(NEWER_TYPES))
  return tables
}

let tables: readonly TypeTable[] | undefined

function tablesOf(types: readonly ListedType[]): TypeTable[] {
  return listedBoards()
    .filter(canBeGiven)
    .map((row) =>
      tableOf(
        row,
        types.filter(({ board }) => board === row[0]),
      ),
    )
}

function tableOf(row: ListedRow, types: readonly ListedType[]): TypeTable {
  const [board, , architecture, , pdevId, , regionGiB] = row
  const [first] = types
  return {
    board,
    // the first one is MIG-backed everywhere: "-1-2Q"
    prefix: (first?.name ?? '').replace(/-\d-[^-]*$/, ''),
    architecture: architecture === EVEN ? EVEN : 'Hopper',
    pdevId,
    regionGiB,
    segmentMiB: SEGMENTS_MIB.find((size) => (regionGiB * 1024) / size <= MOST_SEGMENTS) ?? 512,
    eccTotalMiB: null,
    computeBar1MiB: COMPUTE_BAR1_MIB,
    splits: null,
    ...(RESERVED_MIB[board] === undefined ? {} : { reservedMiB: RESERVED_MIB[board] }),
    modelled: MODELLED,
    runs: types.flatMap((type) => runOf(type)),
  }
}

function runOf({ id, series, sizeGiB, subsystem, mig, name, maxInstance, idCertainty }: ListedType): Run[] {
  if (id === null || subsystem === null) return []
  const media = name.endsWith('ME') ? 'ME' : ''
  const entry = mig === null ? sizeGiB : `${mig[0]}-${sizeGiB}${media}:${maxInstance}:${mig}`
  return [[series, id, subsystem, [entry], 'derived', idCertainty]]
}
