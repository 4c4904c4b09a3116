import { readHost } from '../../contract/read-host.ts'
import type { Change } from '../../contract/views/change.ts'
import type { HostView } from '../../contract/views/host.ts'
import { checkHost } from '../../engine/invariants.ts'
import { ringProblems } from '../../engine/ring-rules.ts'
import type { HostState } from '../../engine/state.ts'
import { lostVgpus, namedVgpus } from '../../engine/verbs/lost-vgpus.ts'
import { hostView } from '../../engine/views/host.ts'
import { NvError } from '../../errors/nv-error.ts'
import type { HistoryEntry } from '../../store/history.ts'
import { diff } from '../../store/json/diff.ts'
import type { Json } from '../../store/json/json.ts'
import type { HistoryStep } from '../../store/log/record.ts'
import type { Store } from '../../store/store.ts'
import type { Context } from '../context.ts'
import { Overtaken, untilFirst } from '../overtaken.ts'
import { changeHost, openStore } from '../transaction.ts'
import { revert } from './revert.ts'
import { stepsOf } from './steps.ts'

/** `nvgpu rollback SEQ`: restores the whole host of an earlier change, as a new change. */
export async function rollback(context: Context, seq: number, force: boolean): Promise<Change<HostView>> {
  return bringBack(context, (store, changes) => {
    refuseMigrations(
      changes.filter((change) => change.seq > seq),
      force,
    )
    const past = store.at(seq)
    return { make: () => past }
  })
}

/** A change of the host, and the earlier one that it reverts or repeats. */
export interface Retraced {
  readonly change: Change<HostView>
  readonly of: HistoryEntry
}

/**
 * `nvgpu undo [SEQ]`: reverts one change. Without a number it goes back by one step, and repeated calls go further back. An
 * older change can be reverted only if no later change touched the same places.
 */
export async function undo(context: Context, asked: number | undefined, force: boolean): Promise<Retraced> {
  return retrace(context, (store, changes) => {
    const newest = asked === undefined ? stepsOf(changes).done.at(-1) : changes.at(-1)
    const target = changes.find((one) => one.seq === (asked ?? newest?.seq))
    if (!target) throw asked === undefined ? nothingTo('undo') : noSuchChange(asked, changes)
    refuseMigrations([target], force)
    const before = store.at(target.seq - 1)
    if (target === newest) {
      const step = { kind: 'undo', of: target.seq } as const
      return { of: target, make: () => before, ...(asked === undefined ? { step } : {}) }
    }
    const after = store.at(target.seq)
    const later = changes.filter(({ seq }) => seq > target.seq)
    const make = (now: HostState) => {
      const result = revert(target, later, { before, after, now })
      if (result.kind === 'entangled') throw entangled(target, result)
      return result.tree
    }
    return { of: target, make }
  })
}

/** `nvgpu redo`: repeats the change that was undone last, if no other change was made since. */
export async function redo(context: Context, force: boolean): Promise<Retraced> {
  return retrace(context, (store, changes) => {
    const target = stepsOf(changes).undone.at(-1)
    if (!target) throw nothingTo('redo')
    refuseMigrations([target], force)
    const after = store.at(target.seq)
    return { of: target, make: () => after, step: { kind: 'redo', of: target.seq } }
  })
}

/** A new state, computed from the history. */
interface Plan {
  readonly make: (now: HostState) => Json
  readonly step?: HistoryStep
}

type Prepare<P extends Plan> = (store: Store<HostState>, changes: readonly HistoryEntry[]) => P

async function retrace(context: Context, prepare: Prepare<Plan & Pick<Retraced, 'of'>>): Promise<Retraced> {
  let of: HistoryEntry | undefined
  const change = await bringBack(context, (store, changes) => {
    const plan = prepare(store, changes)
    of = plan.of
    return plan
  })
  if (!of) throw new Error('no change was chosen')
  return { change, of }
}

/**
 * Replaces the newest state by one computed from the history. The history is read first; the change is made only if the
 * newest state is still the one at the end of that history.
 */
