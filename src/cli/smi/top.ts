import type { SmiView } from '../../engine/smi/view.ts'
import { drawFieldHelp } from '../../render/query/field.ts'
import { gpuFields } from '../../render/query/gpu-fields.ts'
import { OTHER_FIELDS, type OtherQuery } from '../../render/query/other-fields.ts'
import { processFields } from '../../render/query/process-fields.ts'
import { remappedFields } from '../../render/query/remapped-fields.ts'
import { SCHEDULER_FIELDS } from '../../render/query/scheduler-fields.ts'
import { Q_PARTS } from '../../render/smi/q-layout.ts'
import { drawQ, drawQXml, drawUnits } from '../../render/smi/q-report.ts'
import { drawList, drawSummary, drawVersion } from '../../render/smi/summary.ts'
import { absent } from './absent.ts'
import { asksHelp, drawHelp } from './help.ts'
import { loop, printTo } from './loop.ts'
import { setMig } from './mig-mode.ts'
import { setMode } from './mode-setters.ts'
import { parseSmi } from './options.ts'
import { SMI_STATUS, SmiExit } from './outcome.ts'
import { queryGpu, queryOther, queryProcesses, queryRemapped } from './query.ts'
import { driverVersion, look, type Screen, styleFor } from './screens.ts'
import { resetGpus, setEccMode } from './setters.ts'
import { subcommand } from './subcommands.ts'
import { OPTIONS, QUERIES, type TopKey } from './top-options.ts'

type Given = ReadonlyMap<TopKey, string>

const MODES = ['persistence', 'compute', 'accounting'] as const

const OTHER_QUERIES = [
  ['queryAccounted', 'accounted', 'helpAccounted', '--query-accounted-apps'],
  ['queryRetired', 'retired', 'helpRetired', '--query-retired-pages'],
  ['queryClocks', 'clocks', 'helpClocks', '--query-supported-clocks'],
] as const satisfies readonly (readonly [TopKey, OtherQuery, TopKey, string])[]

const LOOP_DEFAULT_S = 5

/** Whether the words request CSV, XML or a DTD, which are data. */
export function isForPrograms(words: readonly string[]): boolean {
  const { given } = parseSmi(words, OPTIONS)
  return QUERIES.some((key) => given.has(key)) || given.has('dtd') || (given.has('query') && given.has('xml'))
}

/** `nvidia-smi …` except its subcommand vgpu. Returns the output that is left to print. */
export async function top(screen: Screen, words: readonly string[]): Promise<string> {
  const report = await subcommand(screen, words)
  if (report !== null) return report
  if (asksHelp(words)) return drawHelp(await driverVersion(screen))
  const { given, unknown, lacking } = parseSmi(words, OPTIONS)
  if (unknown !== null) throw unrecognized(unknown)
  if (lacking !== null) throw new SmiExit(`Option "${lacking}" needs a value.\n`, SMI_STATUS.invalidArgument)
  const done = propertiesOf(given) ?? (await change(screen, given))
  if (done !== null) return done
  const draw = await screenOf(screen, given)
  const ms = interval(given.get('loop'), given.get('loopMs'))
  const file = given.get('file')
  if (ms !== null) {
    await loop(screen.context, { ms }, (_round, after) => draw(after), { forPrograms: isForPrograms(words), file })
    return ''
  }
  const text = await draw(0)
  if (file === undefined) return text
  await printTo(screen.context, file, text)
  return ''
}

/** `--help-query-…`; null without such an option. */
function propertiesOf(given: Given): string | null {
  if (given.has('helpGpu')) return drawFieldHelp(gpuFields(), '--query-gpu')
  if (given.has('helpApps')) return drawFieldHelp(processFields(), '--query-compute-apps')
  if (given.has('helpRemapped')) return drawFieldHelp(remappedFields(), '--query-remapped-rows')
  if (given.has('helpLogs')) return drawFieldHelp(SCHEDULER_FIELDS, '--query-vgpu-scheduler-logs')
  const other = OTHER_QUERIES.find(([, , key]) => given.has(key))
  return other === undefined ? null : drawFieldHelp(OTHER_FIELDS[other[1]], other[3])
}

