import { type Board, findBoard } from '../catalog/boards.ts'
import { NvError } from '../errors/nv-error.ts'
import type { GpuState } from './state.ts'

/** The board of a GPU. @throws NvError ENODEV when it is not in the catalogue */
export function boardOf(gpu: Pick<GpuState, 'board' | 'bdf'>): Board {
  const board = findBoard(gpu.board)
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