async function bringBack(context: Context, prepare: Prepare<Plan>): Promise<Change<HostView>> {
  return untilFirst(context, async () => {
    const store = await openStore(context)
    const changes = store.history()
    const newest = changes.at(-1)
    if (!newest) throw noSuchChange(undefined, changes)
    const { plan, last } = stillKept(store, changes, () => ({
      plan: prepare(store, changes),
      last: store.at(newest.seq),
    }))
    const verb = (state: HostState) => {
      if (diff(last, state).length > 0) throw new Overtaken()
      const past = asHost(plan.make(state))
      const changed = diff(last, past).length > 0
      if (!changed) return { changed, items: [hostView(state)], warnings: ['the host is so already'] }
      const before = namedVgpus(state)
      Object.assign(state, past)
      return { changed, items: [hostView(state)], warnings: lostVgpus(before, state) }
    }
    return changeHost(context, verb, plan.step)
  })
}

/** Reads past states. "No longer kept" is reported only if no checkpoint removed files since the history was read. */
function stillKept<R>(store: Store<HostState>, changes: readonly HistoryEntry[], look: () => R): R {
  try {
    return look()
  } catch (error) {
    const isGone = error instanceof NvError && error.code === 'not-found'
    if (isGone && store.history()[0]?.seq !== changes[0]?.seq) throw new Overtaken()
    throw error
  }
}

/** A past state may come from an older version, and a state merged from two may not be a valid host. */
function asHost(tree: Json): HostState {
  const judged = readHost(tree)
  if ('problem' in judged) throw impossible(`the state of that time does not have the current form: ${judged.problem}`)
  const host = judged.value
  const rings = host.gpus.flatMap((gpu, index) => ringProblems(gpu, `host.gpus[${index}]`))
  const [broken] = [...rings, ...checkHost(host, [...host.gpus.keys()])]
  if (broken !== undefined) throw impossible(`the host would be inconsistent without that change: ${broken}`)
  return host
}

/** Rolling back one side of a migration would duplicate the vGPU or lose it. */
function refuseMigrations(changes: readonly HistoryEntry[], force: boolean): void {
  const moved = changes.find(({ seq, patch }) =>
    (seq === 1 ? patch.slice(1) : patch).some(([[root]]) => root === 'migrations'),
  )
  if (!moved || force) return
  throw new NvError({
    errno: 'EBUSY',
    code: 'conflict',
    at: 'history',
    message: `change ${moved.seq} (${moved.command}) is one side of a migration, and the other host would not know of the revert`,
    hint: 'repeat with --force if the vGPU is not on the other host',
    object: String(moved.seq),
  })
}

function entangled({ seq, command }: HistoryEntry, { place, by }: { place: string; by: number }): NvError {
  return new NvError({
    errno: 'EBUSY',
    code: 'conflict',
    at: 'undo',
    message: `change ${seq} (${command}) cannot be reverted alone: the later change ${by} touched ${place}`,
    hint: `nvgpu rollback ${seq - 1}, which reverts all later changes too`,
    object: String(seq),
  })
}

function impossible(message: string): NvError {
  return new NvError({ errno: 'EINVAL', code: 'conflict', at: 'history', message, hint: 'nvgpu history list' })
}

function nothingTo(act: 'undo' | 'redo'): NvError {
  const message =
    act === 'undo' ? 'every change that is kept is undone' : 'no change was undone since the newest other change'
  return new NvError({ errno: 'ENOENT', code: 'not-found', at: 'history', message, hint: 'nvgpu history list' })
}

function noSuchChange(asked: number | undefined, changes: readonly HistoryEntry[]): NvError {
  const oldest = changes[0]?.seq
  const message =
    oldest === undefined
      ? 'nothing has been changed yet'
      : `change ${asked} is not kept: the changes ${oldest} to ${changes.at(-1)?.seq} are`
  return new NvError({ errno: 'ENOENT', code: 'not-found', at: 'history', message, hint: 'nvgpu history list' })
}
