import { type Answer, detail } from '../render/answer.ts'
import { listed, type Selection } from './listing.ts'

const ALL: Selection = { filter: [], sortBy: undefined }

/** The types of a board with their counts on an empty GPU. @throws NvError not-found */
export async function boardTypes(board: string, selection: Selection = ALL): Promise<Answer> {
  const [{ boardTypeViews }, { BOARD_TYPES }] = await Promise.all([
    import('../engine/boards/types.ts'),
    import('../render/board.ts'),
  ])
  return listed(BOARD_TYPES, boardTypeViews(board), selection)
}

/** The figures of a type that only a listed board has; null for other words. */
export async function listedType(word: string): Promise<Answer | null> {
  const { listedTypeView } = await import('../engine/boards/types.ts')
  const type = listedTypeView(word)
  if (type === undefined) return null
  const { BOARD_TYPES, boardTypeSheet } = await import('../render/board.ts')
  return detail(BOARD_TYPES, [type], boardTypeSheet)
}
