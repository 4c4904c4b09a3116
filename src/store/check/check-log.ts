import { type BitCorrection, corrected, correctLine } from '../disk/bit-correction.ts'
import { readWhole, replaceFile, syncDirectory } from '../disk/disk.ts'
import { logName } from '../disk/layout.ts'
import { list, loadSnapshot } from '../load.ts'
import { damageOf } from '../log/cut-record.ts'
import { frame, type LogRecord, readLines } from '../log/record.ts'
import { replayRecords } from '../log/replay.ts'
import { asideOf, attempt, type Check, reportOrphan } from './check.ts'

/** Checks every line of a log: it is a record with its checksum, or the rest of a killed write or a power cut. */
export function checkLog(check: Check, epoch: number): void {
  const name = logName(epoch)
  const bytes = attempt(() => readWhole(check.disk, name).bytes)
  if (!bytes) {
    check.report(name, 'damage', 'cannot be read')
    return
  }
  let cut = 0
  readLines(bytes, ({ start, end, record }) => {
    if (record) return
    const correction = correctLine(bytes, start, end)
    const damage = damageOf(bytes, start, end, 0)
    if (correction) reportBit(check, epoch, bytes, correction)
    else if (damage) check.report(name, 'damage', `is damaged at byte ${start}: ${damage}`)
    else cut++
  })
  if (cut)
    check.report(name, 'note', `has ${cut} unfinished record${cut > 1 ? 's' : ''} of commands that were cut short`)
}

/** Offers to keep the readable changes of a damaged log that leads to the state now. */
export function offerSalvage(check: Check, epoch: number): void {
  const { disk } = check
  const log = attempt(() => salvaged(check, epoch))
  if (log === undefined) return
  const name = logName(epoch)
  const aside = asideOf(disk, name)
  const text = `the state goes back to change ${log.seq}; what came after it is lost, and in ${aside}`
  const run = () => {
    replaceFile(disk, aside, log.damaged)
    syncDirectory(disk)
    replaceFile(disk, name, log.whole)
    syncDirectory(disk)
  }
  check.report(name, 'loss', `is damaged behind change ${log.seq}`, { text, run })
}

/** Reports a damaged log that only the history needs. */
export function reportDamagedHistory(check: Check, epoch: number): void {
  const log = attempt(() => salvaged(check, epoch))
  if (log !== undefined)
    reportOrphan(check, logName(epoch), `is damaged behind change ${log.seq}, and the history with it`)
}

/** The readable changes of a damaged log, as a log; undefined if the log is not damaged. */
function salvaged(check: Check, epoch: number) {
  const start = startOf(check, epoch)
  const damaged = readWhole(check.disk, logName(epoch)).bytes
  const position = () => ({ epoch, seq: start, offset: 0, sealed: false, hole: false })
  if (attempt(() => replayRecords(check.disk, position(), damaged, false, () => {}) ?? true)) return undefined
  const records: LogRecord[] = []
  const end = position()
  replayRecords(check.disk, end, damaged, true, (record) => records.push(record))
  if (end.sealed) records.push({ b: end.seq, seal: true })
  return { seq: end.seq, damaged, whole: Buffer.concat(records.map(frame)) }
}

function reportBit(check: Check, epoch: number, bytes: Buffer, correction: BitCorrection): void {
  const name = logName(epoch)
  const problem = `has a flipped bit at byte ${correction.offset}`
  // An unreadable record lost its race, and another change may have been made in its place.
  if (displaces(check, epoch, bytes, correction)) {
    check.report(name, 'damage', `${problem}, in a change that was redone`)
    return
  }
  const run = () => {
    const { files, dir } = check.disk
    const fd = files.open(`${dir}/${name}`, 'update')
    try {
      files.write(fd, Uint8Array.of(correction.value), correction.offset)
      files.fdatasync(fd)
    } finally {
      files.close(fd)
    }
  }
  check.report(name, 'damage', problem, { text: 'one flipped bit is turned back', run })
}

/** Whether a change that counts now would no longer count after the correction. */
function displaces(check: Check, epoch: number, bytes: Buffer, correction: BitCorrection): boolean {
  const start = attempt(() => startOf(check, epoch))
  if (start === undefined) return false
  const after = new Set(winners(corrected(bytes, correction), start))
  return winners(bytes, start).some((line) => !after.has(line))
}

/** The number of the last change before a log: from its snapshot, or from the log before it while there is none. */
function startOf(check: Check, epoch: number): number {
  const { disk, schema } = check
  if (epoch === 0) return 0
  if (list(disk)?.snaps.includes(epoch)) return loadSnapshot(disk, epoch, schema).seq
  const start = startOf(check, epoch - 1)
  return start + winners(readWhole(disk, logName(epoch - 1)).bytes, start).length
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
