import { listedBoard } from '../../catalog/listed-board.ts'
import { boardTypeViews } from '../../engine/boards/types.ts'
import type { GpuRules, PlannedType } from '../../planner/gpu-rules.ts'

/**
 * The rules of a board of which only counts are published: types of one size share a GPU, up to the published maximum. Types
 * without a published id have negative ones.
 */
export function listedRules(board: string): GpuRules {
  const views = boardTypeViews(board).filter(({ gpuInstance }) => gpuInstance === null)
  const types = views.map(({ id, name, profileSizeMiB, maxInstance }, index): PlannedType => {
    const size = Math.ceil(profileSizeMiB / 1024)
    return {
      vgpuType: id ?? -1 - index,
      name,
      size,
      width: size,
      group: `${profileSizeMiB} MiB`,
      most: maxInstance,
      ids: [],
      sets: null,
      refused: false,
    }
  })
  return {
    key: `${board} published`,
    board,
    mode: 'equal-size',
    shared: false,
    ecc: false,
    slots: listedBoard(board)?.[6] ?? 0,
    vfs: Math.max(0, ...types.map(({ most }) => most)),
    types: new Map(types.map((type) => [type.vgpuType, type])),
  }
}
