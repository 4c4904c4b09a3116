import type { Transaction } from '../../app/context.ts'
import type { Io } from '../../app/io.ts'
import { keepTrace } from '../../app/keep-trace.ts'
import { Overtaken } from '../../app/overtaken.ts'
import { copyState } from '../../engine/copy-state.ts'
import type { HostState } from '../../engine/state.ts'
import { NvError } from '../../errors/nv-error.ts'
import type { Text } from '../../errors/text.ts'
import type { Answer } from '../../render/answer.ts'
import { Rollback } from '../../store/rollback.ts'
import type { Settings } from '../settings.ts'
import type { Interpreter } from '../spec.ts'
import { type Chosen, LineIo } from './line-io.ts'
import type { BatchLine } from './lines.ts'

/** The part of the engine that this needs; loaded on demand. */
export interface LineResult {
  readonly line: BatchLine
  /** exit status of the command */
  readonly status: number
  readonly output: Text
  readonly errors: string
  readonly changed: boolean
  /** It failed and must leave no changes. */
  readonly refused: boolean
}

/** Runs `act` on a host until the changes of the given lines are committed. `act` may run more than once. */
export type Commit = <R>(lines: readonly BatchLine[], act: (state: HostState) => Promise<R>) => Promise<R>

export interface GroupRules {
  /** After a failed line: go on, commit the lines before it, or commit nothing. */
  readonly failure: 'go-on' | 'stop' | 'abort'
  readonly interpreter: Interpreter
  /** Prints an answer as a single command on this host would. */
  readonly print: (answer: Answer, settings: Settings, io: Io) => Promise<number>
  readonly report: (error: unknown, argv: readonly string[], io: Io) => number
  /** Called before a line runs; an error from it ends the group without a commit. */
  before(line: BatchLine): Promise<void> | void
}

/** Ends a group without a commit. */
export class Aborted extends Rollback {
  readonly result: LineResult

  constructor(result: LineResult) {
    super(`line ${result.line.number} failed`)
    this.result = result
  }
}

/** Lines of one transaction. */
export class Group {
  readonly #lines: readonly BatchLine[]
  readonly #rules: GroupRules
  readonly #io: LineIo
  /** by index of the line */
  readonly #chosen: (Chosen | undefined)[] = []
  /** the settings of the line before, and the settings they resolved to */
  #printed: { readonly settings: Settings; readonly shown: Settings } | undefined
  /**
   * Lines that are known to fail. In the kernel a refused request still changes counters, time and log, but a failed
   * command must leave no changes. So the group runs again without these lines.
   */
  readonly #failed = new Map<BatchLine, LineResult>()
  /** the number of lines to commit, if a failed line ends the group */
  #end: number | undefined

  /** @param io the I/O of its lines */
  constructor(lines: readonly BatchLine[], rules: GroupRules, io: Io) {
    this.#lines = lines
    this.#rules = rules
    this.#io = new LineIo(io)
  }

  /**
   * Runs the lines and commits their changes. Returns the outcomes of the lines that ran. @throws Aborted or Overtaken
   */
  async run(commit: Commit): Promise<LineResult[]> {
    for (;;) {
      const lines = this.#lines.slice(0, this.#end)
      let runs = 0
      try {
        const results = await commit(lines, (state) => {
          runs += 1
          // Another change came first, so the failed lines may succeed now.
          if (runs > 1 && (this.#failed.size > 0 || this.#end !== undefined)) throw this.#retry()
          return this.#pass(lines, new LineTransaction(state))
        })
        const last = this.#lines[results.length]
        const refused = last === undefined ? undefined : this.#failed.get(last)
        return refused === undefined ? results : [...results, refused]
      } catch (error) {
        if (!(error instanceof Retry)) throw error
      }
    }
  }

  async #pass(lines: readonly BatchLine[], transaction: LineTransaction): Promise<LineResult[]> {
    const results: LineResult[] = []
    for (const line of lines) {
      const before = this.#rules.before(line)
      if (before) await before
      const failed = this.#failed.size === 0 ? undefined : this.#failed.get(line)
      const result = failed ?? (await this.#runLine(line, transaction))
      if (result.status !== 0) this.#judge(result, results.length, transaction)
      results.push(result)
      transaction.next()
    }
    return results
  }

  async #runLine(line: BatchLine, transaction: LineTransaction): Promise<LineResult> {
    const own = this.#io
    const chosen = this.#chosen[line.index] ?? { ids: [], moments: [] }
    this.#chosen[line.index] = chosen
    own.begin(chosen)
    const { io } = own
    const { command, argv, settings } = line
    try {
      const answer = await command.verb.run({ io, settings, argv, transaction }, command, this.#rules.interpreter)
      const status = await this.#rules.print(answer, this.#shown(settings), io)
      const changed = 'change' in answer && answer.change?.changed === true
      return { line, status, output: own.output, errors: own.errors, changed, refused: false }
    } catch (error) {
      if (!(error instanceof NvError)) throw error
      const status = this.#rules.report(error, argv, io)
      transaction.spoilt = transaction.touched
      const refused = transaction.touched || !transaction.keptTrace
      return { line, status, output: own.output, errors: own.errors, changed: false, refused }
    }
  }

  /** The remark that nothing was changed is printed once for all lines. */
  #shown(settings: Settings): Settings {
    if (settings.format === 'json' || settings.format === 'yaml' || !settings.dryRun) return settings
    if (this.#printed?.settings !== settings) this.#printed = { settings, shown: { ...settings, dryRun: false } }
    return this.#printed.shown
  }

  /** Records a failed line. A line with partial success has its own status and keeps its changes. */
  #judge(result: LineResult, index: number, transaction: LineTransaction): void {
    const { failure } = this.#rules
    if (failure === 'abort') throw new Aborted(result)
    const end = failure === 'stop' ? index + (result.refused ? 0 : 1) : undefined
    if (result.refused) this.#failed.set(result.line, result)
    if (!transaction.spoilt && (end === undefined || end === this.#end)) return
    this.#end = end
    throw new Retry()
  }

  #retry(): Overtaken {
    this.#failed.clear()
    this.#end = undefined
    return new Overtaken()
  }
}

/** Ends an attempt; the next one knows the failed lines. */
class Retry extends Rollback {}

class LineTransaction implements Transaction {
  /** The line has changed the state. */
  touched = false
  /** The line was refused while tracing is on or a fault is armed, and keeps its records. */
  keptTrace = false
  /** A refused line has changed the state, at least counters, time and log lines. */
  spoilt = false
  readonly #state: HostState

  constructor(state: HostState) {
    this.#state = state
  }

  look<R>(look: (state: HostState) => R): R {
    return look(this.#state)
  }

  change<R>(verb: (state: HostState) => R): R {
    const before = this.touched
    this.touched = true
    try {
      return keepTrace(this.#state, () => verb(this.#state))
    } catch (error) {
      if (error instanceof NvError && 'commitAnyway' in error) {
        this.touched = before
        this.keptTrace = true
      }
      throw error
    }
  }

  next(): void {
    this.touched = false
    this.keptTrace = false
  }

  attempt<R>(verb: (state: HostState) => R): R {
    return verb(copyState(this.#state))
  }
}
