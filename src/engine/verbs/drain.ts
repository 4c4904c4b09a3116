import type { Change } from '../../contract/views/change.ts'
import type { VgpuView } from '../../contract/views/vgpu.ts'
import { NvError } from '../../errors/nv-error.ts'
import { boardOf } from '../board-of.ts'
import { blaming } from '../declare/refusal.ts'
import { knownType } from '../known-types.ts'
import { requireNotSuspended } from '../not-suspended.ts'
import { configured, gpuIndex, stateAt, type VfAt } from '../select.ts'
import type { HostState } from '../state.ts'
import { takeInOrder } from '../unwind.ts'
import { vgpuView } from '../views/vgpu.ts'
import { onMachine } from './run.ts'
import { moveOut, restoreVgpu, saveVgpu, suspendVgpus } from './save.ts'
import { choose, freeVf, refuseMigrating, stopVgpus } from './vgpus.ts'

type OnError = (giveBack: () => void) => void

/** The vGPUs after a drain, and the VF of each before, by UUID. */
export interface Drained extends Change<VgpuView> {
  from: ReadonlyMap<string, string>
}

/**
 * Stops every running vGPU of a GPU; they stay configured. With `to`, every vGPU moves to that GPU and keeps its state:
 * all move or none.
 * @throws NvError invalid-argument (the same GPU), busy (migrating), wrong-state (failed), type-mismatch, or as restoring fails
 */
export function drainGpu(host: HostState, request: { gpu?: string; to?: string }): Drained {
  requireNotSuspended(host)
  const gpu = gpuIndex(host, request.gpu)
  const found = configured(host, String(gpu))
  const from = new Map(found.map(({ vf }) => [vf.uuid ?? '', vf.bdf]))
  const { bdf } = stateAt(host, gpu)
  if (request.to === undefined) {
    const running = found.flatMap(({ vf }) => (vf.opened && vf.uuid !== null ? [vf.uuid] : []))
    if (running.length === 0) return { changed: false, items: [], warnings: [`no vGPU runs on ${bdf}`], from }
    return { ...stopVgpus(host, { selectors: running }), from }
  }
  const to = gpuIndex(host, request.to)
  if (to === gpu) throw sameGpu(bdf)
  const warnings = found.length === 0 ? [`${bdf} has no vGPU`] : []
  takeInOrder((onError) => {
    for (const at of largestFirst(host, found)) blaming(`vGPU ${at.vf.uuid}`, () => move(host, at, to, onError))
  })
  const items = choose(host, { selectors: [...from.keys()] }, false).found.map((at) => vgpuView(host, at))
  return { changed: items.length > 0, items, warnings, from }
}

/** The largest type has the fewest places. */
function largestFirst(host: HostState, vgpus: readonly VfAt[]): VfAt[] {
  const sizeOf = ({ gpu, vf }: VfAt) => knownType(host, boardOf(stateAt(host, gpu)), vf.vgpuType)?.profileSize ?? 0
  return vgpus.toSorted((a, b) => sizeOf(b) - sizeOf(a))
}

function move(host: HostState, at: VfAt, to: number, onError: OnError): void {
  refuseMigrating(host, at)
  refuseForeign(host, at, to)
  if (at.vf.opened) moveRunning(host, at, to, onError)
  else moveConfigured(host, at, to, onError)
}

/** Saves the vGPU and restores it on the other GPU. A paused one is paused there. */
function moveRunning(host: HostState, at: VfAt, to: number, onError: OnError): void {
  const { uuid, bdf, paused, placementId } = at.vf
  const selectors = [uuid ?? '']
  const pauseAgain = () => paused === 'user' && suspendVgpus(host, { selectors })
  refuseFailed(host, at)
  const { file } = saveVgpu(host, bdf)
  onError(() => {
    restoreVgpu(host, file, { vf: bdf, ...(placementId === null ? {} : { placementId }) })
    pauseAgain()
  })
  restoreVgpu(host, file, { gpu: String(to) })
  onError(() => stopVgpus(host, { selectors }))
  pauseAgain()
}

/** Selects the type on the other GPU. */
function moveConfigured(host: HostState, at: VfAt, to: number, onError: OnError): void {
  const { uuid, name, attrs, saved, vgpuType } = at.vf
  moveOut(host, at, onError)
  const { gpu, vf } = freeVf(host, vgpuType, String(to))
  const select = (type: number) => onMachine(host, gpu, (machine) => machine.vfio(vf).setCurrentVgpuType(type))
  select(vgpuType)
  onError(() => select(0))
  Object.assign(vf, { uuid, name, attrs, saved })
}

function sameGpu(bdf: string): NvError {
  return new NvError({
    errno: 'EINVAL',
    code: 'invalid-argument',
    at: 'gpu drain',
    message: `the vGPUs of ${bdf} cannot move to the same GPU`,
    hint: 'nvgpu gpu list',
    object: bdf,
  })
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
