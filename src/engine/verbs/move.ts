import { profileOf } from '../../catalog/profiles.ts'
import { NvError } from '../../errors/nv-error.ts'
import { boardOf } from '../board-of.ts'
import { free } from '../capacity.ts'
import { knownType } from '../known-types.ts'
import { stateAt, type VfAt } from '../select.ts'
import type { HostState, VfState } from '../state.ts'
import { vgpuView } from '../views/vgpu.ts'
import { onMachine } from './run.ts'
import { moveOut, restoreVgpu, saveVgpu, suspendVgpus } from './save.ts'
import { freeVf, refuseMigrating, stopVgpus } from './vgpus.ts'

export type OnError = (giveBack: () => void) => void

/** The new place of a vGPU on the same host. */
export interface NewPlace {
  gpu: number
  /** first slot; by default the first creatable one */
  placementId?: number
  /** by default the first free one of the type's profile */
  gpuInstanceId?: number
}

/**
 * Moves a vGPU to another GPU, or to another place of its GPU, in the state it has.
 * @throws NvError busy (migrating), wrong-state (failed), type-mismatch, or as restoring fails
 */
export function moveVgpu(host: HostState, at: VfAt, to: NewPlace, onError: OnError): void {
  refuseMigrating(host, at)
  refuseForeign(host, at, to.gpu)
  if (at.vf.opened) moveRunning(host, at, to, onError)
  else moveConfigured(host, at, to, onError)
}

/** Saves the vGPU and restores it at the other place. A paused one is paused there. */
function moveRunning(host: HostState, at: VfAt, { gpu, ...wanted }: NewPlace, onError: OnError): void {
  const { uuid, bdf, paused } = at.vf
  const before = placeWishOf(at.vf)
  const selectors = [uuid ?? '']
  const pauseAgain = () => paused === 'user' && suspendVgpus(host, { selectors })
  refuseFailed(host, at)
  const target = targetVf(host, at, gpu)
  const { file } = saveVgpu(host, bdf)
  onError(() => {
    restoreVgpu(host, file, { vf: bdf, ...before })
    pauseAgain()
  })
  restoreVgpu(host, file, {
    ...(target ? { vf: target.bdf } : { gpu: String(gpu) }),
    ...wanted,
  })
  onError(() => stopVgpus(host, { selectors }))
  pauseAgain()
}

function placeWishOf({ placementId, gpuInstanceId }: VfState): Pick<NewPlace, 'placementId' | 'gpuInstanceId'> {
  return {
    ...(placementId === null ? {} : { placementId }),
    ...(gpuInstanceId === null ? {} : { gpuInstanceId }),
  }
}

/** Another VF of the same GPU; undefined where any VF of another GPU will do. */
function targetVf(host: HostState, at: VfAt, gpu: number): VfState | undefined {
  return gpu === at.gpu ? stateAt(host, gpu).vfs.find((vf) => free(vf, profileOf(host))) : undefined
}

/** Selects the type at the other place. */
function moveConfigured(host: HostState, at: VfAt, to: NewPlace, onError: OnError): void {
  const { uuid, name, attrs, saved, vgpuType } = at.vf
  const { placementId, gpuInstanceId } = to
  const target = targetVf(host, at, to.gpu)
  moveOut(host, at, onError)
  const { gpu, vf } = target ? { gpu: to.gpu, vf: target } : freeVf(host, vgpuType, String(to.gpu))
  const select = (type: number) =>
    onMachine(host, gpu, (machine) =>
      machine.vfio(vf).setCurrentVgpuType(type, type === 0 ? {} : { placementId, gpuInstanceId }),
    )
  select(vgpuType)
  onError(() => select(0))
  Object.assign(vf, { uuid, name, attrs, saved })
}

/** Refuses a type that the other GPU does not have. */
function refuseForeign(host: HostState, { gpu, vf }: VfAt, to: number): void {
  const target = stateAt(host, to)
  if (knownType(host, boardOf(target), vf.vgpuType)) return
  const type = knownType(host, boardOf(stateAt(host, gpu)), vf.vgpuType)
  throw new NvError({
    errno: 'ENODEV',
    code: 'type-mismatch',
    at: 'gpu drain',
    message: `${type?.vgpuName ?? vf.vgpuType} is not a type of ${target.bdf}`,
    hint: `nvgpu types list --gpu ${target.bdf}`,
    object: vf.uuid ?? '',
  })
}

function refuseFailed(host: HostState, at: VfAt): void {
  if (vgpuView(host, at).state !== 'failed') return
  throw new NvError({
    errno: 'EBUSY',
    code: 'wrong-state',
    at: 'gpu drain',
    message: 'it has failed and cannot be saved; it moves once it is stopped',
    hint: `nvgpu vgpu stop ${at.vf.uuid}`,
    object: at.vf.uuid ?? '',
  })
}
