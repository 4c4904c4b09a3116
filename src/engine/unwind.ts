/**
 * Runs a sequence of steps with rollback. Each `onError` registers the undo of the last step. When a later step throws, the
 * undo functions run newest first, and the error is thrown on.
 */
export function takeInOrder<T>(steps: (onError: (giveBack: () => void) => void) => T): T {
  const undo: (() => void)[] = []
  try {
    return steps((giveBack) => undo.push(giveBack))
  } catch (error) {
    for (const giveBack of undo.reverse()) giveBack()
    throw error
  }
}
