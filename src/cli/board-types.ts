import { type Answer, detail, list } from '../render/answer.ts'

/** The types of a board with their counts on an empty GPU. @throws NvError not-found */
export async function boardTypes(board: string): Promise<Answer> {
  const [{ boardTypeViews }, { BOARD_TYPES }] = await Promise.all([
    import('../engine/boards/types.ts'),
    import('../render/board.ts'),
  ])
  return list(BOARD_TYPES, boardTypeViews(board))
}

/** The figures of a type that only a listed board has; null for other words. */
export async function listedType(word: string): Promise<Answer | null> {
  const { listedTypeView } = await import('../engine/boards/types.ts')
  const type = listedTypeView(word)
  if (type === undefined) return null
  const { BOARD_TYPES, boardTypeSheet } = await import('../render/board.ts')
  return detail(BOARD_TYPES, [type], boardTypeSheet)
}
