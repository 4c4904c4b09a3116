import { type Board, findBoard } from '../catalog/boards.ts'
import { NvError } from '../errors/nv-error.ts'
import type { GpuState } from './state.ts'

/** @throws NvError ENODEV when the catalogue does not know the board a state names */
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
