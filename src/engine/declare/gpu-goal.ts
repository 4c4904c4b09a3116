import { boardOf } from '../board-of.ts'
import { totalVfs } from '../definitions/vf-address.ts'
import { toPvmrl } from '../load/scheduler.ts'
import { schedulerOf } from '../load/scheduler-of.ts'
import { stateAt } from '../select.ts'
import type { GpuState, HostState } from '../state.ts'
import type { GpuWish } from './desired.ts'
import type { Names } from './names.ts'
import { refusal } from './refusal.ts'

/** Settings of a GPU that a document can speak of. */
export interface GpuSettings {
  readonly vfs: number
  readonly autoprobe: boolean
  readonly ecc: boolean
  readonly eccPending: boolean | null
  readonly heterogeneous: boolean
  /** RmPVMRL. */
  readonly scheduler: number
  /** What is set here is what the next boot sets. */
  readonly persist: boolean
}

export interface GpuGoal {
  readonly index: number
  readonly bdf: string
  /** Where it was spoken of first; empty where it was not. */
  readonly at: string
  readonly is: GpuSettings
  /** As they shall be; those nobody spoke of are as they are. */
  readonly wanted: GpuSettings
  /** Whether the document speaks of what the next boot sets. */
  readonly persistSaid: boolean
}

/** The GPUs a wish is about. @throws NvError not-found */
export function chosenGpus(host: HostState, names: Names, { at, which }: GpuWish): number[] {
  if ('selector' in which) return [names.gpu(at, which.selector)]
  const { indices, deviceIds } = which
  const missing = indices?.find((index) => index >= host.gpus.length)
  if (missing !== undefined) {
    const count = host.gpus.length === 1 ? 'there is one' : `there are ${host.gpus.length}`
    throw refusal(at, 'ENODEV', 'not-found', `there is no GPU ${missing}, ${count}`, 'nvgpu gpu list')
  }
  return (indices ?? [...host.gpus.keys()]).filter(
    (index) => deviceIds?.includes(boardOf(stateAt(host, index)).deviceId) ?? true,
  )
}

/** What all wishes about a GPU come to. @throws NvError conflict where two say the same thing */
export function gpuGoal(host: HostState, index: number, wishes: readonly GpuWish[]): GpuGoal {
  const gpu = stateAt(host, index)
  const is = settingsOf(host, gpu)
  const say = <K extends keyof GpuWish>(member: K): GpuWish[K] | undefined => {
    const [first, second] = wishes.filter((wish) => wish[member] !== undefined)
    if (first && second)
      throw refusal(second.at, 'EINVAL', 'conflict', `${member} of ${gpu.bdf} is given already, at ${first.at}`)
    return first?.[member]
  }
  say('vgpus')
  const ecc = say('ecc')
  const later = say('eccAfterReset')
  const mode = say('mode')
  const scheduler = say('scheduler')
  const persist = say('persist')
  const inForce = ecc ?? is.ecc
  // ECC that is said to be so, and not said to change at the next reset, is meant to stay so
  const pending = later ?? (ecc === undefined ? is.eccPending : null)
  return {
    index,
    bdf: gpu.bdf,
    at: wishes[0]?.at ?? '',
    is,
    wanted: {
      vfs: say('vfs') ?? (is.vfs === 0 && wishes.some(needsVfs) ? totalVfs(gpu) : is.vfs),
      autoprobe: say('autoprobe') ?? is.autoprobe,
      ecc: inForce,
      eccPending: pending === inForce ? null : pending,
      heterogeneous: mode === undefined ? is.heterogeneous : mode === 'heterogeneous',
      scheduler: scheduler === undefined ? is.scheduler : toPvmrl(scheduler),
      persist: persist ?? is.persist,
    },
    persistSaid: persist !== undefined,
  }
}

/** Settings after a reset of the GPU, which puts pending ones into force. */
export function afterReset(gpu: GpuState, settings: GpuSettings): GpuSettings {
  return {
    ...settings,
    vfs: 0,
    ecc: settings.eccPending ?? settings.ecc,
    eccPending: null,
    heterogeneous: false,
    scheduler: toPvmrl(schedulerOf({ ...gpu, scheduler: null })),
  }
}

export function settingsOf(host: HostState, gpu: GpuState): GpuSettings {
  const heterogeneous = gpu.mgr?.heterogeneous ?? false
  return {
    vfs: gpu.hw.numVfs,
    autoprobe: gpu.nvkm.sriovDriversAutoprobe,
    ecc: gpu.gsp.eccEnabled,
    eccPending: gpu.eccPending,
    heterogeneous,
    scheduler: toPvmrl(schedulerOf(gpu)),
    persist: isRemembered(host, gpu.bdf, { vfs: gpu.hw.numVfs, heterogeneous, scheduler: gpu.scheduler }),
  }
}

/** Whether the next boot sets just this. The scheduler is null where none was set, and the module option stands. */
export function isRemembered(
  { boot }: HostState,
  bdf: string,
  now: Pick<GpuSettings, 'vfs' | 'heterogeneous'> & { readonly scheduler: number | null },
): boolean {
  const kept = boot[bdf]
  return (
    kept?.kept === true &&
    kept.numVfs === now.vfs &&
    kept.heterogeneous === now.heterogeneous &&
    kept.scheduler === now.scheduler
  )
}

function needsVfs({ vfsIfNone, vgpus }: GpuWish): boolean {
  return vfsIfNone === true && (vgpus?.some(({ count }) => count > 0) ?? false)
}
