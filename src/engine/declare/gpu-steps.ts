import { formatRoutingId } from '../../abi/pci.ts'
import { fromPvmrl } from '../load/scheduler.ts'
import { stateAt } from '../select.ts'
import type { HostState } from '../state.ts'
import { DRIVER_NAME } from '../vfio/device.ts'
import { layoutSteps, modeSteps, pendingSteps } from './mig-steps.ts'
import { vfAddresses } from './names.ts'
import { afterReset, type GpuSettings, isRemembered, type ResolvedGpu } from './resolve-gpu.ts'
import type { Step } from './step.ts'

/** The steps from the settings of an empty GPU to the wanted ones, in an order in which each step is allowed. */
export function gpuSteps(host: HostState, { index, bdf, at, is, wanted, persistSaid }: ResolvedGpu): Step[] {
  const gpu = stateAt(host, index)
  const steps: Step[] = []
  let now: GpuSettings = is
  const set = <K extends keyof GpuSettings>(key: K, step: Step, effects: Partial<GpuSettings> = {}) => {
    if (now[key] === wanted[key]) return
    steps.push(step)
    now = { ...now, [key]: wanted[key], ...effects }
  }
  if (now.ecc !== wanted.ecc) {
    if ((now.eccPending ?? now.ecc) !== wanted.ecc) steps.push({ do: 'ecc', at, gpu: bdf, on: wanted.ecc })
    steps.push({ do: 'reset', at, gpu: bdf })
    now = afterReset(gpu, { ...now, eccPending: wanted.ecc })
  }
  const migMode = modeSteps(gpu, at, now, wanted)
  steps.push(...migMode.steps)
  now = migMode.now
  set('eccPending', { do: 'ecc', at, gpu: bdf, on: wanted.eccPending ?? wanted.ecc })
  set('autoprobe', { do: 'autoprobe', at, gpu: bdf, on: wanted.autoprobe })
  // disabling the VFs ends mixed-size mode
  set('vfs', { do: 'vfs', at, gpu: bdf, count: wanted.vfs }, { heterogeneous: false })
  if (now.migPending !== wanted.migPending) steps.push(...pendingSteps(bdf, at, now, wanted))
  const enabled = steps.some((step) => step.do === 'vfs' || step.do === 'reset')
  if (enabled && !wanted.autoprobe) steps.push(...bindAgain(host, index, wanted.vfs, at))
  if (wanted.heterogeneous && !now.heterogeneous) steps.push(...bindForMode(host, index, steps, wanted, at))
  const mode = wanted.heterogeneous ? 'heterogeneous' : 'homogeneous'
  // fixed share excludes mixed sizes: the mode ends before the scheduler changes and begins after it
  if (!wanted.heterogeneous) set('heterogeneous', { do: 'mode', at, gpu: bdf, mode })
  set('scheduler', { do: 'scheduler', at, gpu: bdf, scheduler: fromPvmrl(wanted.scheduler) })
  set('heterogeneous', { do: 'mode', at, gpu: bdf, mode })
  set('timeSlicing', { do: 'time-slicing', at, gpu: bdf, on: wanted.timeSlicing })
  steps.push(...layoutSteps(bdf, at, now.layout, wanted.layout))
  // the settings kept for the next boot are separate from the current ones
  const scheduler = steps.some((step) => step.do === 'scheduler')
    ? wanted.scheduler
    : steps.some((step) => step.do === 'reset') || migMode.reset
      ? null
      : gpu.scheduler
  const remembered = isRemembered(host, bdf, { ...now, scheduler })
  if (remembered !== wanted.persist && (persistSaid || is.persist))
    steps.push({ do: 'persist', at, gpu: bdf, on: wanted.persist })
  return steps
}

/** Mixed-size mode needs the vGPU manager, which attaches with the first bound VF. */
function bindForMode(
  host: HostState,
  index: number,
  before: readonly Step[],
  { vfs, autoprobe }: GpuSettings,
  at: string,
): Step[] {
  const gpu = stateAt(host, index)
  const anew = before.some((step) => step.do === 'vfs' || step.do === 'reset')
  const bound = anew
    ? autoprobe || before.some((step) => step.do === 'bind')
    : gpu.vfs.some((vf) => vf.driver === DRIVER_NAME)
  if (bound) return []
  const free = anew
    ? vfAddresses(gpu).slice(0, vfs).map(formatRoutingId)
    : gpu.vfs.filter(({ driver }) => driver === null).map(({ bdf }) => bdf)
  return free.slice(0, 1).map((vf) => ({ do: 'bind', at, vf }))
}

/** Without autoprobe, VFs that were bound to the variant driver need a bind each. */
function bindAgain(host: HostState, index: number, vfs: number, at: string): Step[] {
  return stateAt(host, index)
    .vfs.filter((vf) => vf.index < vfs && vf.driver === DRIVER_NAME)
    .map((vf) => ({ do: 'bind', at, vf: vf.bdf }))
}
