import type { GpuState } from '../state.ts'
import { migOf } from '../views/mig.ts'
import { type Partition, sameParts } from './layout.ts'
import { afterReset, type GpuSettings } from './resolve-gpu.ts'
import type { Step } from './step.ts'

interface Switched {
  readonly steps: Step[]
  readonly now: GpuSettings
  /** The driver resets the GPU to switch the mode. */
  readonly reset: boolean
}

/** The steps to the wanted MIG mode of an empty GPU: instances and VFs are in the way of it. */
export function modeSteps(gpu: GpuState, at: string, now: GpuSettings, wanted: GpuSettings): Switched {
  if (now.mig === wanted.mig) return { steps: [], now, reset: false }
  const { bdf } = gpu
  const steps = layoutSteps(bdf, at, now.layout, [])
  if (now.vfs > 0) steps.push({ do: 'vfs', at, gpu: bdf, count: 0 })
  const empty = { ...now, vfs: 0, heterogeneous: false, layout: [] }
  if (now.migPending === wanted.mig) {
    steps.push({ do: 'reset', at, gpu: bdf })
    return { steps, now: afterReset(gpu, empty), reset: false }
  }
  const reset = migOf(gpu)?.modeInRom === true
  // the reset must not switch ECC too
  if (reset && now.eccPending !== null) steps.push({ do: 'ecc', at, gpu: bdf, on: now.ecc })
  steps.push({ do: 'mig', at, gpu: bdf, on: wanted.mig })
  const switched = { ...empty, mig: wanted.mig, migPending: null }
  return { steps, now: reset ? afterReset(gpu, { ...switched, eccPending: null }) : switched, reset }
}

/** The steps that request a switch at the next reset, or take the request back. Only VFs keep a switch pending. */
export function pendingSteps(bdf: string, at: string, { vfs }: GpuSettings, wanted: GpuSettings): Step[] {
  const mig: Step = { do: 'mig', at, gpu: bdf, on: wanted.migPending ?? wanted.mig }
  if (wanted.migPending === null || vfs > 0) return [mig]
  return [{ do: 'vfs', at, gpu: bdf, count: 1 }, mig, { do: 'vfs', at, gpu: bdf, count: 0 }]
}

/** The steps from one layout to another: first those that free places. */
export function layoutSteps(gpu: string, at: string, is: readonly Partition[], wanted: readonly Partition[]): Step[] {
  const lacks = (layout: readonly Partition[], part: Partition) => !layout.some((other) => sameParts(part, other))
  return [
    ...is.filter((part) => lacks(wanted, part)).map((part): Step => ({ do: 'join', at, gpu, part })),
    ...wanted.filter((part) => lacks(is, part)).map((part): Step => ({ do: 'partition', at, gpu, part })),
  ]
}
