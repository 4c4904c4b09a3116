import { openStore } from '../app/transaction.ts'
import { usageError } from '../app/usage.ts'
import type { Answer } from '../render/answer.ts'
import { REPEATED } from '../render/operation.ts'
import { AlreadyDone } from '../store/already-done.ts'
import type { Context } from './context.ts'
import { previousOperation } from './previous-operation.ts'
import type { Interpreter } from './spec.ts'

/** Valid operation ids of the store. */
const ID = /^[\w.:@-]{1,128}$/

/**
 * Makes a change idempotent under the caller's operation id. If the state directory has a change with that id, nothing
 * is done again, and the answer says so. A killed command, or one with an unknown outcome, can be repeated with the
 * same id until it answers, and is done exactly once. Throws NvError `exists` if the id belongs to a different command.
 */
export async function idempotent(
  context: Context,
  read: Interpreter['read'],
  act: () => Promise<Answer>,
): Promise<Answer> {
  const { operationId: id = '', dryRun, format } = context.settings
  if (!ID.test(id)) throw usageError(`'${id}' is not an operation id: 1 to 128 letters, digits and _.:@-`)
  if (dryRun) return act()
  const store = await openStore(context)
  try {
    // Checked before the verb: objects that the change destroyed are missing now.
    store.transact({ id, time: '', command: '' }, () => {})
    return await act()
  } catch (error) {
    if (!(error instanceof AlreadyDone)) throw error
    const previous = await previousOperation(store, id, context.argv, read)
    // The identifiers of the first answer were not stored, so -o name prints nothing.
    const items = format === 'name' ? [] : [{ id, seq: error.seq ?? previous?.seq ?? null }]
    return { view: REPEATED, items, change: { changed: false, warnings: [] } }
  }
}
