import { drawFieldHelp } from '../../render/query/field.ts'
import { gpuFields } from '../../render/query/gpu-fields.ts'
import { processFields } from '../../render/query/process-fields.ts'
import { deviceMonitor } from '../../render/smi/device-monitor.ts'
import { PROCESSES } from '../../render/smi/monitor.ts'
import { Q_PARTS } from '../../render/smi/q-layout.ts'
import { drawQ, drawQXml } from '../../render/smi/q-report.ts'
import { drawList, drawSummary, drawVersion } from '../../render/smi/summary.ts'
import { loop } from './loop.ts'
import { setMig, setMode } from './mode-setters.ts'
import { monitor } from './monitor.ts'
import { parseSmi, type SmiOption } from './options.ts'
import { notModelled, SMI_STATUS, SmiExit } from './outcome.ts'
import { queryGpu, queryOther, queryProcesses } from './query.ts'
import { look, type Screen, styleFor } from './screens.ts'
import { resetGpus, setEccMode } from './setters.ts'
import { subcommand } from './subcommands.ts'

const flag = (...names: string[]): SmiOption => ({ names, value: 'none' })
const takes = (...names: string[]): SmiOption => ({ names, value: 'required' })

export const OPTIONS = {
  version: flag('--version'),
  list: flag('-L', '--list-gpus'),
  excluded: flag('-B', '--list-excluded-gpus'),
  query: flag('-q', '--query'),
  xml: flag('-x', '--xml-format'),
  display: takes('-d', '--display'),
  id: takes('-i', '--id'),
  file: takes('-f', '--filename'),
  loop: { names: ['-l', '--loop'], value: 'optional' },
  loopMs: takes('-lms', '--loop-ms'),
  queryGpu: takes('--query-gpu'),
  queryApps: takes('--query-compute-apps'),
  queryAccounted: takes('--query-accounted-apps'),
  queryRetired: takes('--query-retired-pages'),
  queryClocks: takes('--query-supported-clocks'),
  format: takes('--format'),
  helpGpu: flag('--help-query-gpu'),
  helpApps: flag('--help-query-compute-apps'),
  ecc: takes('-e', '--ecc-config'),
  reset: flag('-r', '--gpu-reset'),
  persistence: takes('-pm', '--persistence-mode'),
  compute: takes('-c', '--compute-mode'),
  accounting: takes('-am', '--accounting-mode'),
  // legal, but without effect on the model
  power: takes('-pl', '--power-limit'),
  gom: takes('--gom'),
  clearEcc: takes('-p', '--reset-ecc-errors'),
  gpuClocks: takes('-lgc', '--lock-gpu-clocks'),
  memoryClocks: takes('-lmc', '--lock-memory-clocks'),
  applicationsClocks: takes('-ac', '--applications-clocks'),
  mig: takes('-mig', '--multi-instance-gpu'),
  virtualization: takes('-vm', '--virt-mode'),
} as const satisfies Record<string, SmiOption>

const QUERIES = ['queryGpu', 'queryApps', 'queryAccounted', 'queryRetired', 'queryClocks'] as const

const MODES = ['persistence', 'compute', 'accounting'] as const

const UNMODELLED = [
  'power',
  'gom',
  'clearEcc',
  'gpuClocks',
  'memoryClocks',
  'applicationsClocks',
  'virtualization',
] as const

const OTHER_QUERIES = [
  ['queryAccounted', 'accounted'],
  ['queryRetired', 'retired'],
  ['queryClocks', 'clocks'],
] as const

const LOOP_DEFAULT_S = 5

/** Whether the words request CSV or XML, which are data. */
export function isForPrograms(words: readonly string[]): boolean {
  const { given } = parseSmi(words, OPTIONS)
  return QUERIES.some((key) => given.has(key)) || (given.has('query') && given.has('xml'))
}

/** `nvidia-smi …` except its subcommand vgpu. Returns the output that is left to print. */
export async function top(screen: Screen, words: readonly string[]): Promise<string> {
  if (words[0] === 'dmon') return monitor(screen, (select = 'puc') => deviceMonitor(select), words.slice(1))
  if (words[0] === 'pmon')
    return monitor(screen, (select = 'u') => (/^[um]+$/.test(select) ? PROCESSES : null), words.slice(1))
  const report = await subcommand(screen, words)
  if (report !== null) return report
  const { given, unknown, lacking } = parseSmi(words, OPTIONS)
  if (unknown !== null) throw unrecognized(unknown)
  if (lacking !== null) throw new SmiExit(`Option "${lacking}" needs a value.\n`, SMI_STATUS.invalidArgument)
  if (given.has('helpGpu')) return drawFieldHelp(gpuFields(), '--query-gpu')
  if (given.has('helpApps')) return drawFieldHelp(processFields(), '--query-compute-apps')
  const id = given.get('id')
  const ecc = given.get('ecc')
  if (ecc !== undefined) return setEccMode(screen, id, ecc)
  if (given.has('reset')) return resetGpus(screen, id)
  const mode = MODES.find((key) => given.has(key))
  if (mode !== undefined) return setMode(screen, id, mode, given.get(mode) ?? '')
  const migMode = given.get('mig')
  if (migMode !== undefined) return setMig(screen, id, migMode)
  const unmodelled = UNMODELLED.find((key) => given.has(key))
  if (unmodelled !== undefined) throw notModelled(OPTIONS[unmodelled].names[0] ?? unmodelled)
  const { io } = screen.context
  const parts = given.has('display') ? displayParts(given.get('display') ?? '') : null
  const draw = async (after: number) => {
    const view = await look(screen, id, after)
    const now = io.now()
    const style = styleFor(screen, view)
    // a loop prints the header of its table once
    const format = `${given.get('format') ?? 'csv'}${after > 0 ? ',noheader' : ''}`
    const gpu = given.get('queryGpu')
    const apps = given.get('queryApps')
    if (gpu !== undefined) return queryGpu(view, gpu, format, { now, style })
    if (apps !== undefined) return queryProcesses(view, apps, format)
    const other = OTHER_QUERIES.find(([key]) => given.has(key))
    if (other !== undefined) return queryOther(view, other[1], given.get(other[0]) ?? '', format)
    if (given.has('version')) return drawVersion(view)
    if (given.has('list')) return drawList(view)
    if (given.has('excluded')) return 'No excluded devices found.\n'
    if (!given.has('query')) return drawSummary(view, style, now)
    return given.has('xml') ? drawQXml(view, style, now) : drawQ(view, style, now, parts)
  }
  const ms = interval(given.get('loop'), given.get('loopMs'))
  if (ms !== null) {
    await loop(screen.context, { ms }, (_round, after) => draw(after), isForPrograms(words))
    return ''
  }
  const text = await draw(0)
  const file = given.get('file')
  if (file === undefined) return text
  const { writeOutput } = await import('../../app/files.ts')
  await writeOutput(screen.context, file, new TextEncoder().encode(text))
  return ''
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
