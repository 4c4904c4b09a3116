import { changeHost } from '../../app/transaction.ts'
import type { SchedulerPolicy } from '../../catalog/profiles.ts'
import type { HostState } from '../../engine/state.ts'
import { DRY_RUN } from '../settings.ts'
import { parsed } from './options-or-refusal.ts'
import { notSupported, nvmlError, SMI_STATUS, SmiExit } from './outcome.ts'
import { look, type Screen } from './screens.ts'
import { SCHEDULER_OPTIONS } from './vgpu-options.ts'

/** `vgpu -shm 0|1`: mixed-size mode. Error texts beyond NVML's words are ours. */
export async function setHeterogeneous(screen: Screen, ids: string | undefined, text: string): Promise<string> {
  const { setMode } = await import('../../engine/verbs/modes.ts')
  const on = onOff(text, `Option "-shm ${text}" is not recognized.\n`)
  const word = on ? 'Enabled' : 'Disabled'
  const mode = on ? 'heterogeneous' : 'homogeneous'
  const done = (busId: string) => `${word} vGPU heterogeneous mode for GPU ${busId}\n`
  const { gpus } = await look(screen, ids)
  // the mode needs VFs, and is off without any
  if (!on && gpus.every(({ heterogeneous }) => heterogeneous === 'Disabled'))
    return gpus.map(({ busId }) => done(busId)).join('')
  return each(screen, ids, {
    act: (state, gpu) => void setMode(state, { gpu, mode }),
    done,
    failed: (busId, words) => `Unable to set vGPU heterogeneous mode for GPU ${busId}: ${words}\n`,
  })
}

/** `vgpu -gi … -shm 0|1`: mixed-size mode of GPU instances, in one change. Sentences are ours. */
export async function setInstanceModes(
  screen: Screen,
  ids: string | undefined,
  { text, instances }: { readonly text: string; readonly instances: readonly number[] },
): Promise<string> {
  const { setInstanceMode } = await import('../../engine/verbs/instance-sharing.ts')
  const on = onOff(text, `Option "-shm ${text}" is not recognized.\n`)
  const mode = on ? 'heterogeneous' : 'homogeneous'
  const which = (busId: string, id: number) =>
    `vGPU heterogeneous mode for GPU ${busId} GPU instance ID ${String(id).padStart(2)}`
  let at = instances[0] ?? 0
  return each(screen, ids, {
    act(state, gpu) {
      for (const gpuInstance of instances) {
        at = gpuInstance
        setInstanceMode(state, { gpu, gpuInstance, mode })
      }
    },
    done: (busId) => instances.map((id) => `${on ? 'Enabled' : 'Disabled'} ${which(busId, id)}\n`).join(''),
    failed: (busId, words) => `Unable to set ${which(busId, at)}: ${words}\n`,
  })
}

/** `vgpu -smts 0|1`: turns of vGPUs on GPU instances. Sentences are ours. */
export async function setTimeslices(screen: Screen, ids: string | undefined, text: string): Promise<string> {
  const { setMigTimeSlicing } = await import('../../engine/verbs/instance-sharing.ts')
  const on = onOff(text, `Option "-smts ${text}" is not recognized.\n`)
  return each(screen, ids, {
    act: (state, gpu) => void setMigTimeSlicing(state, { gpu, on }),
    done: (busId) => `${on ? 'Enabled' : 'Disabled'} vGPU MIG timeslice mode for GPU ${busId}\n`,
    failed: (busId, words) => `Unable to set vGPU MIG timeslice mode for GPU ${busId}: ${words}\n`,
  })
}

/** `-e 0|1`: ECC after the next reset. */
export async function setEccMode(screen: Screen, ids: string | undefined, text: string): Promise<string> {
  const { setEcc } = await import('../../engine/verbs/modes.ts')
  const on = onOff(text, `Invalid value "${text}" for -e, --ecc-config.\n`)
  const word = on ? 'Enabled' : 'Disabled'
  const lines = await each(screen, ids, {
    act: (state, gpu) => setEcc(state, { gpu, on }).changed,
    done: (busId, changed) =>
      changed ? `${word} ECC support for GPU ${busId}.\n` : `ECC support is already ${word} for GPU ${busId}.\n`,
    failed: (busId, words) => `Unable to change ECC support for GPU ${busId}: ${words}\n`,
  })
  return `${lines}All done.\n${/^(Enabled|Disabled)/m.test(lines) ? 'Reboot required.\n' : ''}`
}

