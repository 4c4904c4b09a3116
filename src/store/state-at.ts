import { NvError } from '../errors/nv-error.ts'
import type { Disk } from './disk/disk.ts'
import { errnoOf } from './disk/failure.ts'
import { type HistoryEntry, history } from './history.ts'
import type { Json } from './json/json.ts'
import { list, loadSnapshot } from './load.ts'
import { MaterializedState } from './materialized-state.ts'
import type { Shard } from './slots.ts'

/**
 * The state as it was after change `seq`, from the newest kept snapshot before it and the changes since; 0 is the state
 * before the first change. The sums of what is read are checked.
 * Throws NvError `not-found` for a change that is yet to come, or too old: the files of eight epochs back are kept.
 */
export function stateAt(disk: Disk, schema: number, seq: number): Json {
  const changes = history(disk, schema, Number.POSITIVE_INFINITY)
  const newest = changes.at(-1)?.seq ?? 0
  if (seq > newest) throw notKept(disk, `there is no change ${seq} yet: the newest is ${newest}`)
  const image = imageBefore(disk, schema, seq)
  if (!image) throw tooOld(disk, seq, changes)
  return seq === 0 ? initialTree(disk, changes) : advanced(disk, image, changes, seq)
}

function advanced(disk: Disk, image: MaterializedState, changes: readonly HistoryEntry[], seq: number): Json {
  for (const change of changes) {
    if (change.seq <= image.seq || change.seq > seq) continue
    if (change.seq !== image.seq + 1) throw tooOld(disk, seq, changes)
    image.applyPatch(change.patch)
    image.seq = change.seq
  }
  if (image.seq !== seq) throw tooOld(disk, seq, changes)
  return image.current().tree()
}

/** The first change starts by setting the whole of what was there before it. */
function initialTree(disk: Disk, changes: readonly HistoryEntry[]): Json {
  const [first] = changes
  const root = first?.seq === 1 ? first.patch[0] : undefined
  if (root?.[0].length !== 0 || root[1] === undefined) throw tooOld(disk, 0, changes)
  const image = new MaterializedState(NO_SHARDS, disk.contract)
  image.setRoot(image.filled([], root[1]))
  return image.current().tree()
}

/** The newest snapshot that is not after `seq`, or the empty beginning; undefined where neither is kept. */
function imageBefore(disk: Disk, schema: number, seq: number): MaterializedState | undefined {
  const { snaps = [], logs = [] } = list(disk) ?? {}
  for (const epoch of [...snaps].reverse()) {
    try {
      const image = loadSnapshot(disk, epoch, schema)
      if (image.seq <= seq) return image
    } catch (error) {
      // Tidied away by somebody's checkpoint: so are those before it.
      if (errnoOf(error) !== 'ENOENT') throw error
      return undefined
    }
  }
  return logs[0] === 0 ? new MaterializedState(NO_SHARDS, disk.contract) : undefined
}

const NO_SHARDS = {
  read(slot: Shard): Buffer {
    throw new Error(`there is no shard of ${slot.bdf} before the first snapshot`)
  },
  words(name: string): Buffer {
    throw new Error(`there is no ${name} before the first snapshot`)
  },
  damage: (slot: Shard, problem: string) => new Error(`${slot.bdf}: ${problem}`),
}

function tooOld(disk: Disk, seq: number, changes: readonly HistoryEntry[]): NvError {
  const oldest = changes[0]?.seq
  const since = oldest === undefined ? 'no change is' : `the oldest change that is kept is ${oldest}`
  return notKept(disk, `the state after change ${seq} is no longer kept: ${since}`)
}

function notKept(disk: Disk, message: string): NvError {
  return new NvError({
    errno: 'ENOENT',
    code: 'not-found',
    at: 'store history',
    message,
    hint: 'nvgpu history list',
    object: disk.dir,
  })
}
