import { NvError } from '../../errors/nv-error.ts'
import { shardBytes } from '../checkpoint/checkpoint.ts'
import { isList, keptIds } from '../checkpoint/operation-ids.ts'
import { ShardFields } from '../checkpoint/shard-fields.ts'
import { snapshotBytes } from '../checkpoint/snapshot.ts'
import { type BitCorrection, correctFile, correctLine, mended } from '../disk/bit-correction.ts'
import { CRC_LINE, fileCrcFits, withCrc } from '../disk/checked-file.ts'
import { type Disk, readWhole, replaceFile, syncDirectory, unlessErrno } from '../disk/disk.ts'
import { errnoOf } from '../disk/failure.ts'
import { idsName, logName, SHARDS, shardName, snapName } from '../disk/layout.ts'
import type { Json } from '../json/json.ts'
import { PatchError } from '../json/patch.ts'
import { list, loadEpoch, loadSnapshot } from '../load.ts'
import { damageOf } from '../log/cut-record.ts'
import { frame, type LogRecord, readLines } from '../log/record.ts'
import { replayRecords } from '../log/replay.ts'
import { type MaterializedState, treeStart } from '../materialized-state.ts'
import { changedIndexFiles } from '../name-index.ts'
import type { Check } from './fsck.ts'
import { reportOrphan, setAside } from './orphan.ts'

const NO_SUM = 'does not have the checksum it was written with'

/** A file of operation ids that has none. */
const NO_IDS = withCrc('[]\n')

/** Checks a snapshot, shard or file of ids of `epoch` against its sum, and looks for a way to bring it back if it is wrong or missing. */
export function checkFile(check: Check, name: string, epoch: number): void {
  if (check.checked.has(name)) return
  check.checked.add(name)
  const bytes = read(check, name)
  if (bytes && isWhole(bytes) && isOfName(name, bytes)) return
  const sum = bytes && isWhole(bytes) ? 'is whole, and the file of something else' : NO_SUM
  const problem = bytes ? sum : 'is missing or cannot be read'
  const turned = bytes && turnBack(bytes)
  const again = turned ?? rebuild(check, name, epoch)
  const naming = name === idsName(epoch) ? namingIds(check, epoch) : []
  if (!again && name === idsName(epoch) && naming.every((named) => named === false)) {
    reportOrphan(check, name, `${problem}, and no checkpoint names it`)
    return
  }
  const whole = again ?? (naming.findLast((named) => named !== undefined) ? NO_IDS : undefined)
  if (!whole || (name.startsWith(SHARDS) && !hasPlace(check))) {
    check.report(name, 'damage', problem)
    return
  }
  const text = turned
    ? 'one flipped bit is turned back'
    : again
      ? `written again from epoch ${epoch - 1} and its log`
      : 'begun anew: operations before the last thousand can be repeated'
  const aside = isDirectory(check.disk, name) ? '; the directory in its place is set aside' : ''
  check.report(name, 'damage', problem, { text: text + aside, leaves: whole, run: () => write(check, name, whole) })
}

function isDirectory(disk: Disk, name: string): boolean {
  return tryTo(() => disk.files.lstat(`${disk.dir}/${name}`).kind) === 'directory'
}

function write({ disk }: Check, name: string, bytes: Buffer): void {
  const isShard = name.startsWith(SHARDS)
  if (isShard && unlessErrno('EEXIST', () => disk.files.mkdir(`${disk.dir}/${SHARDS}`))) syncDirectory(disk)
  if (isDirectory(disk, name)) setAside(disk, name)
  replaceFile(disk, name, bytes)
  syncDirectory(disk, isShard ? SHARDS : '')
}

/** For each snapshot, oldest first, whether it names the file of ids of `epoch`; undefined for one that does not read. */
function namingIds(check: Check, epoch: number): (boolean | undefined)[] {
  const { snaps = [] } = list(check.mended) ?? {}
  return snaps.map((snap) => {
    return tryTo(() => loadSnapshot(check.mended, snap, check.schema).idFiles.includes(epoch))
  })
}

/** Checks every line of a log: each is a record with its sum, or what killed writers and power cuts leave. */
export function checkLog(check: Check, epoch: number): void {
  const name = logName(epoch)
  const bytes = read(check, name)
  if (!bytes) {
    check.report(name, 'damage', 'cannot be read')
    return
  }
  let cut = 0
  readLines(bytes, ({ start, end, record }) => {
    if (record) return
    const mend = correctLine(bytes, start, end)
    const fault = damageOf(bytes, start, end, 0)
    if (mend) reportBit(check, epoch, bytes, mend)
    else if (fault) check.report(name, 'damage', `is damaged at byte ${start}: ${fault}`)
    else cut++
  })
  if (cut)
    check.report(name, 'note', `has ${cut} unfinished record${cut > 1 ? 's' : ''} of commands that were cut short`)
}

