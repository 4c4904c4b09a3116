import { NvError } from '../../errors/nv-error.ts'
import { completeCheckpoint } from '../checkpoint/checkpoint.ts'
import { unneeded } from '../checkpoint/prune.ts'
import { canBeShard } from '../checkpoint/snapshot.ts'
import { type Disk, syncDirectory } from '../disk/disk.ts'
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
import { Overlay } from '../disk/overlay.ts'
import { copyJson } from '../json/json.ts'
import { StateView } from '../lazy-state.ts'
import { isDetached, list, load, loadReachable, loadSnapshot, newestSnapshot } from '../load.ts'
import type { Model, StateTree } from '../model.ts'
import { asideOf, attempt, type Check, type FsckFinding, reportOrphan } from './check.ts'
import { checkFile } from './check-file.ts'
import { checkLog, offerSalvage, reportDamagedHistory } from './check-log.ts'
import { areOwnersRight, checkOwners } from './check-owners.ts'
import { hasLog, isMisnamed, isOrphan } from './orphan.ts'

export interface FsckReport {
  /** whether, at the end, every acknowledged change can be read and the state keeps its rules */
  readonly ok: boolean
  /** number of the newest change that can be read; 0 if none can */
  readonly seq: number
  /** epoch of the current log */
  readonly epoch: number
  readonly findings: readonly FsckFinding[]
}

/** Largest number of passes over a host that others use, or that is being repaired. */
const MOST_PASSES = 8

/**
 * Checks the checksum of every file and record, the presence of all files that others name, the file modes, and the model's
 * rules. A repair restores: a single flipped bit, by its checksum; a snapshot or shard, from the epoch before and its log; of
 * a log damaged in the middle, the changes before the damage. Files are checked oldest first, so that one repair can build
 * on another; passes are repeated until nothing more can be repaired. Files that are not of this host are renamed, not
 * removed.
 *
 * A repair changes records in place: no other process may run. Throws NvError `newer-schema`, and errors of reading.
 */
export function fsck<S extends StateTree>({ owner, ...disk }: Disk, model: Model<S>, repair: boolean): FsckReport {
  // The owner of a file is a finding of its own: the content is checked all the same.
  if (repair) return repairAll(disk, model, owner)
  for (let tries = 1; ; tries++) {
    const before = namesOf(disk)
    const report = foresee(disk, model, owner)
    const after = namesOf(disk)
    if (report.findings.length === 0 || after.join('\n') === before.join('\n')) return report
    // Checkpoints came in between: they pruned files that were listed, and made new ones.
    const lasting = withoutPassing(disk, report, before, after)
    if (lasting.findings.length === 0 || tries === MOST_PASSES) return lasting
  }
}

/** Repairs a copy in memory: the findings are those of a repair, the verdict is that of the files as they are. */
function foresee<S extends StateTree>(disk: Disk, model: Model<S>, owner: number | undefined): FsckReport {
  const report = repairAll({ ...disk, files: new Overlay(disk.files) }, model, owner)
  const isChanged = report.findings.some(({ mended }) => mended)
  const findings = report.findings.map((finding) => ({ ...finding, mended: false }))
  if (!isChanged) return { ...report, findings }
  const { problems, seq, epoch } = judge(disk, model)
  const isTrusted = owner === undefined || areOwnersRight(disk, owner)
  return { ok: problems.length === 0 && isTrusted, seq, epoch, findings }
}

/** A repair can restore a file that another repair needs, or uncover further damage. */
function repairAll<S extends StateTree>(disk: Disk, model: Model<S>, owner: number | undefined): FsckReport {
  const findings: FsckFinding[] = []
  for (let passes = 1; ; passes++) {
    const report = pass(disk, model, owner)
    const known = new Set(findings.map(({ file, problem }) => `${file} ${problem}`))
    findings.push(...report.findings.filter(({ file, problem }) => !known.has(`${file} ${problem}`)))
    if (passes === MOST_PASSES || !report.findings.some(({ mended }) => mended)) return { ...report, findings }
  }
}

