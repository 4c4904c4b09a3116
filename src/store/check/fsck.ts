import { NvError } from '../../errors/nv-error.ts'
import { completeCheckpoints } from '../checkpoint/checkpoint.ts'
import { tidied } from '../checkpoint/prune.ts'
import { canBeShard } from '../checkpoint/snapshot.ts'
import { type Disk, replaceFile, syncDirectory } from '../disk/disk.ts'
import { refusal } from '../disk/failure.ts'
import {
  idsName,
  KEPT_EPOCHS,
  logName,
  nameIndexName,
  SHARDS,
  shardName,
  snapName,
  sortShards,
} from '../disk/layout.ts'
import { copyJson } from '../json/json.ts'
import { StateView } from '../lazy-state.ts'
import { list, load, loadReachable, loadSnapshot } from '../load.ts'
import type { MaterializedState } from '../materialized-state.ts'
import type { Model, StateTree } from '../model.ts'
import { checkFile, checkLog, salvaged } from './check-file.ts'
import { checkOwners } from './check-owner.ts'
import { afterMends } from './foresight.ts'
import { asideOf, hasLog, isDetached, isMisnamed, isOrphan, reportOrphan } from './orphan.ts'

/** Something about a file of the state directory that is not as it should be. */
export interface FsckFinding {
  /** relative to the state directory */
  readonly file: string
  /** `note`: harmless. `damage`: wrong, but only history or repair would miss it, or it can be brought back. `loss`: gone. */
  readonly severity: 'note' | 'damage' | 'loss'
  /** one sentence without a full stop */
  readonly problem: string
  /** what a repair does about it; undefined if there is nothing to do or nothing that can be done */
  readonly mend: string | undefined
  /** whether that was done */
  readonly mended: boolean
}

export interface FsckReport {
  /** whether, as things stand at the end, every change acknowledged so far can be read and the state keeps its rules */
  readonly ok: boolean
  /** number of the newest change that can be read; 0 if none can */
  readonly seq: number
  /** epoch of the current log */
  readonly epoch: number
  readonly findings: readonly FsckFinding[]
}

/** What the parts of a check share. */
export interface Check {
  readonly disk: Disk
  /** the disk with all mends so far, also those that are only spoken of */
  readonly mended: Disk
  readonly schema: number
  /** names of the files looked at so far */
  readonly checked: Set<string>
  /** what came before the epoch that was last written again */
  readonly images: Map<number, MaterializedState>
  /** epochs of snapshots that are none of this host's */
  readonly strangers: Set<number>
  report(file: string, severity: FsckFinding['severity'], problem: string, mend?: Mend): void
}

export interface Mend {
  readonly text: string
  /** what the file holds afterwards, null if it is gone, for mends that build on it */
  readonly leaves?: Buffer | null
  readonly run: () => void
}

/**
 * Checks the sum of every file and record, that all files which others name are there, who can write them, and the model's
 * rules. Brings back, if `repair` says so: any single flipped bit, by its sum; a snapshot or shard, from the epoch before and
 * its log; of a log damaged in the middle, the changes before the damage. Files are checked oldest first, those that are
 * missing among them, so one mend can build on another; and a repair looks again until it finds nothing more to mend.
 * What was never part of the succession it sets aside: it removes nothing that somebody may want to look at.
 *
 * A repair is for one process alone: it changes a record in place. Throws NvError `newer-schema`, and what reading fails with.
 */
export function fsck<S extends StateTree>(
  { files, dir, owner, contract }: Disk,
  model: Model<S>,
  repair: boolean,
): FsckReport {
  // Whom a file belongs to is a finding of its own: its content is looked at all the same.
  const disk = { files, dir, contract }
  if (repair) return repairAll(disk, model, owner)
  for (let looks = 1; ; looks++) {
    const before = namesOf(disk)
    const found = look(disk, model, owner, false)
    const after = namesOf(disk)
    if (found.findings.length === 0 || after.join('\n') === before.join('\n')) return found
    // Checkpoints came in between: they tidied away what had been on the list, and made what was not on it yet.
    const report = withoutPassing(disk, found, before, after)
    if (report.findings.length === 0 || looks === MOST_LOOKS) return report
  }
}

