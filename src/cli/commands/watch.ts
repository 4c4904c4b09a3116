import type { Io, Writer } from '../../app/io.ts'
import { usageError } from '../../app/usage.ts'
import { oddNumber } from '../../errors/odd-number.ts'
import { shellWords } from '../../errors/shell-words.ts'
import { Control, piecesOf } from '../../errors/text.ts'
import { dateLine } from '../../render/overview.ts'
import type { Context } from '../context.ts'
import { parseStart, parseVerb } from '../parse.ts'
import type { Interpreter, NounSpec } from '../spec.ts'
import { verb } from '../spec.ts'

/** Default seconds between two runs, as in watch(1). */
const EVERY = 2
const FASTEST = 0.1

/** Added to the number of a signal that ended a process; smi has a 255 with another meaning. */
const BY_SIGNAL = 128
const LAST_SIGNAL = 64

/** Repeating a command line that is not understood changes nothing. */
const USAGE_ERROR = 2

type Pieces = readonly (string | Control)[]

const HOME = new Control('\x1b[H')
const TO_LINE_END = new Control('\x1b[K')
const TO_END = new Control('\x1b[J')
const NO_WRAP = new Control('\x1b[?7l')
const WRAP = new Control('\x1b[?7h')

export const watch: NounSpec = {
  name: 'watch',
  verbs: [
    verb({
      name: '',
      summary: 'repeat a read-only command: redrawn on a terminal, one output after the other elsewhere',
      examples: ['watch', 'watch vgpu list', 'watch -n 1 smi vgpu', 'watch --count 3 -n 0.5 gpu stats --gpu 0'],
      options: {
        interval: {
          short: 'n',
          value: 'SECONDS',
          summary: 'seconds between two runs, at least 0.1; default 2',
        },
        count: { value: 'N', summary: 'stop after N runs; default: run until interrupted' },
      },
      args: { words: { summary: 'the command with its options; default: the overview', optional: true, repeat: true } },
      changes: false,
      raw: true,
      async run(context, { args }, interpreter) {
        const own = takeOwn(args.words)
        await refuseChanges(own.words, interpreter)
        const status = await repeat(context, own, interpreter)
        return { raw: '', status }
      },
    }),
  ],
}

async function repeat(context: Context, { seconds, count, words }: Own, { run }: Interpreter): Promise<number> {
  const { io } = context
  const redraw = io.stdout.isTTY && io.env.TERM !== 'dumb'
  let status = 0
  for (let round = 0; round < count; round += 1) {
    if (round > 0) await io.sleep(seconds * 1000)
    const look = capture(context, Math.round(round * seconds * 1_000_000))
    status = await run([...globalsOf(context), ...words], look.io)
    if (status > BY_SIGNAL && status <= BY_SIGNAL + LAST_SIGNAL) return status
    const text = look.text()
    if (status === USAGE_ERROR) {
      io.stderr.write(text)
      return status
    }
    const head = `Every ${seconds} s: nvgpu ${shellWords(words)}   ${dateLine(io.now())}\n\n`
    if (redraw) io.stdout.write(screen([head, ...text], io.stdout.rows))
    else io.stdout.write([round > 0 ? '\n' : '', ...text])
    if (io.stdout.closed === true) break
  }
  return status
}

/** Draws line over line from the top, which avoids flicker; the output is cut to the screen. */
function screen(text: Pieces, rows: number | undefined): Pieces {
  const lines = linesOf(text)
  const shown = rows === undefined ? lines : lines.slice(0, Math.max(1, rows - 1))
  // The line is cleared first, since at the right edge clearing would erase its last character.
  return [NO_WRAP, HOME, ...shown.flatMap((line) => [TO_LINE_END, ...line, '\n']), TO_END, WRAP]
}

function linesOf(text: Pieces): Pieces[] {
  const lines: (string | Control)[][] = [[]]
  for (const piece of text) {
    const [first = '', ...more] = typeof piece === 'string' ? piece.split('\n') : [piece]
    lines.at(-1)?.push(first)
    for (const line of more) lines.push([line])
  }
  const last = lines.at(-1) ?? []
  return last.every((piece) => piece === '') ? lines.slice(0, -1) : lines
}

/** I/O of the repeated command: its output is kept, and it cannot change anything. */
function capture(context: Context, elapsed: number): { io: Io; text(): Pieces } {
  const { io } = context
  const parts: (string | Control)[] = []
  const writer = (like: Writer): Writer => ({
    write: (text) => {
      for (const piece of piecesOf(text)) parts.push(piece)
    },
    data: (data) => {
      parts.push(typeof data === 'string' ? data : new TextDecoder().decode(data))
    },
    isTTY: like.isTTY,
    columns: like.columns,
    rows: like.rows,
    // An endless command shows its first round only.
    closed: true,
  })
  const env = { ...io.env, NVGPU_DRY_RUN: '1' }
  return {
    io: { ...io, stdout: writer(io.stdout), stderr: writer(io.stdout), env, elapsed },
    text: () => parts,
  }
}

/** Common options before `watch` belong to the command. */
function globalsOf({ argv }: Context): string[] {
  const start = parseStart(argv)
  return start === null ? [] : argv.slice(0, Math.max(0, start.next - 1))
}

async function refuseChanges(words: readonly string[], { loadNoun }: Interpreter): Promise<void> {
  const start = parseStart(words)
  if (start === null) return
  if (start.noun === 'watch') throw usageError('watch cannot watch itself')
  const noun = await loadNoun(start.noun)
  const line = noun === undefined ? null : parseVerb(noun, words, start)
  if (line === null || !line.verb.changes || line.verb.raw === true) return
  const name = [line.noun, line.verb.name].filter((word) => word !== '').join(' ')
  throw usageError(`${name} changes the host, and watch is for read-only commands`, {
    hint: 'nvgpu watch vgpu list',
  })
}

interface Own {
  readonly seconds: number
  readonly count: number
  /** the repeated command */
  readonly words: readonly string[]
}

function takeOwn(all: readonly string[]): Own {
  let seconds = EVERY
  let count = Number.POSITIVE_INFINITY
  let at = 0
  while (at < all.length) {
    const [name = '', joined] = (all[at] ?? '').split(/=(.*)/s)
    if (name === '--') return { seconds, count, words: all.slice(at + 1) }
    if (!['-n', '--interval', '--count'].includes(name)) break
    const text = joined ?? all[at + 1] ?? ''
    if (name === '--count') count = positive(text, name, 1)
    else seconds = positive(text, name, FASTEST)
    at += joined === undefined ? 2 : 1
  }
  return { seconds, count, words: all.slice(at) }
}

function positive(text: string, option: string, least: number): number {
  const value = Number(text)
  const whole = option !== '--count' || Number.isInteger(value)
  if (text !== '' && value <= Number.MAX_SAFE_INTEGER && value >= least && whole) return value
  const odd = oddNumber(text)
  throw usageError(
    `${option} takes a number of ${least} or more, not '${text}'${odd === undefined ? '' : `, which is ${odd}`}`,
  )
}
