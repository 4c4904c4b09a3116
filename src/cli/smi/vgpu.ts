import { isCreatableOn } from '../../engine/smi/creatable-on.ts'
import type { SmiGpuView, SmiTypeView } from '../../engine/smi/view.ts'
import { drawFieldHelp } from '../../render/query/field.ts'
import { SCHEDULER_FIELDS } from '../../render/query/scheduler-fields.ts'
import { drawInstanceModes } from '../../render/smi/instance-modes.ts'
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
import { instancesOf, onInstances } from './gpu-instances.ts'
import { asksHelp, drawSubcommandHelp } from './help.ts'
import { loop, printTo } from './loop.ts'
import { parsed } from './options-or-refusal.ts'
import { notSupported, SMI_STATUS, SmiExit } from './outcome.ts'
import { queryAccounted, queryScheduler } from './query.ts'
import { look, lookAtTypes, type Screen, styleFor } from './screens.ts'
import { setHeterogeneous, setInstanceModes, setSchedulerState, setTimeslices } from './setters.ts'
import { SCHEDULER_OPTIONS, VGPU_NOTE, VGPU_OPTIONS, type VgpuKey } from './vgpu-options.ts'

const VGPU = {
  name: 'vgpu',
  title: 'vGPU information',
  summary: 'Reports on running vGPUs unless an option says otherwise.',
  note: VGPU_NOTE,
}
const SCHEDULER = {
  name: 'vgpu set-scheduler-state',
  title: 'Set the vGPU scheduler',
  summary: 'Needs GPUs without vGPUs.',
}

/** Of these, those that GPUs have whose vGPUs take turns on GPU instances. */
const OF_TURNS: readonly string[] = ['instanceMode', 'migTimeslice']

/** Things that no simulated GPU has, or few. */
const ABSENT: Readonly<Partial<Record<VgpuKey, string>>> = {
  instanceQuery: 'vGPU scheduler logs of GPU instances',
  instanceMode: 'vGPU heterogeneous mode of GPU instances',
  migTimeslice: 'vGPU MIG timeslice mode',
  gpm: 'GPM metrics',
  matrix: 'GPUDirect communication matrix',
  peers: 'P2P status',
}

