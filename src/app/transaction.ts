import { findWith } from '../engine/select.ts'
import type { HostState } from '../engine/state.ts'
import { NvError } from '../errors/nv-error.ts'
import { shellWords } from '../errors/shell-words.ts'
import type { HistoryStep } from '../store/log/record.ts'
import type { Store } from '../store/store.ts'
import type { Context } from './context.ts'
import { given } from './given.ts'
import { keepTrace } from './keep-trace.ts'
import { onSettled } from './migration/unsettled.ts'
import { usageError } from './usage.ts'

/** Reads the state. A reader writes nothing, not even the state directory. */
export async function readHost<R>(context: Context, look: (state: HostState) => R): Promise<R> {
  if (context.transaction) return context.transaction.look(look)
  return inTime(context, () => readOnce(context, look))
}

async function readOnce<R>(context: Context, look: (state: HostState) => R): Promise<R> {
  const [store, { STATE }] = await Promise.all([import('../store/read.ts'), import('../contract/state-contract.ts')])
  const place = store.placeOf({ dir: context.settings.stateDir, contract: STATE })
  const loan = store.readState<HostState>(place, STATE.schema)
  const state = loan?.state ?? (await import('../engine/new-host.ts')).newHost()
  if (loan !== undefined) findWith(state, loan)
  const unsettled = state.migrations
  const act = () => look(state)
  const seen = loan === undefined ? act() : loan.look(act)
  if (unsettled.length > 0) (await import('./migration/pending.ts')).remind(context, unsettled)
  return seen
}

/** Runs a verb of the whole model on a copy that is dropped, for answers that only an actor can give. */
export async function tryHost<R>(context: Context, verb: (state: HostState) => R): Promise<R> {
  if (context.transaction) return context.transaction.attempt(verb)
  const store = await open(context)
  return inTime(context, async () => onCopy(store, verb))
}

/**
 * Runs a changing verb as one transaction. The verb may run more than once (a lost race), so it must be a pure function
 * of the state: times and UUIDs are chosen before. `step` marks an undo or redo for the history. Under --dry-run the same verb runs on a state that is then dropped.
 */
export async function changeHost<R>(context: Context, verb: (state: HostState) => R, step?: HistoryStep): Promise<R> {
  if (context.transaction) return context.transaction.change(verb)
  const store = await open(context)
  if (context.settings.dryRun) return inTime(context, async () => onCopy(store, verb))
  const operation = {
    id: context.settings.operationId ?? context.io.uuid(),
    isFresh: context.settings.operationId === undefined,
    time: context.io.now().toISOString(),
    command: shellWords(context.argv),
    ...given({ step }),
  }
  return onSettled(context, (begin) =>
    store.transact(operation, (state, finder) => {
      begin(state)
      findWith(state, finder)
      return keepTrace(state, () => verb(state))
    }),
  )
}

/** Reads a state, and a newer one if its files were removed meanwhile. */
async function inTime<R>(context: Context, look: () => Promise<R>): Promise<R> {
  try {
    return await look()
  } catch (error) {
    if (!(error instanceof NvError) || error.errno !== 'ESTALE') throw error
    return (await import('./overtaken.ts')).untilFirst(context, look)
  }
}

function onCopy<R>(store: Store<HostState>, verb: (state: HostState) => R): R {
  return store.look((state, finder) => {
    if (finder !== undefined) findWith(state, finder)
    return verb(state)
  })
}

/** Opens the state directory for history and repair. `check` finds more than the checks of every change. */
export async function openStore(context: Context, check?: Check): Promise<Store<HostState>> {
  if (context.transaction)
    throw usageError('a command that reads or repairs the state files cannot be a line of a batch')
  return open(context, check)
}

type Check = (state: HostState, touched: number[]) => string[]

async function open(context: Context, check?: Check): Promise<Store<HostState>> {
  const [{ newHost }, { checkHost }, { Store: StoreClass }, { STATE }] = await Promise.all([
    import('../engine/new-host.ts'),
    import('../engine/invariants.ts'),
    import('../store/store.ts'),
    import('../contract/state-contract.ts'),
  ])
  const model = {
    schema: STATE.schema,
    contract: STATE,
    initial: () => newHost(),
    check: check ?? checkHost,
  }
  return StoreClass.open<HostState>({ dir: context.settings.stateDir, model })
}