/** The changes of a damaged log that can be read, as a log; undefined if it is not damaged. */
export function salvaged(check: Check, epoch: number) {
  const start = startOf(check, epoch)
  const damaged = readWhole(check.mended, logName(epoch)).bytes
  const position = () => ({ epoch, seq: start, offset: 0, sealed: false, hole: false })
  if (tryTo(() => replayRecords(check.disk, position(), damaged, false, () => {}) ?? true)) return undefined
  const records: LogRecord[] = []
  const end = position()
  replayRecords(check.disk, end, damaged, true, (record) => records.push(record))
  if (end.sealed) records.push({ b: end.seq, seal: true })
  return { seq: end.seq, damaged, whole: Buffer.concat(records.map(frame)) }
}

function reportBit(check: Check, epoch: number, bytes: Buffer, mend: BitCorrection): void {
  const name = logName(epoch)
  const problem = `has a flipped bit at byte ${mend.offset}`
  // A record that could not be read counted as lost, and another change may have been made in its place.
  if (displaces(check, epoch, bytes, mend)) {
    check.report(name, 'damage', `${problem}, in a change that was redone`)
    return
  }
  const run = () => {
    const { files, dir } = check.disk
    const fd = files.open(`${dir}/${name}`, 'update')
    try {
      files.write(fd, Uint8Array.of(mend.value), mend.offset)
      files.fdatasync(fd)
    } finally {
      files.close(fd)
    }
  }
  check.report(name, 'damage', problem, {
    text: 'one flipped bit is turned back',
    leaves: mended(read(check, name) ?? bytes, mend),
    run,
  })
}

/** Whether with the mend a change that counts now would not count any more. */
function displaces(check: Check, epoch: number, bytes: Buffer, mend: BitCorrection): boolean {
  const start = tryTo(() => startOf(check, epoch))
  if (start === undefined) return false
  const after = new Set(winners(mended(bytes, mend), start))
  return winners(bytes, start).some((line) => !after.has(line))
}

/** The number of the last change before a log: its snapshot has it, or the log before it if that one is to come yet. */
function startOf(check: Check, epoch: number): number {
  if (epoch === 0) return 0
  if (list(check.disk)?.snaps.includes(epoch)) return loadSnapshot(check.mended, epoch, check.schema).seq
  const { bytes } = readWhole(check.disk, logName(epoch - 1))
  const start = startOf(check, epoch - 1)
  return start + winners(bytes, start).length
}

/** Where the records are that count. */
function winners(bytes: Buffer, start: number): number[] {
  const lines: number[] = []
  let sealed = false
  readLines(bytes, (line) => {
    if (sealed || line.record?.b !== start + lines.length) return
    if ('seal' in line.record) sealed = true
    else lines.push(line.start)
  })
  return lines
}

function turnBack(bytes: Buffer): Buffer | undefined {
  const mend = correctFile(bytes)
  const whole = mend && mended(bytes, mend)
  return whole && isWhole(whole) ? whole : undefined
}

/** A checkpoint is a pure function of the epoch before it, as long as that is still there. */
function rebuild(check: Check, name: string, epoch: number): Buffer | undefined {
  return tryTo(() => {
    const image = imageBefore(check, epoch)
    if (!image.sealed) return undefined
    if (name.startsWith(SHARDS)) return rebuildShard(image, name)
    const ids = keptIds(check.mended, image)
    return name === snapName(epoch) ? snapshotBytes(image, ids) : ids.file?.[1]
  })
}

/** All that came before an epoch. */
function imageBefore({ mended, schema, images }: Check, epoch: number): MaterializedState {
  const known = images.get(epoch)
  if (known) return known
  const image = loadEpoch(mended, epoch - 1, schema)
  images.clear()
  images.set(epoch, image)
  return image
}

function rebuildShard(image: MaterializedState, name: string): Buffer | undefined {
  const { slots, epoch } = image
  const index = slots.changed().find((each) => shardName(slots.get(each)?.bdf ?? '', epoch + 1) === name)
  if (index !== undefined) return shardBytes(image, index)
  for (const [other, bytes] of changedIndexFiles(image)) if (other === name) return bytes
  return undefined
}

/** Whether the directory of shards is one, or can be made: what a link stands for is nothing of ours. */
function hasPlace({ disk }: Check): boolean {
  const kind = tryTo(() => disk.files.lstat(`${disk.dir}/${SHARDS}`).kind)
  return kind === undefined || kind === 'directory'
}

/** Whether a whole file is what its name says. A search passes over words of something else. */
function isOfName(name: string, bytes: Buffer): boolean {
  if (name.startsWith('ids.')) return isList(bytes)
  const address = /^shards\/(\w+)-(\w\w)-(\w\w\.\w)\./.exec(name)?.slice(1).join(':')
  return address === undefined || tryTo(() => addressIn(bytes)) === address
}

function addressIn(bytes: Buffer): Json | undefined {
  try {
    return ShardFields.read(bytes, treeStart(bytes)).base('bdf')
  } catch (error) {
    if (error instanceof PatchError || error instanceof SyntaxError) return undefined
    throw error
  }
}

function isWhole(bytes: Buffer): boolean {
  return bytes[CRC_LINE - 1] === 10 && fileCrcFits(bytes)
}

function read(check: Check, name: string): Buffer | undefined {
  return tryTo(() => readWhole(check.mended, name).bytes)
}

function tryTo<T>(step: () => T): T | undefined {
  try {
    return step()
  } catch (error) {
    if (error instanceof NvError || errnoOf(error) !== undefined) return undefined
    throw error
  }
}