/** Endless reports. */
const ENDLESS: readonly (readonly [VgpuKey, Monitor])[] = [
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
export async function vgpu(screen: Screen, all: readonly string[]): Promise<string> {
  const isScheduler = all[0] === 'set-scheduler-state'
  if (asksHelp(all))
    return isScheduler ? drawSubcommandHelp(SCHEDULER, SCHEDULER_OPTIONS) : drawSubcommandHelp(VGPU, VGPU_OPTIONS)
  if (isScheduler) return setSchedulerState(screen, all.slice(1))
  // the name or UUID of a VM follows topo
  const words = all[0] === 'topo' ? all.slice(all[1]?.startsWith('-') === false ? 2 : 1) : all
  const given = parsed(words, VGPU_OPTIONS)
  if (given.has('helpScheduler')) return drawFieldHelp(SCHEDULER_FIELDS, '--query-vgpu-scheduler-logs')
  const ids = given.get('id')
  const gpus = await hosts(screen, ids, 0)
  const file = given.get('file')
  const endless = ENDLESS.find(([key]) => given.has(key))
  if (endless !== undefined) {
    const [, kind] = endless
    const round = async (at: number, after: number) => {
      const now = await hosts(screen, ids, after)
      return now.length === 0 ? NO_HOST : `${at % HEADER_EVERY === 0 ? kind.header : ''}${kind.rows(now)}`
    }
    await loop(screen.context, { ms: SECOND_MS }, round, { file })
    return ''
  }
  if (gpus.length === 0) return NO_HOST
  const takesTurns = gpus.some(({ capabilities }) => capabilities.migTimeSlicing !== null)
  const missing = Object.keys(ABSENT).filter((key) => !(takesTurns && OF_TURNS.includes(key)))
  const absent = all[0] === 'topo' ? 'topo' : missing.find((key) => given.has(key as VgpuKey))
  if (absent !== undefined) throw notSupported(ABSENT[absent as VgpuKey] ?? 'topo', gpus)
  const heterogeneous = given.get('heterogeneous')
  const instances = instancesOf(given.get('instance'))
  const timeslices = given.get('migTimeslice')
  if (timeslices !== undefined) return setTimeslices(screen, ids, timeslices)
  if (heterogeneous !== undefined && instances !== null)
    return setInstanceModes(screen, ids, { text: heterogeneous, instances })
  if (heterogeneous !== undefined) return setHeterogeneous(screen, ids, heterogeneous)
  const draw = (after: number) => report(screen, ids, given, after)
  const ms = intervalOf(given)
  if (ms !== null)
    await loop(screen.context, { ms }, (_round, after) => draw(after), {
      file,
      forPrograms: given.has('accounted') || given.has('schedulerQuery'),
    })
  else if (file === undefined) return draw(0)
  else await printTo(screen.context, file, await draw(0))
  return ''
}

async function report(
  screen: Screen,
  ids: string | undefined,
  given: ReadonlyMap<VgpuKey, string>,
  after: number,
): Promise<string> {
  const view = await look(screen, ids, after)
  const hosts = { ...view, gpus: view.gpus.filter((gpu) => gpu.vgpuHost) }
  const host = onInstances(hosts, instancesOf(given.get('instance')))
  const { gpus } = host
  if (gpus.length === 0) return NO_HOST
  const format = `${given.get('format') ?? 'csv'}${after > 0 ? ',noheader' : ''}`
  const accounted = given.get('accounted')
  const turns = given.get('schedulerQuery')
  if (accounted !== undefined) return queryAccounted(gpus, accounted, format)
  if (turns !== undefined) return queryScheduler(gpus, turns, format)
  if (given.has('clearAccounted'))
    return `${gpus.map(({ busId }) => `No ended process is in the account for GPU ${busId}.\n`).join('')}All done.\n`
  if (given.has('instanceMode')) return instanceModes(gpus)
  if (given.has('query')) return drawVgpuQuery(gpus, styleFor(screen, view))
  if (given.has('supported') || given.has('creatable')) {
    const types = await lookAtTypes(screen, host)
    const creatable = !given.has('supported')
    const onInstance = given.has('instance')
    const shown = gpus.map((gpu, i) => ({
      gpu,
      types: (types[i] ?? [])
        .filter((type) => !creatable || !onInstance || gpu.gpuInstances.some((one) => isCreatableOn(type, one)))
        .map((type) => (creatable && onInstance ? withPlaces(type, gpu.gpuInstances) : type)),
    }))
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

/** The mode of each GPU instance. The shape is ours. @throws SmiExit 6 without any */
function instanceModes(gpus: readonly SmiGpuView[]): string {
  if (gpus.every(({ gpuInstances }) => gpuInstances.length === 0))
    throw new SmiExit('No GPU instances found: Not Found\n', SMI_STATUS.notFound)
  return drawInstanceModes(gpus)
}

/** A type with the placement ids that are free in the first of the instances that takes it. */
function withPlaces(type: SmiTypeView, instances: SmiGpuView['gpuInstances']): SmiTypeView {
  const place = type.creatableOn.find(({ id }) => instances.some((instance) => instance.id === id))
  return place === undefined ? type : { ...type, creatableIds: [...place.placementIds] }
}

async function hosts(screen: Screen, ids: string | undefined, after: number) {
  return (await look(screen, ids, after)).gpus.filter((gpu) => gpu.vgpuHost)
}

/** Milliseconds between two screens; null without a loop. */
function intervalOf(given: ReadonlyMap<VgpuKey, string>): number | null {
  const ms = given.get('loopMs')
  const seconds = given.get('loop')
  if (ms !== undefined && /^[1-9]\d{0,8}$/.test(ms)) return Number(ms)
  if (ms !== undefined) throw new SmiExit(`Option "-lms" takes a number, not "${ms}".\n`, SMI_STATUS.invalidArgument)
  return seconds === undefined ? null : loopSeconds(seconds) * SECOND_MS
}

function loopSeconds(text: string): number {
  const seconds = text === '' ? LOOP_DEFAULT_S : Number(text)
  if (Number.isInteger(seconds) && seconds >= 1 && seconds <= 10) return seconds
  const sentence = 'Provided [-l(sec) | --loop(sec)=] value is incorrect. Loop frequency must be between 1 and 10.'
  throw new SmiExit(`${sentence}\n\n`, SMI_STATUS.invalidArgument)
}
