import { readInput } from '../../app/files.ts'
import { untilFirst } from '../../app/overtaken.ts'
import { usageError } from '../../app/usage.ts'
import type { Answer } from '../../render/answer.ts'
import { AlreadyDone } from '../../store/already-done.ts'
import type { Context } from '../context.ts'
import { type Progress, progressOf } from '../progress.ts'
import type { Interpreter } from '../spec.ts'
import { Commits } from './commits.ts'
import { Aborted, Group, type GroupRules, type LineResult } from './group.ts'
import { Interruption, Stopped } from './interruption.ts'
import { outerIo } from './line-io.ts'
import { type BatchLine, readLines } from './lines.ts'
import { BatchReport } from './report.ts'

export interface BatchOptions {
  readonly file: string
  readonly atomic: boolean
  readonly keepGoing: boolean
}

/** Commands in a commit. A larger group saves syncs, but a lost race or a refusal repeats more. */
const GROUP = 256
/** Commands between two checks for signals. */
const LOOK = 64
const SIGNAL_STATUS = { SIGINT: 130, SIGTERM: 143 } as const
/** The suffix for an operation id has to fit into the store's 128 characters. */
const LONGEST_ID = 100

/** Runs the commands of a file in groups, one commit for each; a command is answered when it is on disk. */
export async function runBatch(context: Context, options: BatchOptions, interpreter: Interpreter): Promise<Answer> {
  const { file, atomic, keepGoing } = options
  checkOptions(context, options)
  const io = outerIo(context.io)
  const name = file === '-' ? 'stdin' : file
  const lines = await readLines({ ...context, io }, name, readInput(context, file), interpreter)
  const report = new BatchReport(context, name, lines.length)
  const commits = await Commits.open(context, atomic, interpreter)
  const progress = await progressOf(context)
  const [{ print }, { report: refuse }] = await Promise.all([import('../print.ts'), import('../failure.ts')])
  const interruption = new Interruption(context.io)
  const failure = atomic ? 'abort' : keepGoing ? 'go-on' : 'stop'
  const rules: GroupRules = {
    failure,
    interpreter,
    print: (answer, settings, own) => print(answer, settings, own, context.argv),
    report: (error, argv, own) => refuse(error, argv, own, context.argv),
    before: looking(lines.length, progress, interruption),
  }
  const size = atomic ? lines.length : GROUP
  let at = 0
  try {
    while (at < lines.length && (report.status === 0 || keepGoing)) {
      const group = lines.slice(at, at + size)
      const known = await commits.repeated(group)
      if (known > 0) report.repeated(group.slice(0, known))
      const answered = known > 0 ? known : await answer(group)
      at += answered
    }
    return report.end()
  } catch (error) {
    progress.end()
    if (error instanceof Aborted) {
      report.add([error.result])
      return report.end('nothing was changed')
    }
    if (!(error instanceof Stopped)) throw error
    const rest = lines[at]
    return report.end(`interrupted: nothing was done from line ${rest?.number ?? 0} on`, SIGNAL_STATUS[error.signal])
  } finally {
    progress.end()
    interruption.end()
  }

  /** Runs a group and prints its answers. Returns the number of answered lines. */
  async function answer(group: readonly BatchLine[]): Promise<number> {
    let results: LineResult[]
    try {
      const lines = new Group(group, rules, io)
      results = await untilFirst(context, () => lines.run((some, act) => commits.commit(some, act)))
    } catch (error) {
      // Another process runs the same batch and was faster; the next search finds its commits.
      if (error instanceof AlreadyDone && !atomic) return 0
      throw error
    }
    progress.end()
    report.add(results)
    return results.length
  }
}

function checkOptions(context: Context, { atomic, keepGoing }: BatchOptions): void {
  if (atomic && keepGoing) throw usageError('--atomic is all or nothing and cannot go with --keep-going')
  if ((context.settings.operationId?.length ?? 0) > LONGEST_ID) {
    throw usageError(`the operation id of a batch has at most ${LONGEST_ID} characters`)
  }
}

/** Reports progress at intervals and yields for signals. */
function looking(total: number, progress: Progress, interruption: Interruption) {
  return ({ index, text }: BatchLine) => {
    if (index % LOOK !== 0) return
    progress.say(`${index}/${total} ${text}`)
    return interruption.look()
  }
}
