import { drawFieldHelp } from '../../render/query/field.ts'
import { SCHEDULER_FIELDS } from '../../render/query/scheduler-fields.ts'
import {
  CAPTURE_SESSIONS,
  ENCODER_SESSIONS,
  type Monitor,
  VGPU_PROCESSES,
  VGPU_UTILIZATION,
} from '../../render/smi/monitor.ts'
import { drawMigrationCap, drawSchedulerCaps, drawSchedulerState, SCHEDULER_LOG } from '../../render/smi/scheduler.ts'
import { drawVgpuQuery } from '../../render/smi/vgpu-report.ts'
import { drawVgpuSummary } from '../../render/smi/vgpu-summary.ts'
import { drawTypes } from '../../render/smi/vgpu-types.ts'
import { loop } from './loop.ts'
import { parseSmi, type SmiOption } from './options.ts'
import { notModelled, SMI_STATUS, SmiExit } from './outcome.ts'
import { queryScheduler } from './query.ts'
import { look, lookAtTypes, type Screen, styleFor } from './screens.ts'
import { setHeterogeneous, setSchedulerState } from './setters.ts'

const flag = (...names: string[]): SmiOption => ({ names, value: 'none' })

export const OPTIONS = {
  id: { names: ['-i', '--id'], value: 'required' },
  query: flag('-q', '--query'),
  utilization: flag('-u', '--utilization'),
  processes: flag('-p', '--pmon'),
  supported: flag('-s', '--supported'),
  creatable: flag('-c', '--creatable'),
  encoder: flag('-es', '--encodersessions'),
  capture: flag('-fs', '--fbcsessions'),
  migration: flag('-m', '--migrationcap'),
  schedulerState: flag('-ss', '--schedulerstate'),
  schedulerCaps: flag('-sc', '--schedulercaps'),
  schedulerLogs: flag('-sl', '--schedulerlogs'),
  querySchedulerLogs: { names: ['--query-vgpu-scheduler-logs'], value: 'required' },
  helpSchedulerLogs: flag('--help-vgpu-query-scheduler-logs'),
  format: { names: ['--format'], value: 'required' },
  verbose: flag('-v', '--verbose'),
  loop: { names: ['-l', '--loop'], value: 'optional' },
  heterogeneous: { names: ['-shm', '--set-heterogeneous-mode'], value: 'required' },
  // legal, but without effect on the model
  instance: { names: ['-gi', '--gpu-instance-id'], value: 'required' },
  instanceMode: flag('-ghm', '--get-heterogeneous-mode'),
  migTimeslice: { names: ['-smts', '--set-mig-timeslice-mode'], value: 'required' },
  gpm: { names: ['--gpm-metrics'], value: 'required' },
  accounted: { names: ['--query-accounted-apps'], value: 'required' },
  clearAccounted: flag('-caa', '--clear-accounted-apps'),
} as const satisfies Record<string, SmiOption>

const UNMODELLED = [
  'instance',
  'instanceMode',
  'migTimeslice',
  'gpm',
  'accounted',
  'clearAccounted',
] as const satisfies readonly (keyof typeof OPTIONS)[]

/** Endless reports. */
const ENDLESS: readonly (readonly [keyof typeof OPTIONS, Monitor])[] = [
  ['utilization', VGPU_UTILIZATION],
  ['processes', VGPU_PROCESSES],
  ['encoder', ENCODER_SESSIONS],
  ['capture', CAPTURE_SESSIONS],
  ['schedulerLogs', SCHEDULER_LOG],
]

const NO_HOST = 'No supported devices in vGPU mode\n'
const SECOND_MS = 1000
const LOOP_DEFAULT_S = 5
const HEADER_EVERY = 20

/** `nvidia-smi vgpu …`. Its own parser refuses unknown words with status 2. */
export async function vgpu(screen: Screen, words: readonly string[]): Promise<string> {
  if (words[0] === 'set-scheduler-state') return setSchedulerState(screen, words.slice(1))
  const { given, unknown, lacking } = parseSmi(words, OPTIONS)
  const wrong = unknown ?? lacking
  if (wrong !== null) throw new SmiExit(`Option "${wrong}" is not recognized.\n`, SMI_STATUS.invalidArgument)
  const unmodelled = UNMODELLED.find((key) => given.has(key))
  if (unmodelled !== undefined) throw notModelled(OPTIONS[unmodelled].names[0] ?? unmodelled)
  if (given.has('helpSchedulerLogs')) return drawFieldHelp(SCHEDULER_FIELDS, '--query-vgpu-scheduler-logs')
  const ids = given.get('id')
  const heterogeneous = given.get('heterogeneous')
  if (heterogeneous !== undefined) return setHeterogeneous(screen, ids, heterogeneous)
  const endless = ENDLESS.find(([key]) => given.has(key))
  if (endless !== undefined) {
    await loop(screen.context, { ms: SECOND_MS }, async (round, after) => {
      const gpus = await hosts(screen, ids, after)
      const [, kind] = endless
      return gpus.length === 0 ? NO_HOST : `${round % HEADER_EVERY === 0 ? kind.header : ''}${kind.rows(gpus)}`
    })
    return ''
  }
  const logs = given.get('querySchedulerLogs')
  const draw = async (after: number) =>
    logs === undefined
      ? report(screen, ids, new Set(given.keys()), after)
      : queryScheduler(
          await hosts(screen, ids, after),
          logs,
          `${given.get('format') ?? 'csv'}${after > 0 ? ',noheader' : ''}`,
        )
  const every = given.get('loop')
  if (every === undefined) return draw(0)
  await loop(screen.context, { ms: loopSeconds(every) * SECOND_MS }, (_round, after) => draw(after))
  return ''
}

async function report(
  screen: Screen,
  ids: string | undefined,
  given: ReadonlySet<keyof typeof OPTIONS>,
  after: number,
): Promise<string> {
  const view = await look(screen, ids, after)
  const host = { ...view, gpus: view.gpus.filter((gpu) => gpu.vgpuHost) }
  const { gpus } = host
  if (gpus.length === 0) return NO_HOST
  if (given.has('query')) return drawVgpuQuery(gpus, styleFor(screen, view))
  if (given.has('supported') || given.has('creatable')) {
    const types = await lookAtTypes(screen, host)
    const shown = gpus.map((gpu, i) => ({ gpu, types: types[i] ?? [] }))
    const creatable = !given.has('supported')
    return drawTypes(shown, { creatable, verbose: given.has('verbose'), style: styleFor(screen, view) })
  }
  if (given.has('migration')) return drawMigrationCap(gpus)
  if (given.has('schedulerState')) return drawSchedulerState(gpus)
  if (given.has('schedulerCaps')) {
    const { LIMITS } = await import('../../engine/load/scheduler.ts')
    return drawSchedulerCaps(gpus, LIMITS)
  }
  return drawVgpuSummary(host, screen.context.io.now())
}

async function hosts(screen: Screen, ids: string | undefined, after: number) {
  return (await look(screen, ids, after)).gpus.filter((gpu) => gpu.vgpuHost)
}

function loopSeconds(text: string): number {
  const seconds = text === '' ? LOOP_DEFAULT_S : Number(text)
  if (Number.isInteger(seconds) && seconds >= 1 && seconds <= 10) return seconds
  const sentence = 'Provided [-l(sec) | --loop(sec)=] value is incorrect. Loop frequency must be between 1 and 10.'
  throw new SmiExit(`${sentence}\n\n`, SMI_STATUS.invalidArgument)
}
