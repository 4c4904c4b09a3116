import { type Board, findBoard } from '../catalog/boards.ts'
import { canBeGiven, givenBoard } from '../catalog/given-board.ts'
import { listedBoard } from '../catalog/listed-board.ts'
import { NvError } from '../errors/nv-error.ts'
import type { GpuState } from './state.ts'

/** GSP's metadata of a GPU: device, subsystem, ECC. A migration compares it. */
export function metadataString(board: Pick<Board, 'deviceId' | 'subsystemId'>, eccEnabled: boolean): string {
  return `${board.deviceId.toString(16)}.${board.subsystemId.toString(16)}.ecc${eccEnabled ? 1 : 0}`
}

/** The board of a GPU. @throws NvError ENODEV when it is not in the catalogue */
export function boardOf(gpu: Pick<GpuState, 'board' | 'bdf' | 'figures'>): Board {
  const board = known(gpu)
  if (!board) {
    throw new NvError({
      errno: 'ENODEV',
      code: 'corrupt',
      at: 'nvkm_device_ctor',
      message: `the board "${gpu.board}" of ${gpu.bdf} is not in the catalogue`,
      hint: 'nvgpu host fsck',
    })
  }
  return board
}

function known({ board, figures }: Pick<GpuState, 'board' | 'figures'>): Board | undefined {
  if (figures === null) return findBoard(board)
  const row = listedBoard(board)
  return row && canBeGiven(row) ? givenBoard(row, figures) : undefined
}
