import { fromPvmrl } from '../load/scheduler.ts'
import { stateAt } from '../select.ts'
import type { HostState } from '../state.ts'
import { DRIVER_NAME } from '../vfio/device.ts'
import { afterReset, type GpuGoal, type GpuSettings } from './gpu-goal.ts'
import type { Step } from './step.ts'

/** The acts that bring an empty GPU from its settings to the wanted ones, in an order in which each is legal. */
export function gpuSteps(host: HostState, { index, bdf, at, is, wanted }: GpuGoal): Step[] {
  const gpu = stateAt(host, index)
  const steps: Step[] = []
  let now: GpuSettings = is
  const set = <K extends keyof GpuSettings>(key: K, step: Step, effects: Partial<GpuSettings> = {}) => {
    if (now[key] === wanted[key]) return
    steps.push(step)
    // what the next boot sets is what was remembered, not what is set now
    const forgets = key === 'vfs' || key === 'heterogeneous' || key === 'scheduler'
    now = { ...now, [key]: wanted[key], ...effects, ...(forgets ? { persist: false } : {}) }
  }
  if (now.ecc !== wanted.ecc) {
    if ((now.eccPending ?? now.ecc) !== wanted.ecc) steps.push({ do: 'ecc', at, gpu: bdf, on: wanted.ecc })
    steps.push({ do: 'reset', at, gpu: bdf })
    now = { ...afterReset(gpu, { ...now, eccPending: wanted.ecc }), persist: false }
  }
  set('eccPending', { do: 'ecc', at, gpu: bdf, on: wanted.eccPending ?? wanted.ecc })
  set('autoprobe', { do: 'autoprobe', at, gpu: bdf, on: wanted.autoprobe })
  // mixed-size mode goes with the VFs
  set('vfs', { do: 'vfs', at, gpu: bdf, count: wanted.vfs }, { heterogeneous: false })
  const enabled = steps.some((step) => step.do === 'vfs' || step.do === 'reset')
  if (enabled && !wanted.autoprobe) steps.push(...bindAgain(host, index, wanted.vfs, at))
  const mode = wanted.heterogeneous ? 'heterogeneous' : 'homogeneous'
  // there is no fixed share among mixed sizes: the mode goes first where it ends, last where it begins
  if (!wanted.heterogeneous) set('heterogeneous', { do: 'mode', at, gpu: bdf, mode })
  set('scheduler', { do: 'scheduler', at, gpu: bdf, scheduler: fromPvmrl(wanted.scheduler) })
  set('heterogeneous', { do: 'mode', at, gpu: bdf, mode })
  set('persist', { do: 'persist', at, gpu: bdf, on: wanted.persist })
  return steps
}

/** Without autoprobe, VFs that were bound to the variant driver are bound to it again. */
function bindAgain(host: HostState, index: number, vfs: number, at: string): Step[] {
  return stateAt(host, index)
    .vfs.filter((vf) => vf.index < vfs && vf.driver === DRIVER_NAME)
    .map((vf) => ({ do: 'bind', at, vf: vf.bdf }))
}
