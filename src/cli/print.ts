import type { Io } from '../app/io.ts'
import { oneLine } from '../errors/printable.ts'
import { piecesOf, type Text } from '../errors/text.ts'
import type { Answer, ItemsAnswer, Page } from '../render/answer.ts'
import type { Document } from '../render/document.ts'
import { drawTable, paintTable } from '../render/table.ts'
import { DRY_RUN, type Settings } from './settings.ts'

/**
 * Prints a verb's answer in the requested format and returns the exit status. `argv` is the command line that names the
 * host.
 */
export async function print(answer: Answer, settings: Settings, io: Io, argv: readonly string[]): Promise<number> {
  if ('raw' in answer) {
    if (answer.raw instanceof Uint8Array) io.stdout.data(answer.raw)
    else for (const piece of piecesOf(answer.raw)) io.stdout.data(String(piece))
    return answer.status ?? 0
  }
  if ('text' in answer) {
    io.stdout.write(answer.text)
    return answer.status ?? 0
  }
  const format = answer.format ?? settings.format
  const drawing = draw(answer, format === settings.format ? settings : { ...settings, format }, io)
  const drawn = isText(drawing) ? drawing : await drawing
  const forPeople = format === 'table' || format === 'wide'
  const isData = !forPeople || (answer.picture === undefined && answer.view.forPrograms === true)
  if (isData) for (const piece of piecesOf(drawn)) io.stdout.data(String(piece))
  else io.stdout.write(drawn)
  let said = lines(answer.change?.warnings ?? [], (warning) => `nvgpu: warning: ${oneLine(warning)}`)
  if (forPeople && answer.remark !== undefined) said += `${answer.remark}\n`
  if (said !== '') io.stderr.write(isPlain(argv) ? said : (await import('./hint.ts')).forHost(argv, said))
  if (answer.change !== undefined && settings.dryRun) io.stderr.write(DRY_RUN)
  return answer.status ?? 0
}

/** Whether a command line surely names no host and no fleet, so that the commands in the output need none. */
function isPlain(argv: readonly string[]): boolean {
  return !argv.some((word) => word.startsWith('--state-dir') || word.startsWith('--fleet'))
}

/** Synchronous if nothing has to be loaded. */
function draw(answer: ItemsAnswer, settings: Settings, io: Io): Text | Promise<Text> {
  const { view, items, change } = answer
  const { format } = settings
  if (format === 'name') return lines(items, view.name)
  if (format === 'jsonl') return lines(items, (item) => JSON.stringify(item))
  if (change === undefined || settings.formatGiven || (format !== 'table' && format !== 'wide'))
    return drawWith(answer, settings, io)
  const namesOnly = answer.namesInPipe === true && !io.stdout.isTTY
  const textOf = namesOnly || view.sentence === undefined ? view.name : view.sentence
  return lines(items, (item) => oneLine(textOf(item)))
}

function isText(drawing: Text | Promise<Text>): drawing is Text {
  return !(drawing instanceof Promise)
}

async function drawWith(answer: ItemsAnswer, settings: Settings, io: Io): Promise<Text> {
  const { view, items } = answer
  switch (settings.format) {
    case 'json':
      return (await import('../render/document.ts')).jsonPieces(toDocument(answer, settings))
    case 'yaml':
      return (await import('../render/document.ts')).drawYaml(toDocument(answer, settings))
    case 'csv': {
      const { drawCsv } = await import('../render/csv.ts')
      const records = items.flatMap((item) => view.records?.(item) ?? [Object(item)])
      return drawCsv(view.fields, records, settings)
    }
    default:
      return drawForPeople(answer, settings, io)
  }
}

async function drawForPeople(answer: ItemsAnswer, settings: Settings, io: Io): Promise<Text> {
  const { view, items } = answer
  const page: Page = {
    width: io.stdout.isTTY ? terminalWidth(io) : undefined,
    wide: settings.format === 'wide',
    header: settings.header,
    color: wantsColor(settings, io),
    unicode: isUtf8(io),
    now: io.now(),
  }
  const picture = answer.picture ?? view.picture
  if (picture !== undefined) return picture(items, page)
  if (items.length === 0) return ''
  if (!page.color) return drawTable(view.columns, items, page)
  const { painter } = await import('../render/paint.ts')
  return paintTable(view.columns, items, { ...page, paint: painter() })
}

function toDocument(answer: ItemsAnswer, settings: Settings): Document {
  const { view, items, change } = answer
  const document = { schema: 1 as const, kind: view.kind, items }
  if (change === undefined) return document
  return { ...document, ...change, ...(settings.dryRun ? { dryRun: true as const } : {}) }
}

function lines<T>(items: readonly T[], textOf: (item: T) => string): string {
  let text = ''
  for (const item of items) text += `${textOf(item)}\n`
  return text
}

/** COLUMNS overrides the terminal's width, which makes output reproducible. */
function terminalWidth(io: Io): number {
  const given = Number(io.env.COLUMNS)
  return Number.isInteger(given) && given > 0 ? given : (io.stdout.columns ?? 80)
}

/** The locale of the terminal, as in locale(7): the first variable that is set decides. */
function isUtf8({ env }: Io): boolean {
  return /utf-?8/i.test(env.LC_ALL || env.LC_CTYPE || env.LANG || '')
}

/** no-color.org and force-color.org; a flag wins over both. */
function wantsColor(settings: Settings, io: Io): boolean {
  if (settings.noColor || (io.env.NO_COLOR ?? '') !== '') return false
  if ((io.env.FORCE_COLOR ?? '') !== '') return io.env.FORCE_COLOR !== '0'
  return io.stdout.isTTY && io.env.TERM !== 'dumb'
}
