import { parseSnapshot } from '../checkpoint/snapshot.ts'
import { readChecked } from '../disk/checked-file.ts'
import { readWhole } from '../disk/disk.ts'
import { KEPT_EPOCHS, logName, snapName } from '../disk/layout.ts'
import { list, loadFrom, loadSnapshot } from '../load.ts'
import { attempt, type Check } from './check.ts'

/**
 * Whether a snapshot of a high epoch is an orphan: the copy of an editor or a backup, of an epoch that the host never
 * reached. A reader starts from the newest snapshot and does not ask: a real one whose log is lost looks much the same, and
 * to ignore it would drop acknowledged changes.
 *
 * A checkpoint follows the seal of the log before it, and its own log is there first. So a snapshot without a log was never
 * made here if the older files lead, with valid checksums, to a log that goes on. That log can have lost its end: a whole
 * snapshot right behind it counts as real. If the last log has ended, a snapshot is an orphan only if it is so far ahead
 * that the files of the last log would have been pruned.
 */
export function isOrphan(check: Check, epoch: number): boolean {
  const { disk, schema, orphans } = check
  if (hasLog(check, epoch)) return false
  const { snaps = [] } = list(disk) ?? {}
  const older = snaps.filter((other) => other < epoch && !orphans.has(other)).at(-1) ?? 0
  const state = attempt(() => loadFrom(disk, older, schema))
  if (state === undefined || !state.rooted || state.epoch >= epoch) return false
  const ahead = epoch - state.epoch
  return state.sealed ? ahead > KEPT_EPOCHS + 1 : ahead > 1 || !isWhole(check, epoch)
}

/**
 * Whether a snapshot is a whole copy of the snapshot of another epoch. The log of that epoch has its own name or was pruned:
 * a snapshot that was renamed together with its log is the only one of its changes.
 */
export function isMisnamed({ disk, schema }: Check, epoch: number): boolean {
  const { logs = [] } = list(disk) ?? {}
  const bytes = attempt(() => readChecked(disk, snapName(epoch)))
  if (bytes === undefined) return false
  try {
    const { epoch: own } = parseSnapshot(bytes, schema)
    return own !== epoch && (logs.includes(own) || logs.every((log) => log > own))
  } catch {
    return false
  }
}

/** Whether a snapshot has a log of its own. An empty log does not count beside a damaged snapshot: old repairs made those. */
export function hasLog(check: Check, epoch: number): boolean {
  const { disk } = check
  if (list(disk)?.logs.includes(epoch) !== true) return false
  return isWhole(check, epoch) || attempt(() => readWhole(disk, logName(epoch)).bytes.length) !== 0
}

function isWhole({ disk, schema }: Check, epoch: number): boolean {
  return attempt(() => loadSnapshot(disk, epoch, schema)) !== undefined
}
