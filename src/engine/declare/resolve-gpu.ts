import { boardOf } from '../board-of.ts'
import { totalVfs } from '../definitions/vf-address.ts'
import { toPvmrl } from '../load/scheduler.ts'
import { schedulerOf } from '../load/scheduler-of.ts'
import { stateAt } from '../select.ts'
import type { GpuState, HostState } from '../state.ts'
import { eccEnabled } from '../views/gsp-answers.ts'
import { migState } from '../views/gsp-inside.ts'
import { migOf } from '../views/mig.ts'
import type { GpuRequest } from './desired.ts'
import { layoutOf, migTable, type Partition } from './layout.ts'
import type { Names } from './names.ts'
import { refusal } from './refusal.ts'
import { resolveLayout } from './resolve-layout.ts'

/** The settings of a GPU that a document can have. */
export interface GpuSettings {
  readonly vfs: number
  readonly autoprobe: boolean
  readonly ecc: boolean
  readonly eccPending: boolean | null
  readonly mig: boolean
  readonly migPending: boolean | null
  /** Turns of vGPUs on GPU instances. */
  readonly timeSlicing: boolean
  /** GPU instances, ascending by start. */
  readonly layout: readonly Partition[]
  readonly heterogeneous: boolean
  /** RmPVMRL. */
  readonly scheduler: number
  /** The next boot sets these values. */
  readonly persist: boolean
}

export interface ResolvedGpu {
  readonly index: number
  readonly bdf: string
  /** The first place in the document about this GPU; empty without one. */
  readonly at: string
  readonly is: GpuSettings
  /** The desired settings. Those that the document leaves out have their current value. */
  readonly wanted: GpuSettings
  /** Whether the document has `persist`. */
  readonly persistSaid: boolean
}

/** The GPUs of a request. @throws NvError not-found */
export function chosenGpus(host: HostState, names: Names, { at, which }: GpuRequest): number[] {
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

/** Merges all requests about a GPU. @throws NvError conflict when two set the same member */
export function resolveGpu(host: HostState, index: number, requests: readonly GpuRequest[]): ResolvedGpu {
  const gpu = stateAt(host, index)
  const is = settingsOf(host, gpu)
  const said = <K extends keyof GpuRequest>(member: K) => {
    const [first, second] = requests.filter((request) => request[member] !== undefined)
    if (first && second)
      throw refusal(second.at, 'EINVAL', 'conflict', `${member} of ${gpu.bdf} is given already, at ${first.at}`)
    return first
  }
  const say = <K extends keyof GpuRequest>(member: K): GpuRequest[K] | undefined => said(member)?.[member]
  say('vgpus')
  const ecc = say('ecc')
  const later = say('eccAfterReset')
  const mig = migWanted(gpu, is, said)
  const mode = say('mode')
  const scheduler = say('scheduler')
  const persist = say('persist')
  const inForce = ecc ?? is.ecc
  // `ecc` without `eccAfterReset` cancels a pending change
  const pending = later ?? (ecc === undefined ? is.eccPending : null)
  return {
    index,
    bdf: gpu.bdf,
    at: requests[0]?.at ?? '',
    is,
    wanted: {
      vfs: say('vfs') ?? (is.vfs === 0 && requests.some(needsVfs) ? totalVfs(gpu) : is.vfs),
      autoprobe: say('autoprobe') ?? is.autoprobe,
      ecc: inForce,
      eccPending: pending === inForce ? null : pending,
      ...mig,
      timeSlicing: slicesWanted(gpu, is, said('migTimeSlicing')),
      heterogeneous: mode === undefined ? is.heterogeneous : mode === 'heterogeneous',
      scheduler: scheduler === undefined ? is.scheduler : toPvmrl(scheduler),
      persist: persist ?? is.persist,
    },
    persistSaid: persist !== undefined,
  }
}

type Said = (member: 'mig' | 'migAfterReset' | 'gpuInstances') => GpuRequest | undefined

/** MIG mode and GPU instances. As for ECC, `mig` without `migAfterReset` cancels a pending change. @throws NvError as resolveLayout */
function migWanted(gpu: GpuState, is: GpuSettings, said: Said): Pick<GpuSettings, 'mig' | 'migPending' | 'layout'> {
  const [mode, later, instances] = [said('mig'), said('migAfterReset'), said('gpuInstances')]
  const layout = instances?.gpuInstances
  const some = layout !== undefined && ('instances' in layout ? layout.instances : layout.devices).length > 0
  const mig = mode?.mig ?? (some || is.mig)
  const at = instances?.at ?? mode?.at ?? later?.at ?? ''
  if (some && !mig) throw refusal(at, 'EINVAL', 'conflict', `${gpu.bdf} is to have GPU instances and no MIG`)
  if ((mig && !is.mig) || later?.migAfterReset)
    migTable(gpu, (message) => refusal(at, 'EOPNOTSUPP', 'unsupported', message, 'nvgpu host boards'))
  const pending = later?.migAfterReset ?? (mig === is.mig && mode === undefined ? is.migPending : null)
  const stays = mig && is.mig
  return {
    mig,
    migPending: pending === mig ? null : pending,
    layout: layout ? resolveLayout(gpu, at, layout, stays) : stays ? is.layout : [],
  }
}

/** Turns on GPU instances: those that the document asks for. @throws NvError unsupported (the chip has none) */
function slicesWanted(gpu: GpuState, is: GpuSettings, request: GpuRequest | undefined): boolean {
  const wanted = request?.migTimeSlicing ?? is.timeSlicing
  if (wanted !== is.timeSlicing && !migOf(gpu)?.canTimeSlice) {
    const message = `vGPUs take no turns on GPU instances of ${gpu.bdf}`
    throw refusal(request?.at ?? '', 'EOPNOTSUPP', 'unsupported', message)
  }
  return wanted
}

/** Settings after a reset of the GPU. Pending settings take effect. */
export function afterReset(gpu: GpuState, settings: GpuSettings): GpuSettings {
  return {
    ...settings,
    vfs: 0,
    ecc: settings.eccPending ?? settings.ecc,
    eccPending: null,
    mig: settings.migPending ?? settings.mig,
    migPending: null,
    timeSlicing: true,
    layout: [],
    heterogeneous: false,
    scheduler: toPvmrl(schedulerOf({ ...gpu, scheduler: null })),
  }
}

export function settingsOf(host: HostState, gpu: GpuState): GpuSettings {
  const heterogeneous = gpu.mgr?.heterogeneous ?? false
  return {
    vfs: gpu.hw.numVfs,
    autoprobe: gpu.nvkm.sriovDriversAutoprobe,
    ecc: eccEnabled(gpu),
    eccPending: gpu.eccPending,
    mig: migState(gpu).enabled,
    migPending: gpu.migPending,
    timeSlicing: migState(gpu).timeSlicing,
    layout: layoutOf(gpu),
    heterogeneous,
    scheduler: toPvmrl(schedulerOf(gpu)),
    persist: isRemembered(host, gpu.bdf, { vfs: gpu.hw.numVfs, heterogeneous, scheduler: gpu.scheduler }),
  }
}

/** Whether the next boot sets exactly these values. The scheduler is null when only the module option sets it. */
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

function needsVfs({ vfsIfNone, vgpus }: GpuRequest): boolean {
  return vfsIfNone === true && (vgpus?.some(({ count }) => count > 0) ?? false)
}