/** A mend can uncover what another one needs, or bring to light what nobody could look at. */
function repairAll<S extends StateTree>(disk: Disk, model: Model<S>, owner: number | undefined): FsckReport {
  const findings: FsckFinding[] = []
  for (let looks = 1; ; looks++) {
    const report = look(disk, model, owner, true)
    const known = new Set(findings.map(({ file, problem }) => `${file} ${problem}`))
    findings.push(...report.findings.filter(({ file, problem }) => !known.has(`${file} ${problem}`)))
    if (looks === MOST_LOOKS || !report.findings.some(({ mended }) => mended)) return { ...report, findings }
  }
}

/** So often a host is looked at that others work on, or that is being repaired. */
const MOST_LOOKS = 8

function namesOf(disk: Disk): string[] {
  const names = attempt(disk, () => disk.files.readdir(disk.dir))
  const shards = shardNames(disk).map((name) => `${SHARDS}/${name}`)
  return [...(names instanceof NvError ? [] : names), ...shards].sort()
}

/** What was found but for files that are gone and that nothing needs now, and those that have come since. */
function withoutPassing(
  disk: Disk,
  report: FsckReport,
  before: readonly string[],
  after: readonly string[],
): FsckReport {
  const gone = report.findings.flatMap(({ file }) => (after.includes(file) ? [] : [file]))
  const passing = attempt(disk, () => tidied(disk, gone))
  if (passing instanceof NvError) return report
  const isNew = (file: string) => after.includes(file) && !before.includes(file)
  const findings = report.findings.filter(({ file }) => !passing.has(file) && !isNew(file))
  return { ...report, ok: report.ok || findings.every(({ severity }) => severity === 'note'), findings }
}

function look<S extends StateTree>(
  disk: Disk,
  model: Model<S>,
  owner: number | undefined,
  repair: boolean,
): FsckReport {
  const findings: FsckFinding[] = []
  const mends = new Map<string, Buffer | null>()
  const check: Check = {
    disk,
    mended: repair ? disk : afterMends(disk, mends),
    schema: model.schema,
    checked: new Set(),
    images: new Map(),
    strangers: new Set(),
    report(file, severity, problem, mend) {
      if (repair) mend?.run()
      else if (mend?.leaves !== undefined) mends.set(file, mend.leaves)
      findings.push({ file, severity, problem, mend: mend?.text, mended: repair && mend !== undefined })
    },
  }
  const trusted = owner === undefined || checkOwners(check, owner)
  const writable = !repair && findings.length > 0
  checkFiles(check)
  checkNames(check)
  checkCurrent(check)
  const verdict = judge(disk, model)
  for (const { file, problem } of verdict.problems) {
    if (repair || !isPending(findings, file)) check.report(file, 'loss', problem)
  }
  return { ok: verdict.problems.length === 0 && trusted && !writable, seq: verdict.seq, epoch: verdict.epoch, findings }
}

/** Whether a repair would see to a file, or to all that is missing of a directory. */
function isPending(findings: readonly FsckFinding[], file: string): boolean {
  const inside = findings.filter((finding) => finding.file.startsWith(`${file}/`))
  const hasMend = ({ mend }: FsckFinding) => mend !== undefined
  return (
    findings.some((finding) => finding.file === file && hasMend(finding)) ||
    (inside[0] && inside.every(hasMend)) === true
  )
}