function namesOf(disk: Disk): string[] {
  const names = attempt(() => disk.files.readdir(disk.dir)) ?? []
  return [...names, ...shardNames(disk).map((name) => `${SHARDS}/${name}`)].sort()
}

/** The report without files that were pruned or created meanwhile. */
function withoutPassing(
  disk: Disk,
  report: FsckReport,
  before: readonly string[],
  after: readonly string[],
): FsckReport {
  const gone = report.findings.flatMap(({ file }) => (after.includes(file) ? [] : [file]))
  const pruned = attempt(() => unneeded(disk, gone))
  if (pruned === undefined) return report
  const isNew = (file: string) => after.includes(file) && !before.includes(file)
  const findings = report.findings.filter(({ file }) => !pruned.has(file) && !isNew(file))
  return { ...report, ok: report.ok || findings.every(({ severity }) => severity === 'note'), findings }
}

/** Checks and repairs everything once, oldest files first. */
function pass<S extends StateTree>(disk: Disk, model: Model<S>, owner: number | undefined): FsckReport {
  const findings: FsckFinding[] = []
  const check: Check = {
    disk,
    schema: model.schema,
    checked: new Set(),
    images: new Map(),
    orphans: new Set(),
    report(file, severity, problem, repair) {
      repair?.run()
      findings.push({ file, severity, problem, mend: repair?.text, mended: repair !== undefined })
    },
  }
  const isTrusted = owner === undefined || checkOwners(check, owner)
  checkFiles(check)
  checkNames(check)
  checkCurrent(check)
  const { problems, seq, epoch } = judge(disk, model)
  for (const { file, problem } of problems) check.report(file, 'loss', problem)
  return { ok: problems.length === 0 && isTrusted, seq, epoch, findings }
}

function checkFiles(check: Check): void {
  const { snaps = [], logs = [], ids = [] } = list(check.disk) ?? {}
  const shards = sortShards(shardNames(check.disk)).filter(({ temporary }) => !temporary)
  for (const epoch of snaps) {
    if (isMisnamed(check, epoch)) reportOrphanSnapshot(check, epoch, 'is the whole snapshot of another epoch')
  }
  const kept = keptEpochs(check)
  const written = [...snaps, ...logs, ...ids, ...shards.map(({ epoch }) => epoch)]
  const epochs = [...new Set([...written, ...kept])].sort((a, b) => a - b)
  for (const epoch of epochs) {
    const isKept = kept.includes(epoch)
    const isOwn = snaps.includes(epoch) && !check.orphans.has(epoch) ? !checkOrphan(check, epoch) : isKept && epoch > 0
    if (isOwn) checkFile(check, snapName(epoch), epoch)
    if (ids.includes(epoch)) checkFile(check, idsName(epoch), epoch)
    for (const shard of shards) if (shard.epoch === epoch) checkFile(check, shard.name, epoch)
    if (isOwn && epoch >= (kept[0] ?? 0)) checkNamed(check, epoch)
    if (logs.includes(epoch)) checkLog(check, epoch)
    else if (isKept && asideOf(check.disk, logName(epoch)) === `${logName(epoch)}.aside`)
      check.report(logName(epoch), 'damage', 'is missing, and with it the history up to its end')
  }
}

/** The epochs that must have their files: that of the newest snapshot that has a log, and those kept before it. */
function keptEpochs(check: Check): number[] {
  const { snaps = [], logs = [] } = list(check.disk) ?? {}
  const last = snaps.findLast((epoch) => !check.orphans.has(epoch) && hasLog(check, epoch))
  if (last === undefined) return []
  // Later epochs that have lost a file may have been there when old files were pruned.
  let newest = last
  while (logs.includes(newest + 1) || snaps.includes(newest + 1)) newest++
  const oldest = Math.max(newest - KEPT_EPOCHS, 0)
  return Array.from({ length: Math.max(last - oldest + 1, 0) }, (_, index) => oldest + index)
}

