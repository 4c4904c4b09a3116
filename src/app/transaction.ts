import type { Host } from '../engine/host.ts'
import type { HostViews } from '../engine/host-views.ts'
import type { HostState } from '../engine/state.ts'
import { NvError } from '../errors/nv-error.ts'
import { shellWords } from '../errors/shell-words.ts'
import type { Store } from '../store/store.ts'
import type { Context } from './context.ts'
import { recorded } from './keep-trace.ts'
import { onSettled } from './migration/unsettled.ts'
import { usageError } from './usage.ts'

type Look<R> = (host: HostViews, state: HostState) => R

/** Runs a verb that only looks, and loads only what it takes to look. A reader writes nothing, not even the state directory. */
export async function readHost<R>(context: Context, look: Look<R>): Promise<R> {
  if (context.inHand) return context.inHand.look(look)
  return inTime(context, () => readOnce(context, look))
}

async function readOnce<R>(context: Context, look: Look<R>): Promise<R> {
  const [views, store, { STATE }] = await Promise.all([
    import('../engine/host-views.ts'),
    import('../store/read.ts'),
    import('../contract/state-contract.ts'),
  ])
  const place = store.placeOf({ dir: context.settings.stateDir, contract: STATE })
  const loan = store.readState<HostState>(place, STATE.schema)
  const state = loan?.state ?? (await import('../engine/host.ts')).newHost()
  if (loan !== undefined) views.findWith(state, loan)
  const unsettled = state.migrations
  const act = () => look(new views.HostViews(state), state)
  const seen = loan === undefined ? act() : loan.look(act)
  if (unsettled.length > 0) (await import('./migration/pending.ts')).remind(context, unsettled)
  return seen
}

/** Runs a verb of the whole model on a copy that is dropped, for what only an actor can say. */
export async function tryHost<R>(context: Context, verb: (host: Host, state: HostState) => R): Promise<R> {
  if (context.inHand) return context.inHand.attempt(verb)
  const { engine, store } = await open(context)
  return inTime(context, async () => onCopy(engine, store, verb))
}

/**
 * Runs a verb that changes, as one transaction. The verb may run more than once (a lost race), so it must be a pure
 * function of the state: times and UUIDs are chosen before. Under --dry-run the same verb runs on a state that is
 * then dropped.
 */
export async function changeHost<R>(context: Context, verb: (host: Host, state: HostState) => R): Promise<R> {
  if (context.inHand) return context.inHand.change(verb)
  const { engine, store } = await open(context)
  if (context.settings.dryRun) return inTime(context, async () => onCopy(engine, store, verb))
  const operation = {
    id: context.settings.operationId ?? context.io.uuid(),
    isFresh: context.settings.operationId === undefined,
    time: context.io.now().toISOString(),
    command: shellWords(context.argv),
  }
  return onSettled(context, (begin) =>
    store.transact(operation, (state, finder) => {
      begin(state)
      engine.findWith(state, finder)
      return recorded(engine, state, () => verb(new engine.Host(state), state))
    }),
  )
}

/** Looks at a state, and at a newer one where that has gone while it was looked at. */
async function inTime<R>(context: Context, look: () => Promise<R>): Promise<R> {
  try {
    return await look()
  } catch (error) {
    if (!(error instanceof NvError) || error.errno !== 'ESTALE') throw error
    return (await import('./overtaken.ts')).untilFirst(context, look)
  }
}

type Engine = typeof import('../engine/host.ts')

function onCopy<R>(engine: Engine, store: Store<HostState>, verb: (host: Host, state: HostState) => R): R {
  return store.look((state, finder) => {
    if (finder !== undefined) engine.findWith(state, finder)
    return verb(new engine.Host(state), state)
  })
}

/** Opens the state directory for what is neither: history and repair. `check` finds more than what every change is held to. */
export async function openStore(context: Context, check?: Check): Promise<Store<HostState>> {
  if (context.inHand) throw usageError('what reads or mends the files of the state cannot be a line of a batch')
  return (await open(context, check)).store
}

type Check = (state: HostState, touched: number[]) => string[]

async function open(context: Context, check?: Check) {
  const [engine, { Store: StoreClass }, { STATE }] = await Promise.all([
    import('../engine/host.ts'),
    import('../store/store.ts'),
    import('../contract/state-contract.ts'),
  ])
  const model = {
    schema: STATE.schema,
    contract: STATE,
    initial: () => engine.newHost(),
    check: check ?? engine.checkHost,
  }
  return { engine, store: StoreClass.open<HostState>({ dir: context.settings.stateDir, model }) }
}
