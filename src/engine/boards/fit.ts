import type { BoardFitView, BoardTypeView } from '../../contract/views/board.ts'
import { NvError } from '../../errors/nv-error.ts'
import { shortTypeName } from '../../errors/type-name.ts'
import { boardTypeViews } from './types.ts'

/**
 * Counts vGPUs on one empty GPU of a board by the published maxima: types of one profile size may share it.
 * @throws NvError not-found (board, type), unsupported (a MIG-backed type)
 */
export function boardFit(board: string, requests: readonly { type: string; count: number }[]): BoardFitView {
  const types = boardTypeViews(board)
  const asked = requests.map(({ type, count }) => ({ type: typeOf(types, board, type), count }))
  const total = asked.reduce((sum, { count }) => sum + count, 0)
  const [first] = asked
  const odd = asked.find(({ type }) => type.profileSizeMiB !== first?.type.profileSizeMiB)
  const full = asked.find(({ type }) => total > type.maxInstance)
  const reason =
    odd !== undefined && first !== undefined
      ? `${shortTypeName(first.type.name)} and ${shortTypeName(odd.type.name)} differ in size`
      : full === undefined
        ? null
        : `a GPU has at most ${full.type.maxInstance} ${shortTypeName(full.type.name)}`
  return {
    board: first?.type.board ?? board,
    asked: asked.map(({ type, count }) => ({ type: shortTypeName(type.name), count, most: type.maxInstance })),
    fits: reason === null,
    reason,
  }
}

function typeOf(types: readonly BoardTypeView[], board: string, word: string): BoardTypeView {
  const plain = shortTypeName(word).toLowerCase()
  const short = ({ name }: BoardTypeView) => shortTypeName(name).toLowerCase()
  const type =
    types.find((known) => short(known) === plain || String(known.id) === plain) ??
    types.find((known) => short(known).split(' ').at(-1) === plain)
  const at = 'fit'
  const hint = `nvgpu types list --board ${board}`
  if (type === undefined)
    throw new NvError({ errno: 'ENODEV', code: 'not-found', at, message: `${board} has no vGPU type "${word}"`, hint })
  if (type.gpuInstance === null) return type
  const message = `${type.name} needs a GPU instance ${type.gpuInstance}, and a board alone has none`
  throw new NvError({ errno: 'EOPNOTSUPP', code: 'unsupported', at, message, hint })
}