function checkFiles(check: Check): void {
  const { snaps = [], logs = [], ids = [] } = list(check.disk) ?? {}
  const shards = sortShards(shardNames(check.disk)).filter(({ temporary }) => !temporary)
  for (const epoch of snaps) checkMisnamed(check, epoch)
  const kept = keptEpochs(check)
  const written = [...snaps, ...logs, ...ids, ...shards.map(({ epoch }) => epoch)]
  const epochs = [...new Set([...written, ...kept])].sort((a, b) => a - b)
  for (const epoch of epochs) {
    const isKept = kept.includes(epoch)
    const isThere = snaps.includes(epoch) && !check.strangers.has(epoch)
    const isOwn = isThere ? !checkOrphan(check, epoch) : isKept && epoch > 0
    if (isOwn) checkFile(check, snapName(epoch), epoch)
    if (ids.includes(epoch)) checkFile(check, idsName(epoch), epoch)
    for (const shard of shards) if (shard.epoch === epoch) checkFile(check, shard.name, epoch)
    if (isOwn && epoch >= (kept[0] ?? 0)) checkNamed(check, epoch)
    if (logs.includes(epoch)) checkLog(check, epoch)
    else if (isKept && !isAside(check, epoch))
      check.report(logName(epoch), 'damage', 'is missing, and with it the history up to its end')
  }
}

function isAside({ disk }: Check, epoch: number): boolean {
  return asideOf(disk, logName(epoch)) !== `${logName(epoch)}.aside`
}

/** The epochs that have to have their files: of the newest snapshot that has a log, and those kept before it. */
function keptEpochs({ disk, schema, strangers }: Check): number[] {
  const { snaps = [], logs = [] } = list(disk) ?? {}
  const last = snaps.findLast((epoch) => !strangers.has(epoch) && hasLog(disk, schema, epoch))
  if (last === undefined) return []
  // Later ones that have lost a file may have been there when what is old was tidied away.
  let newest = last
  while (logs.includes(newest + 1) || snaps.includes(newest + 1)) newest++
  const oldest = Math.max(newest - KEPT_EPOCHS, 0)
  return Array.from({ length: Math.max(last - oldest + 1, 0) }, (_, index) => oldest + index)
}

/** Looks for the files that a snapshot names. */
function checkNamed(check: Check, epoch: number): void {
  const image = attempt(check.disk, () => loadSnapshot(check.mended, epoch, check.schema))
  if (image instanceof NvError) return
  for (const written of image.idFiles) checkFile(check, idsName(written), written)
  for (const { bdf, epoch: written } of image.slots) {
    if (canBeShard(bdf, written, epoch)) checkFile(check, shardName(bdf, written), written)
  }
  for (const [group, written] of image.indexEpochs.entries()) checkFile(check, nameIndexName(group, written), written)
}

/** Sets a snapshot under a wrong name aside, before anything is made of that name. */
function checkMisnamed(check: Check, epoch: number): void {
  if (!isMisnamed(check.disk, check.schema, epoch)) return
  check.strangers.add(epoch)
  reportOrphan(check, snapName(epoch), 'is the whole snapshot of another epoch')
}

/** Whether a snapshot is none of this host's. What is older has been checked and mended before. */
function checkOrphan(check: Check, epoch: number): boolean {
  const { disk, strangers } = check
  if (!isOrphan(disk, check.schema, epoch, strangers)) return false
  strangers.add(epoch)
  reportOrphan(check, snapName(epoch), 'is of an epoch this host has not come to, and keeps it from being read')
  return true
}

function checkNames(check: Check): void {
  const { disk } = check
  const { snaps = [], logs = [], temporary = [] } = list(disk) ?? {}
  const newest = snaps.findLast((epoch) => !check.strangers.has(epoch))
  const leftovers = [...temporary, ...sortShards(shardNames(disk)).filter((shard) => shard.temporary)]
  for (const { name } of leftovers) {
    const run = () => disk.files.unlink(`${disk.dir}/${name}`)
    check.report(name, 'note', 'is a checkpoint file that was never finished', { text: 'removed', run })
  }
  if (newest === undefined) return
  if (isDetached(disk, newest)) {
    check.report(logName(newest), 'loss', 'is missing, with all that led up to it')
  } else if (!logs.includes(newest)) {
    const run = () => {
      disk.files.close(disk.files.open(`${disk.dir}/${logName(newest)}`, 'create'))
      syncDirectory(disk)
    }
    const text = 'an empty log is begun: changes made after the checkpoint are lost'
    check.report(logName(newest), 'loss', 'is missing, with the changes since the last checkpoint', { text, run })
  }
}

