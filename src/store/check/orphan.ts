import { NvError } from '../../errors/nv-error.ts'
import { NewerSchema, parseSnapshot } from '../checkpoint/snapshot.ts'
import { fileCrcFits } from '../disk/checked-file.ts'
import { type Disk, readWhole, syncDirectory } from '../disk/disk.ts'
import { damaged, errnoOf } from '../disk/failure.ts'
import { KEPT_EPOCHS, logName, snapName } from '../disk/layout.ts'
import { list, loadFrom, loadSnapshot } from '../load.ts'
import type { Check } from './fsck.ts'

/**
 * Whether a snapshot of a high epoch is a stranger: the copy of an editor or a backup, which the host never came to. Reading
 * starts from the newest snapshot and does not ask, for a real one whose log is lost looks much the same, and to pass it over
 * would be to go back behind changes that were acknowledged.
 *
 * The proof is in the protocol: a checkpoint comes after the seal of the log before it, and its own log is there before it is. So
 * one that has no log was never made here if what is older leads, sums and all, to a log that still goes on. A log can lose
 * its end, though: a whole snapshot right behind it is taken for real. Where the last log has ended, only epochs so far
 * ahead are strange that its files would have been tidied away. `strangers` are those found before.
 */
export function isOrphan(disk: Disk, schema: number, epoch: number, strangers: ReadonlySet<number>): boolean {
  if (hasLog(disk, schema, epoch)) return false
  const { snaps = [] } = list(disk) ?? {}
  const older = snaps.filter((other) => other < epoch && !strangers.has(other)).at(-1) ?? 0
  const image = attempt(() => loadFrom(disk, older, schema))
  if (image === undefined || !image.rooted || image.epoch >= epoch) return false
  const ahead = epoch - image.epoch
  return image.sealed ? ahead > KEPT_EPOCHS + 1 : ahead > 1 || !isWhole(disk, schema, epoch)
}

/**
 * Whether a snapshot is a copy of that of another epoch: it is whole, and says so itself. The log of that epoch is where it
 * belongs, or was tidied away: one that was given another number together with its log is all there is of its changes.
 */
export function isMisnamed(disk: Disk, schema: number, epoch: number): boolean {
  const { logs = [] } = list(disk) ?? {}
  const bytes = attempt(() => readWhole(disk, snapName(epoch)).bytes)
  if (!bytes || !fileCrcFits(bytes)) return false
  try {
    const { epoch: own } = parseSnapshot(bytes, schema)
    return own !== epoch && (logs.includes(own) || logs.every((log) => log > own))
  } catch (error) {
    if (error instanceof NewerSchema || error instanceof SyntaxError || error instanceof TypeError) return false
    throw error
  }
}

/** Whether a snapshot has a log of its own. An empty one beside what is no snapshot is that of a repair by an earlier version. */
export function hasLog(disk: Disk, schema: number, epoch: number): boolean {
  if (list(disk)?.logs.includes(epoch) !== true) return false
  return isWhole(disk, schema, epoch) || attempt(() => readWhole(disk, logName(epoch)).bytes.length) !== 0
}

function isWhole(disk: Disk, schema: number, epoch: number): boolean {
  return attempt(() => loadSnapshot(disk, epoch, schema)) !== undefined
}

/** Whether a snapshot has no log, and nothing leads up to it: so one that is no part of the succession stands out in a listing. */
export function isDetached(disk: Disk, epoch: number): boolean {
  const { snaps = [], logs = [] } = list(disk) ?? {}
  const before = epoch - 1
  return !logs.includes(epoch) && !logs.includes(before) && !snaps.includes(before) && logs.some((log) => log < before)
}

/** Reports a file that is none of this host's, with the mend that is to set it aside. */
export function reportOrphan({ disk, report }: Check, name: string, problem: string): void {
  report(name, 'damage', problem, {
    text: `set aside as ${asideOf(disk, name)}`,
    leaves: null,
    run: () => setAside(disk, name),
  })
}

/** Gives a file, or a directory in the place of one, a name that the store passes over. */
export function setAside(disk: Disk, name: string): void {
  disk.files.rename(`${disk.dir}/${name}`, `${disk.dir}/${asideOf(disk, name)}`)
  syncDirectory(disk, name.slice(0, Math.max(name.lastIndexOf('/'), 0)))
}

/** The name under which a file is out of the way: the store passes it over, and a person still has it. */
export function asideOf(disk: Disk, name: string): string {
  const start = name.lastIndexOf('/') + 1
  const names = disk.files.readdir(`${disk.dir}/${name.slice(0, start)}`.replace(/\/$/, ''))
  for (let count = 1; ; count++) {
    const aside = `${name}.aside${count > 1 ? `-${count}` : ''}`
    if (!names.includes(aside.slice(start))) return aside
  }
}

/** What it means that the newest snapshot, or what it needs, is not there or does not read, and nobody has come further meanwhile. */
export function incomplete(disk: Disk, epoch: number, cause: unknown): unknown {
  if (!isDetached(disk, epoch)) {
    return errnoOf(cause) === 'ENOENT' ? damaged(disk.dir, missingName(cause, epoch), 'is missing', cause) : cause
  }
  const name = `${disk.dir}/${snapName(epoch)}`
  return new NvError({
    errno: 'EUCLEAN',
    code: 'corrupt',
    at: 'store load',
    message: `${name} is not of this host: it has no log, and nothing leads up to epoch ${epoch}`,
    hint: 'nvgpu host fsck --repair',
    object: name,
    cause,
  })
}

function missingName(error: unknown, epoch: number): string {
  const path = typeof error === 'object' && error !== null && 'path' in error ? String(error.path) : logName(epoch)
  return path.slice(path.lastIndexOf('/') + 1)
}

function attempt<T>(step: () => T): T | undefined {
  try {
    return step()
  } catch (error) {
    if (error instanceof NvError || errnoOf(error) !== undefined) return undefined
    throw error
  }
}