/** Checks the files that a snapshot names. */
function checkNamed(check: Check, epoch: number): void {
  const state = attempt(() => loadSnapshot(check.disk, epoch, check.schema))
  if (state === undefined) return
  for (const written of state.idFiles) checkFile(check, idsName(written), written)
  for (const shard of state.shards) {
    if (canBeShard(shard, epoch)) checkFile(check, shardName(shard.bdf, shard.epoch), shard.epoch)
  }
  for (const [group, written] of state.indexEpochs.entries()) checkFile(check, nameIndexName(group, written), written)
}

function reportOrphanSnapshot(check: Check, epoch: number, problem: string): void {
  check.orphans.add(epoch)
  reportOrphan(check, snapName(epoch), problem)
}

/** Whether a snapshot is an orphan. Older files have been checked before. */
function checkOrphan(check: Check, epoch: number): boolean {
  if (!isOrphan(check, epoch)) return false
  reportOrphanSnapshot(check, epoch, 'is of an epoch this host has not come to, and keeps it from being read')
  return true
}

function checkNames(check: Check): void {
  const { disk } = check
  const { snaps = [], logs = [], temporary = [] } = list(disk) ?? {}
  const newest = snaps.findLast((epoch) => !check.orphans.has(epoch))
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
  const state = readOrRefuse(disk, () => loadReachable(disk, schema).state)
  if (state instanceof NvError) {
    if (state.code === 'newer-schema') throw state
    const readable = attempt(() => loadReachable(disk, schema, true).state)
    if (!readable?.rooted) return
    for (let epoch = readable.snapshot; epoch <= readable.epoch; epoch++) offerSalvage(check, epoch)
    return
  }
  if (!state) return
  // Writers would go on in such a log when they reach its epoch. It is not new: it was listed before the state was read.
  for (const epoch of logs.filter((each) => each > state.epoch))
    reportOrphan(check, logName(epoch), 'is of an epoch this host has not come to')
  for (const epoch of logs) if (epoch < state.snapshot && snaps.includes(epoch)) reportDamagedHistory(check, epoch)
  if (!state.sealed && state.epoch === state.snapshot) return
  // On a host in use there may always be another one.
  const run = () => {
    for (let left = MOST_PASSES; left > 0 && completeCheckpoint(disk, newestSnapshot(disk), schema); left--);
  }
  check.report(logName(state.snapshot), 'note', 'has ended, and its checkpoint is not complete', {
    text: 'completed',
    run,
  })
}

function judge<S extends StateTree>(disk: Disk, model: Model<S>) {
  const problems: { file: string; problem: string }[] = []
  const state = readOrRefuse(disk, () => load(disk, model.schema))
  if (state instanceof NvError) return { problems: [problemOf(disk, state)], seq: 0, epoch: 0 }
  if (!state?.rooted) return { problems, seq: 0, epoch: 0 }
  for (const index of state.shards.keys()) {
    const tree = readOrRefuse(disk, () => copyJson(state.gpuTree(index)))
    if (tree instanceof NvError) problems.push(problemOf(disk, tree))
  }
  if (problems.length === 0) {
    const view = new StateView<S>(state.current(), (error) => error)
    const file = logName(state.epoch)
    try {
      const wrong = model.check(view.state, [...view.state.gpus.keys()])
      problems.push(...wrong.map((rule) => ({ file, problem: `leads to a state that breaks its rules: ${rule}` })))
    } catch (error) {
      problems.push({ file, problem: `leads to what does not read as a state: ${String(error)}` })
    }
  }
  return { problems, seq: state.seq, epoch: state.epoch }
}

/** The result of a step, or the refusal of damaged files and failed file operations. */
function readOrRefuse<T>(disk: Disk, step: () => T): T | NvError {
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
  return attempt(() => disk.files.readdir(`${disk.dir}/${SHARDS}`)) ?? []
}
