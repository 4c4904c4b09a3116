import { openStore } from '../app/transaction.ts'
import { usageError } from '../app/usage.ts'
import type { Answer } from '../render/answer.ts'
import { REPEATED } from '../render/operation.ts'
import { AlreadyDone } from '../store/repeat.ts'
import type { Context } from './context.ts'
import { earlierOf } from './earlier.ts'

/** Texts the store takes as operation id. */
const ID = /^[\w.:@-]{1,128}$/

/**
 * Runs a change to which its caller has given an id. If a change of that id is in the state directory already, it stands:
 * nothing is done again, and the answer says so. So a command that was killed, or whose outcome is unknown, is repeated
 * with the same id until it answers, and is done exactly once. Throws NvError `exists` if that change was another one.
 */
export async function once(context: Context, act: () => Promise<Answer>): Promise<Answer> {
  const { operationId: id = '', dryRun, format } = context.settings
  if (!ID.test(id)) throw usageError(`'${id}' is not an operation id: 1 to 128 letters, digits and _.:@-`)
  if (dryRun) return act()
  const store = await openStore(context)
  try {
    // Looked at before the verb sees the host: what the change destroyed the verb would not find.
    store.transact({ id, time: '', command: '' }, () => {})
    return await act()
  } catch (error) {
    if (!(error instanceof AlreadyDone)) throw error
    const earlier = await earlierOf(store, id, context.argv)
    // The identifiers of the first answer were not kept, and a script must not take something else for them.
    const items = format === 'name' ? [] : [{ id, seq: error.seq ?? earlier?.seq ?? null }]
    return { view: REPEATED, items, change: { changed: false, warnings: [] } }
  }
}
