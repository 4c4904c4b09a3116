import { boardNames, findBoard } from '../../catalog/boards.ts'
import { type ListedRow, listedBoards } from '../../catalog/listed-boards.ts'
import { listedTypes } from '../../catalog/listed-types.ts'
import { typesOfBoard } from '../../catalog/vgpu-types.ts'
import type { BoardView } from '../../contract/views/board.ts'
import { hex } from '../views/words.ts'
import { figuresFor, missingOf } from './not-simulated.ts'

/** Every board: first those that `host init` takes, then those of which too little is published. */
export function boardViews(): BoardView[] {
  return [...boardNames().flatMap(known), ...listedBoards().map(listed)]
}

function known(name: string): BoardView[] {
  const board = findBoard(name)
  if (board === undefined) return []
  return [
    {
      name,
      product: board.marketingName,
      architecture: board.architecture,
      chip: board.chip,
      deviceId: hex(board.deviceId, 4),
      memoryGiB: board.memoryGiB,
      memoryType: board.memoryType,
      sriov: board.sriov !== null,
      totalVfs: board.sriov?.totalVfs ?? null,
      mig: board.mig,
      mixedSize: board.mixedSize,
      types: typesOfBoard(board.typeBoard ?? '', true).length,
      mostVgpus: board.maxVgpusPerGpu,
      missing: [],
      figures: [],
    },
  ]
}

function listed(row: ListedRow): BoardView {
  const [
    name,
    product,
    architecture,
    chip,
    deviceId,
    ,
    memoryGiB,
    memoryType,
    sriov,
    totalVfs,
    mostVgpus,
    mig,
    mixedSize,
  ] = row
  return {
    name,
    product,
    architecture,
    chip,
    deviceId: hex(deviceId, 4),
    memoryGiB,
    memoryType,
    sriov,
    totalVfs,
    mig,
    mixedSize,
    types: listedTypes().filter(({ board }) => board === name).length,
    mostVgpus,
    missing: missingOf(row),
    figures: figuresFor(row),
  }
}
