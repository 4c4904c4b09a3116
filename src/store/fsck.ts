import { NvError } from '../abi/nv-error.ts'
import { completeCheckpoints, publish } from './checkpoint.ts'
import { type Disk, syncDirectory } from './disk.ts'
import { refusal } from './failure.ts'
import { checkFile, checkLog } from './fsck-file.ts'
import { copyJson } from './json.ts'
import { idsName, logName, SHARDS, shardName, snapName, sortShards } from './layout.ts'
import { Loan } from './lend.ts'
import { list, load, loadSnapshot } from './load.ts'
import { canBeShard } from './snapshot.ts'
import type { Model, StateTree } from './state-tree.ts'
import { asideOf, isApart, isStranger, setAside } from './stray.ts'

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
  readonly schema: number
  readonly repair: boolean
  /** epochs of snapshots that are none of this host's */
  readonly strangers: Set<number>
  report(file: string, severity: FsckFinding['severity'], problem: string, mend?: Mend): void
}

export interface Mend {
  readonly text: string
  readonly run: () => void
}

/**
 * Checks the sum of every file and record, that all files which others name are there, and the model's rules. Brings back,
 * if `repair` says so: any single flipped bit, by its sum; a snapshot or shard, from the epoch before and its log; of a log
 * damaged in the middle, the changes before the damage. Files are checked oldest first, so one mend can build on another.
 * What was never part of the succession it sets aside: it removes nothing that somebody may want to look at.
 *
 * A repair is for one process alone: it changes a record in place. Throws NvError `newer-schema`, and what reading fails with.
 */
export function fsck<S extends StateTree>(disk: Disk, model: Model<S>, repair: boolean): FsckReport {
  const findings: FsckFinding[] = []
  const check: Check = {
    disk,
    schema: model.schema,
    repair,
    strangers: new Set(),
    report(file, severity, problem, mend) {
      if (repair) mend?.run()
      findings.push({ file, severity, problem, mend: mend?.text, mended: repair && mend !== undefined })
    },
  }
  checkFiles(check)
  checkNames(check)
  checkCurrent(check)
  const verdict = judge(disk, model)
  for (const { file, problem } of verdict.problems) {
    const pending = !repair && findings.some((finding) => finding.file === file && finding.mend !== undefined)
    if (!pending) check.report(file, 'loss', problem)
  }
  return { ok: verdict.problems.length === 0, seq: verdict.seq, epoch: verdict.epoch, findings }
}

function checkFiles(check: Check): void {
  const { snaps = [], logs = [], ids = [] } = list(check.disk) ?? {}
  const shards = sortShards(shardNames(check.disk)).filter(({ temporary }) => !temporary)
  const epochs = [...new Set([...snaps, ...logs, ...ids, ...shards.map(({ epoch }) => epoch)])].sort((a, b) => a - b)
  for (const epoch of epochs) {
    if (ids.includes(epoch)) checkFile(check, idsName(epoch), epoch)
    if (snaps.includes(epoch) && !checkStranger(check, epoch)) checkFile(check, snapName(epoch), epoch)
    for (const shard of shards) if (shard.epoch === epoch) checkFile(check, shard.name, epoch)
    if (logs.includes(epoch)) checkLog(check, epoch)
  }
}

/** Whether a snapshot is none of this host's. What is older has been checked and mended before. */
function checkStranger(check: Check, epoch: number): boolean {
  const { disk, strangers } = check
  if (!isStranger(disk, check.schema, epoch, strangers)) return false
  strangers.add(epoch)
  reportStray(check, snapName(epoch), 'is of an epoch this host has not come to, and keeps it from being read')
  return true
}

function reportStray(check: Check, name: string, problem: string): void {
  const aside = asideOf(check.disk, name)
  const run = () => setAside(check.disk, name, aside)
  check.report(name, 'damage', problem, { text: `set aside as ${aside}`, run })
}

function checkNames(check: Check): void {
  const { disk } = check
  const { snaps = [], logs = [], ids = [], temporary = [] } = list(disk) ?? {}
  const newest = snaps.findLast((epoch) => !check.strangers.has(epoch))
  const leftovers = [...temporary, ...sortShards(shardNames(disk)).filter((shard) => shard.temporary)]
  for (const { name } of leftovers) {
    const run = () => disk.files.unlink(`${disk.dir}/${name}`)
    check.report(name, 'note', 'is a checkpoint file that was never finished', { text: 'removed', run })
  }
  if (newest === undefined) return
  if (isApart(disk, newest)) {
    check.report(logName(newest), 'loss', 'is missing, with all that led up to it')
  } else if (!logs.includes(newest)) {
    const run = () => {
      disk.files.close(disk.files.open(`${disk.dir}/${logName(newest)}`, 'create'))
      syncDirectory(disk)
    }
    const text = 'an empty log is begun: changes made after the checkpoint are lost'
    check.report(logName(newest), 'loss', 'is missing, with the changes since the last checkpoint', { text, run })
  }
  const present = new Set(shardNames(disk).map((name) => `${SHARDS}/${name}`))
  const image = attempt(disk, () => loadSnapshot(disk, newest, check.schema, 'check'))
  if (image instanceof NvError) return
  for (const epoch of image.idFiles) if (!ids.includes(epoch)) checkFile(check, idsName(epoch), epoch)
  for (const slot of image.slots) {
    if (!canBeShard(slot.bdf, slot.epoch, newest)) continue
    const name = shardName(slot.bdf, slot.epoch)
    if (!present.has(name)) checkFile(check, name, slot.epoch)
  }
}

function checkCurrent(check: Check): void {
  const { disk, schema } = check
  const { logs = [] } = list(disk) ?? {}
  const image = attempt(disk, () => load(disk, schema, 'check'))
  if (image instanceof NvError) {
    if (image.code === 'newer-schema') throw image
    offerSalvage(check)
    return
  }
  if (!image) return
  // Writers would go on in it when they come to its epoch. The list is older than the image, so nobody has just begun it.
  for (const epoch of logs.filter((each) => each > image.epoch))
    reportStray(check, logName(epoch), 'is of an epoch this host has not come to')
  if (!image.sealed && image.epoch === image.snapshot) return
  const run = () => completeCheckpoints(disk, schema)
  check.report(logName(image.snapshot), 'note', 'has ended, and its checkpoint is not complete', {
    text: 'completed',
    run,
  })
}

function offerSalvage(check: Check): void {
  const { disk, schema } = check
  const { snaps = [], logs = [] } = list(disk) ?? {}
  if (!logs.includes(snaps.at(-1) ?? 0)) return
  const image = attempt(disk, () => load(disk, schema, 'salvage'))
  if (image instanceof NvError || !image?.rooted || image.sealed) return
  const { epoch } = image
  const text = `the state goes back to change ${image.seq}; what came after it is lost`
  const problem = `is damaged behind change ${image.seq}`
  check.report(logName(epoch), 'loss', problem, { text, run: () => publish(disk, image) })
}

function judge<S extends StateTree>(disk: Disk, model: Model<S>) {
  const problems: { file: string; problem: string }[] = []
  const image = attempt(disk, () => load(disk, model.schema, 'check'))
  if (image instanceof NvError) return { problems: [problemOf(disk, image)], seq: 0, epoch: 0 }
  if (!image?.rooted) return { problems, seq: 0, epoch: 0 }
  for (let index = 0; index < image.slots.length; index++) {
    const tree = attempt(disk, () => copyJson(image.baseOf(index)))
    if (tree instanceof NvError) problems.push(problemOf(disk, tree))
  }
  if (problems.length === 0) {
    const { state } = new Loan<S>(image, (error) => error)
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