/** The options that set something; null without one. */
async function change(screen: Screen, given: Given): Promise<string | null> {
  const id = given.get('id')
  const ecc = given.get('ecc')
  if (ecc !== undefined) return setEccMode(screen, id, ecc)
  if (given.has('reset')) return resetGpus(screen, id)
  const mode = MODES.find((key) => given.has(key))
  if (mode !== undefined) return setMode(screen, id, mode, given.get(mode) ?? '')
  const mig = given.get('mig')
  if (mig !== undefined) return setMig(screen, id, { text: mig, strict: given.has('errorOnWarning') })
  return absent(screen, given)
}

/** The screen that the options request, as a function of the time it has been up. */
async function screenOf(screen: Screen, given: Given): Promise<(after: number) => Promise<string>> {
  const id = given.get('id')
  const parts = given.has('display') ? displayParts(given.get('display') ?? '') : null
  const other = OTHER_QUERIES.find(([key]) => given.has(key))
  const dtd = given.has('dtd') ? await import('../../render/smi/dtd.ts') : null
  const log = (view: SmiView, now: Date) => {
    const style = styleFor(screen, view)
    if (!given.has('xml')) return drawQ(view, style, now, parts)
    const xml = drawQXml(view, style, now)
    return dtd === null ? xml : dtd.withDtd(xml)
  }
  return async (after) => {
    const view = await look(screen, id, after)
    const now = screen.context.io.now()
    const style = styleFor(screen, view)
    // a loop prints the header of its table once
    const format = `${given.get('format') ?? 'csv'}${after > 0 ? ',noheader' : ''}`
    const gpu = given.get('queryGpu')
    const apps = given.get('queryApps')
    if (gpu !== undefined) return queryGpu(view, gpu, format, { now, style })
    if (apps !== undefined) return queryProcesses(view, apps, format)
    const remapped = given.get('queryRemapped')
    if (remapped !== undefined) return queryRemapped(view, remapped, format, { now, style })
    if (other !== undefined) return queryOther(view, other[1], given.get(other[0]) ?? '', format)
    if (given.has('version')) return drawVersion(view)
    if (given.has('list')) return drawList(view)
    if (given.has('excluded')) return 'No excluded devices found.\n'
    if (given.has('query') && given.has('unit')) return drawUnits(view, style, now, given.has('xml'))
    if (given.has('query')) return log(view, now)
    return dtd === null ? drawSummary(view, style, now) : dtd.dtdOf(drawQXml(view, style, now))
  }
}

/** Milliseconds between two screens; null without a loop. */
function interval(seconds: string | undefined, ms: string | undefined): number | null {
  if (ms !== undefined) return positive(ms, '-lms', 1)
  return seconds === undefined ? null : seconds === '' ? LOOP_DEFAULT_S * 1000 : positive(seconds, '-l', 1000)
}

function positive(text: string, option: string, factor: number): number {
  if (/^[1-9]\d{0,8}$/.test(text)) return Number(text) * factor
  throw new SmiExit(`Option "${option}" takes a number, not "${text}".\n`, SMI_STATUS.invalidArgument)
}

function displayParts(text: string): string[] {
  const parts = text.split(',').map((word) => word.trim().toUpperCase())
  if (parts.every((part) => Q_PARTS.includes(part))) return parts
  throw new SmiExit('Failed to parse --display/-d flags\n', SMI_STATUS.invalidArgument)
}

function unrecognized(word: string): SmiExit {
  return new SmiExit(`ERROR: Option ${word} is not recognized. Please run 'nvidia-smi -h'.\n\n`, SMI_STATUS.other)
}