function checkCurrent(check: Check): void {
  const { disk, schema } = check
  const { snaps = [], logs = [] } = list(disk) ?? {}
  const image = attempt(disk, () => loadReachable(check.mended, schema).image)
  if (image instanceof NvError) {
    if (image.code === 'newer-schema') throw image
    offerSalvage(check)
    return
  }
  if (!image) return
  // Writers would go on in it when they come to its epoch. The list is older than the image, so nobody has just begun it.
  for (const epoch of logs.filter((each) => each > image.epoch))
    reportOrphan(check, logName(epoch), 'is of an epoch this host has not come to')
  for (const epoch of logs) if (epoch < image.snapshot && snaps.includes(epoch)) setDamagedAside(check, epoch)
  if (!image.sealed && image.epoch === image.snapshot) return
  const run = () => completeCheckpoints(disk, schema)
  check.report(logName(image.snapshot), 'note', 'has ended, and its checkpoint is not complete', {
    text: 'completed',
    run,
  })
}

/** Of logs that lead to the state now and are damaged, keeps what can be read. */
function offerSalvage(check: Check): void {
  const { disk, mended, schema } = check
  const image = attempt(disk, () => loadReachable(mended, schema, true).image)
  if (image instanceof NvError || !image?.rooted) return
  for (let epoch = image.snapshot; epoch <= image.epoch; epoch++) {
    const log = attempt(disk, () => salvaged(check, epoch))
    if (log === undefined || log instanceof NvError) continue
    const name = logName(epoch)
    const aside = asideOf(disk, name)
    const text = `the state goes back to change ${log.seq}; what came after it is lost, and in ${aside}`
    const run = () => {
      replaceFile(disk, aside, log.damaged)
      syncDirectory(disk)
      replaceFile(disk, name, log.whole)
      syncDirectory(disk)
    }
    check.report(name, 'loss', `is damaged behind change ${log.seq}`, { text, leaves: log.whole, run })
  }
}

/** A log that is only history: what comes after it does not need it. */
function setDamagedAside(check: Check, epoch: number): void {
  const log = attempt(check.disk, () => salvaged(check, epoch))
  if (log === undefined || log instanceof NvError) return
  reportOrphan(check, logName(epoch), `is damaged behind change ${log.seq}, and the history with it`)
}

function judge<S extends StateTree>(disk: Disk, model: Model<S>) {
  const problems: { file: string; problem: string }[] = []
  const image = attempt(disk, () => load(disk, model.schema))
  if (image instanceof NvError) return { problems: [problemOf(disk, image)], seq: 0, epoch: 0 }
  if (!image?.rooted) return { problems, seq: 0, epoch: 0 }
  for (let index = 0; index < image.slots.length; index++) {
    const tree = attempt(disk, () => copyJson(image.baseOf(index)))
    if (tree instanceof NvError) problems.push(problemOf(disk, tree))
  }
  if (problems.length === 0) {
    const { state } = new StateView<S>(image.current(), (error) => error)
    const file = logName(image.epoch)
    try {
      const wrong = model.check(state, [...state.gpus.keys()])
      problems.push(...wrong.map((rule) => ({ file, problem: `leads to a state that breaks its rules: ${rule}` })))
    } catch (error) {
      problems.push({ file, problem: `leads to what does not read as a state: ${String(error)}` })
    }
  }
  return { problems, seq: image.seq, epoch: image.epoch }
}

function attempt<T>(disk: Disk, step: () => T): T | NvError {
  try {
    return step()
  } catch (error) {
    const refused = refusal(error, 'store fsck', disk.dir)
    if (refused instanceof NvError) return refused
    throw error
  }
}

function problemOf(disk: Disk, error: NvError): { file: string; problem: string } {
  const file = error.object?.startsWith(`${disk.dir}/`) ? error.object.slice(disk.dir.length + 1) : '.'
  return { file, problem: error.message.replace(`${error.object} `, '') }
}

function shardNames(disk: Disk): string[] {
  const names = attempt(disk, () => disk.files.readdir(`${disk.dir}/${SHARDS}`))
  return names instanceof NvError ? [] : names
}
