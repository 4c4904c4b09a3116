import type { BatchLineView } from '../../contract/views/change.ts'
import type { Control } from '../../errors/text.ts'
import type { Answer } from '../../render/answer.ts'
import { changed } from '../../render/answer.ts'
import { BATCH_LINES } from '../../render/batch.ts'
import type { Context } from '../context.ts'
import { rangeText } from './commits.ts'
import type { LineResult } from './group.ts'
import type { BatchLine } from './lines.ts'

/** Prints the outcomes of lines, and keeps the output that has to wait for the end. */
export class BatchReport {
  readonly #context: Context
  readonly #name: string
  readonly #total: number
  readonly #items: BatchLineView[] = []
  #done = 0
  #changed = false
  #failed: LineResult | undefined

  /** @param name the file in messages, which has `total` commands */
  constructor(context: Context, name: string, total: number) {
    this.#context = context
    this.#name = name
    this.#total = total
  }

  /** Exit status of the first line that failed. */
  get status(): number {
    return this.#failed?.status ?? 0
  }

  /** Called when the changes of the lines are on disk. */
  add(results: readonly LineResult[]): void {
    const out: (string | Control)[] = []
    for (const result of results) {
      if (result.status === 0) this.#done += 1
      else this.#failed ??= result
      this.#changed ||= result.changed
      const { line, output, errors } = result
      if (this.#isDocument) this.#items.push(viewOf(result))
      else if (this.#context.settings.format === 'jsonl') out.push(`${JSON.stringify(viewOf(result))}\n`)
      else {
        if (typeof output === 'string') out.push(output)
        else out.push(...output)
        if (errors === '') continue
        this.#print(out.splice(0))
        this.#say(errors.trimEnd().replaceAll(/^/gm, `${this.#name}:${line.number}: `))
      }
    }
    this.#print(out)
  }

  /** Counts lines that an earlier batch with the same operation id answered; their output is unknown. */
  repeated(lines: readonly BatchLine[]): void {
    this.#done += lines.length
    this.#say(`nvgpu: batch: ${rangeText(lines)} of ${this.#name} had been done before`)
  }

  /** Prints the end: the document, if requested, and the lines that were not done. */
  end(remark?: string, status = this.status): Answer {
    const failed = this.#failed
    const { dryRun } = this.#context.settings
    if (failed !== undefined) {
      const what = remark ?? `${this.#done} of ${this.#total} commands ${dryRun ? 'would be' : 'are'} done`
      this.#say(`nvgpu: batch: ${this.#name}:${failed.line.number} failed with status ${failed.status}; ${what}`)
    } else if (remark !== undefined)
      this.#say(`nvgpu: batch: ${remark}; ${this.#done} of ${this.#total} commands are done`)
    if (this.#isDocument) {
      const answer = changed(BATCH_LINES, { changed: this.#changed, items: this.#items, warnings: [] })
      return { ...answer, status }
    }
    if (dryRun) this.#say('dry run: nothing was changed')
    return { raw: '', status }
  }

  get #isDocument(): boolean {
    return ['json', 'yaml', 'csv'].includes(this.#context.settings.format)
  }

  #say(text: string): void {
    this.#context.io.stderr.write(`${text}\n`)
  }

  #print(text: (string | Control)[]): void {
    const { stdout } = this.#context.io
    if (this.#context.settings.format === 'jsonl') stdout.data(text.join(''))
    else stdout.write(text)
  }
}

function viewOf({ line, status, output, errors }: LineResult): BatchLineView {
  const text = typeof output === 'string' ? output : [...output].join('')
  return { line: line.number, command: line.text, status, output: text, error: errors === '' ? null : errors }
}