/** `-r`: resets GPUs without vGPUs. */
export async function resetGpus(screen: Screen, ids: string | undefined): Promise<string> {
  const { resetGpu } = await import('../../engine/verbs/power.ts')
  const lines = await each(screen, ids, {
    act: (state, gpu) => resetGpu(state, gpu).changed,
    done: (busId) => `GPU ${busId} was successfully reset.\n`,
    failed: (busId, words) => `The following GPUs could not be reset:\n  GPU ${busId}: ${words}\n\n`,
  })
  return `${lines}All done.\n`
}

const POLICIES: ReadonlyMap<string, SchedulerPolicy> = new Map([
  ['1', 'best-effort'],
  ['2', 'equal-share'],
  ['3', 'fixed-share'],
])
const NS_PER_MS = 1_000_000

/** `vgpu set-scheduler-state`: the time slice is given in nanoseconds, and stored in whole milliseconds. */
export async function setSchedulerState(screen: Screen, words: readonly string[]): Promise<string> {
  const { setScheduler } = await import('../../engine/verbs/modes.ts')
  const given = parsed(words, SCHEDULER_OPTIONS)
  if (given.has('instance')) throw notSupported('GPU instances', (await look(screen, given.get('id'))).gpus)
  const asked = given.get('policy')
  if (asked === undefined) {
    const sentence = 'Failed to locate the vGPU scheduler policy specified at the command-line\n'
    throw new SmiExit(sentence, SMI_STATUS.notFound)
  }
  const policy = POLICIES.get(asked)
  if (policy === undefined) {
    throw new SmiExit('Unable to set the vGPU scheduler state. Not supported\n', SMI_STATUS.notAvailable)
  }
  const arrText = given.get('arr')
  if (arrText !== undefined && !['0', '1'].includes(arrText)) {
    const sentence = 'Option passed to set Adaptive Round Robin scheduler is invalid.\n'
    throw new SmiExit(sentence, SMI_STATUS.invalidArgument)
  }
  const slice = number(given.get('timeSlice'), '-ts')
  const arr = arrText === undefined ? slice === undefined : arrText === '1'
  const frequencyHz = number(given.get('frequency'), '-asf')
  const averaging = number(given.get('averaging'), '-aavg')
  const parameters = {
    ...(arr && frequencyHz !== undefined ? { frequencyHz } : {}),
    ...(arr && averaging !== undefined ? { averaging } : {}),
    ...(!arr && slice !== undefined ? { timeSliceMs: Math.round(slice / NS_PER_MS) } : {}),
  }
  const request = policy === 'best-effort' ? { policy } : { policy, arr, ...parameters }
  return each(screen, given.get('id'), {
    act: (state, gpu) => void setScheduler(state, { gpu, ...request }),
    done: (busId) => `Set the vGPU scheduler state on GPU "${busId}".\n`,
    failed: (busId, words, status) =>
      status === SMI_STATUS.inUse
        ? `Unable to set the vGPU scheduler state on GPU "${busId}". vGPU scheduler state cannot be configured, if vGPU instance is currently active on the device.\n`
        : status === SMI_STATUS.notAvailable
          ? 'Unable to set the vGPU scheduler state. Not supported\n'
          : `Unable to set the vGPU scheduler state on GPU "${busId}". ${words}\n`,
  })
}

/** Changes the GPUs that -i selects, in one transaction: all or none. */
export async function each<R>(
  screen: Screen,
  ids: string | undefined,
  verb: {
    readonly act: (state: HostState, gpu: string) => R
    readonly done: (busId: string, result: R) => string
    readonly failed: (busId: string, words: string, status: number) => string
  },
): Promise<string> {
  const view = await look(screen, ids)
  let at = ''
  try {
    const lines = await changeHost(screen.context, (state) =>
      view.gpus.map((gpu) => {
        at = gpu.busId
        return verb.done(gpu.busId, verb.act(state, gpu.bdf))
      }),
    )
    if (screen.context.settings.dryRun) screen.context.io.stderr.write(DRY_RUN)
    return lines.join('')
  } catch (error) {
    const { words, status } = nvmlError(error)
    throw new SmiExit(verb.failed(at, words, status), status)
  }
}

const ON_OFF: ReadonlyMap<string, boolean> = new Map([
  ['0', false],
  ['disabled', false],
  ['1', true],
  ['enabled', true],
])

function onOff(text: string, sentence: string): boolean {
  const on = ON_OFF.get(text.toLowerCase())
  if (on === undefined) throw new SmiExit(sentence, SMI_STATUS.invalidArgument)
  return on
}

function number(text: string | undefined, option: string): number | undefined {
  if (text === undefined) return undefined
  if (/^\d{1,12}$/.test(text)) return Number(text)
  throw new SmiExit(`Option "${option}" takes a number, not "${text}".\n`, SMI_STATUS.invalidArgument)
}
