import type { HistoryEntry } from '../../store/history.ts'

/** The changes that `undo` and `redo` without a number act on, the next one last. */
export interface Steps {
  readonly done: readonly HistoryEntry[]
  readonly undone: readonly HistoryEntry[]
}

/**
 * Replays the history as undo and redo steps. An undo step moves the newest change to the undone ones, a redo step moves it
 * back, and every other change ends what can be redone. A change that reverts another by its number is an ordinary change,
 * and so are the undo steps of versions before 0.2.0.
 */
export function stepsOf(entries: readonly HistoryEntry[]): Steps {
  const done: HistoryEntry[] = []
  const undone: HistoryEntry[] = []
  const oldest = entries[0]?.seq ?? 0
  for (const entry of entries) {
    const { step } = entry
    if (step === undefined) {
      done.push(entry)
      undone.length = 0
    } else if (step.of >= oldest) {
      const [from, to] = step.kind === 'undo' ? [done, undone] : [undone, done]
      const moved = from.pop()
      if (moved !== undefined) to.push(moved)
    }
  }
  return { done, undone }
}
