/**
 * Runs a sequence of takings. Each `onError` registers the giving-back of what was just taken; when a later step
 * throws, they run newest first and the error goes on.
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
