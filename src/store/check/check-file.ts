import { shardFile } from '../checkpoint/checkpoint.ts'
import { isIdList, keptIds } from '../checkpoint/operation-ids.ts'
import { ShardFields } from '../checkpoint/shard-fields.ts'
import { snapshotBytes } from '../checkpoint/snapshot.ts'
import { corrected, correctFile } from '../disk/bit-correction.ts'
import { fileCrcFits, withCrc } from '../disk/checked-file.ts'
import { type Disk, readWhole, replaceFile, syncDirectory, unlessErrno } from '../disk/disk.ts'
import { idsName, SHARDS, shardName, snapName } from '../disk/layout.ts'
import type { Json } from '../json/json.ts'
import { PatchError } from '../json/patch.ts'
import { list, loadEpoch, loadSnapshot } from '../load.ts'
import { type MaterializedState, treeStart } from '../materialized-state.ts'
import { changedIndexFiles } from '../name-index.ts'
import { attempt, type Check, reportOrphan, setAside } from './check.ts'

/** A file of operation ids with none in it. */
const NO_IDS = withCrc('[]\n')

/** Checks the checksum of a snapshot, shard or file of ids of `epoch`, and looks for a way to restore a bad file. */
export function checkFile(check: Check, name: string, epoch: number): void {
  if (check.checked.has(name)) return
  check.checked.add(name)
  const bytes = attempt(() => readWhole(check.disk, name).bytes)
  const isWhole = bytes !== undefined && fileCrcFits(bytes)
  if (isWhole && isOfName(name, bytes)) return
  const damage = isWhole ? 'is whole, and the file of something else' : 'does not have the checksum it was written with'
  const problem = bytes ? damage : 'is missing or cannot be read'
  const turned = bytes && turnBack(bytes)
  const rebuilt = turned ?? rebuild(check, name, epoch)
  const naming = name === idsName(epoch) ? namingIds(check, epoch) : []
  if (!rebuilt && name === idsName(epoch) && naming.every((named) => named === false)) {
    reportOrphan(check, name, `${problem}, and no checkpoint names it`)
    return
  }
  const whole = rebuilt ?? (naming.findLast((named) => named !== undefined) ? NO_IDS : undefined)
  if (!whole || (name.startsWith(SHARDS) && !canHaveShards(check.disk))) {
    check.report(name, 'damage', problem)
    return
  }
  const from = rebuilt
    ? `written again from epoch ${epoch - 1} and its log`
    : 'begun anew: operations before the last thousand can be repeated'
  const aside = isDirectory(check.disk, name) ? '; the directory in its place is set aside' : ''
  const text = `${turned ? 'one flipped bit is turned back' : from}${aside}`
  check.report(name, 'damage', problem, { text, run: () => write(check.disk, name, whole) })
}

function isDirectory(disk: Disk, name: string): boolean {
  return attempt(() => disk.files.lstat(`${disk.dir}/${name}`).kind) === 'directory'
}

function write(disk: Disk, name: string, bytes: Buffer): void {
  const isShard = name.startsWith(SHARDS)
  if (isShard && unlessErrno('EEXIST', () => disk.files.mkdir(`${disk.dir}/${SHARDS}`))) syncDirectory(disk)
  if (isDirectory(disk, name)) setAside(disk, name)
  replaceFile(disk, name, bytes)
  syncDirectory(disk, isShard ? SHARDS : '')
}

/** For each snapshot, oldest first, whether it names the file of ids of `epoch`; undefined for an unreadable one. */
function namingIds({ disk, schema }: Check, epoch: number): (boolean | undefined)[] {
  const { snaps = [] } = list(disk) ?? {}
  return snaps.map((snap) => attempt(() => loadSnapshot(disk, snap, schema).idFiles.includes(epoch)))
}

function turnBack(bytes: Buffer): Buffer | undefined {
  const correction = correctFile(bytes)
  const whole = correction && corrected(bytes, correction)
  return whole && fileCrcFits(whole) ? whole : undefined
}

/** A checkpoint is a pure function of the epoch before it, as long as that is kept. */
function rebuild(check: Check, name: string, epoch: number): Buffer | undefined {
  return attempt(() => {
    const state = stateBefore(check, epoch)
    if (!state.sealed) return undefined
    if (name.startsWith(SHARDS)) {
      const nameOf = (index: number) => shardName(state.shards[index]?.bdf ?? '', epoch)
      const index = state.changedShards().find((each) => nameOf(each) === name)
      if (index !== undefined) return shardFile(state, index)[1]
      for (const [file, bytes] of changedIndexFiles(state)) if (file === name) return bytes
      return undefined
    }
    const ids = keptIds(check.disk, state)
    return name === snapName(epoch) ? snapshotBytes(state, ids) : ids.file?.[1]
  })
}

/** The state at the end of the log before an epoch. */
function stateBefore({ disk, schema, images }: Check, epoch: number): MaterializedState {
  const known = images.get(epoch)
  if (known) return known
  const state = loadEpoch(disk, epoch - 1, schema)
  images.clear()
  images.set(epoch, state)
  return state
}

/** Whether the shard directory is a directory, or is missing and can be made. */
function canHaveShards(disk: Disk): boolean {
  const kind = attempt(() => disk.files.lstat(`${disk.dir}/${SHARDS}`).kind)
  return kind === undefined || kind === 'directory'
}

/** Whether the content of a whole file belongs to its name. The first line of an index file is checked on reading. */
function isOfName(name: string, bytes: Buffer): boolean {
  if (name.startsWith('ids.')) return isIdList(bytes)
  const address = /^shards\/(\w+)-(\w\w)-(\w\w\.\w)\./.exec(name)?.slice(1).join(':')
  return address === undefined || addressIn(bytes) === address
}

function addressIn(bytes: Buffer): Json | undefined {
  try {
    return ShardFields.parse(bytes.toString('utf8', treeStart(bytes))).get('bdf')
  } catch (error) {
    if (error instanceof PatchError || error instanceof SyntaxError) return undefined
    throw error
  }
}
