import { type Profile, profileOf } from '../../catalog/profiles.ts'
import type { Change } from '../../contract/views/change.ts'
import type { VgpuView } from '../../contract/views/vgpu.ts'
import { NvError } from '../../errors/nv-error.ts'
import { vgpuParams } from '../attributes.ts'
import { boardOf } from '../board-of.ts'
import { fits, free } from '../capacity.ts'
import { definitionNamed } from '../definitions/index-of.ts'
import { findType } from '../find-type.ts'
import { knownType } from '../known-types.ts'
import { requireNotSuspended } from '../not-suspended.ts'
import {
  configured,
  findVf,
  findVgpu,
  gpuIndex,
  gpuOption,
  gpusNaming,
  searchVgpu,
  stateAt,
  type VfAt,
} from '../select.ts'
import type { HostState, VfState, VgpuAttr } from '../state.ts'
import { supportMend } from '../support-mend.ts'
import { takeInOrder } from '../unwind.ts'
import { uuidBytes } from '../uuid.ts'
import { vfDriverName } from '../vf-driver.ts'
import type { VgpuIdentity } from '../vfio/device.ts'
import { DRIVER_NAME } from '../vfio/device.ts'
import { vgpuView } from '../views/vgpu.ts'
import { openerFor, uuidOf } from './attach.ts'
import { onMachine } from './run.ts'

export interface CreateRequest {
  type: string
  gpu?: string
  vf?: string
  /** RFC 4122 text, lower case. */
  uuid: string
  /** The UUID is newly generated: no other vGPU has it. */
  uuidIsFresh?: boolean
  name?: string
  /** Open the device too (boot the plugin task); otherwise only select the type. */
  start: boolean
  vm?: string
  /** UUID of the VM; else it follows from the name. */
  vmUuid?: string
  /** First slot; default the first free one. */
  placementId?: number
  /** GPU instance of a MIG-backed type; default the first free one of its profile. */
  gpuInstanceId?: number
  /** Attributes to write. A placement id among them is the default of `placementId`. */
  attrs?: readonly VgpuAttr[]
  ifNotExists?: boolean
}

/** The vGPUs of a verb: the named ones, or all (of a GPU). */
export interface Targets {
  selectors: readonly string[]
  all?: boolean
  gpu?: string
}

/**
 * Selects the type on a VF and, with `start`, opens it.
 * @throws NvError not-found, type-mismatch, max-instances, no-vf, vf-limit, exists, busy, or as opening fails;
 *   the VF is then unchanged
 */
export function createVgpu(host: HostState, request: CreateRequest): Change<VgpuView> {
  requireNotSuspended(host)
  const existing = sameIdentity(host, request)
  if (existing) {
    if (request.ifNotExists)
      return {
        changed: false,
        items: [vgpuView(host, existing)],
        warnings: [`vGPU ${existing.vf.uuid} is there already`],
      }
    const what = existing.vf.uuid === request.uuid ? `UUID ${request.uuid}` : `the name "${request.name}"`
    throw new NvError({
      errno: 'EEXIST',
      code: 'exists',
      at: 'vgpu create',
      message: `${what} belongs to the vGPU on ${existing.vf.bdf}`,
      hint: `nvgpu vgpu show ${existing.vf.bdf}`,
      object: existing.vf.uuid ?? '',
    })
  }
  refuseDefinedName(host, request)
  const attrs = (request.attrs ?? []).map((attr) => ({ ...attr }))
  const params = vgpuParams(attrs)
  const placementId = request.placementId ?? params.placementId ?? undefined
  const gpuInstanceId = request.gpuInstanceId ?? params.gpuInstanceId ?? undefined
  const type = findType(host, request.type).vgpuType
  const at = request.vf === undefined ? freeVf(host, type, request.gpu) : namedVf(host, request.vf, request.gpu)
  onMachine(host, at.gpu, (machine) => {
    const device = machine.vfio(at.vf)
    const selected = at.vf.vgpuType
    takeInOrder((onError) => {
      device.setCurrentVgpuType(type, { placementId, gpuInstanceId })
      onError(() => device.setCurrentVgpuType(selected))
      at.vf.attrs = attrs
      onError(() => {
        at.vf.attrs = []
      })
      if (request.start)
        device.open(openerFor(host, at, request.vm ?? request.name, uuidOf(request)), identity(request.uuid))
    })
    at.vf.uuid = request.uuid
    at.vf.name = request.name ?? null
  })
  return { changed: true, items: [vgpuView(host, at)], warnings: [] }
}

/**
 * Opens configured vGPUs, all or none. A running one gives a warning.
 * @throws NvError wrong-state for a failed one, or as opening fails
 */
export function startVgpus(host: HostState, targets: Targets & { vm?: string; vmUuid?: string }): Change<VgpuView> {
  return takeInOrder((onError) =>
    each(host, targets, (at) => {
      refuseMigrating(host, at)
      if (at.vf.opened) return alreadyOpen(vgpuView(host, at))
      const { vmsStarted } = stateAt(host, at.gpu)
      onMachine(host, at.gpu, (machine) =>
        machine
          .vfio(at.vf)
          .open(
            openerFor(host, at, targets.vm ?? at.vf.name ?? undefined, uuidOf(targets)),
            identity(at.vf.uuid ?? ''),
          ),
      )
      onError(() => {
        onMachine(host, at.gpu, (machine) => machine.vfio(at.vf).close())
        stateAt(host, at.gpu).vmsStarted = vmsStarted
      })
      return null
    }),
  )
}

/** @throws NvError wrong-state */
function alreadyOpen({ uuid, state, failure }: VgpuView): string {
  if (state === 'failed') {
    throw new NvError({
      errno: 'EBUSY',
      code: 'wrong-state',
      at: 'nvidia_vgpu_vfio_open_device',
      message: `vGPU ${uuid} has failed${failure === null ? '' : ` (Xid ${failure.xid}: ${failure.text})`}, and starts again once it is stopped`,
      hint: `nvgpu vgpu stop ${uuid}`,
      object: uuid,
    })
  }
  return state === 'paused'
    ? `vGPU ${uuid} is paused; it goes on with: nvgpu vgpu resume ${uuid}`
    : `vGPU ${uuid} runs already`
}

/** Closes running vGPUs; type and UUID stay. */
export function stopVgpus(host: HostState, targets: Targets): Change<VgpuView> {
  requireNotSuspended(host)
  return each(host, targets, (at) => {
    refuseMigrating(host, at)
    if (!at.vf.opened) return `vGPU ${at.vf.uuid} does not run`
    onMachine(host, at.gpu, (machine) => machine.vfio(at.vf).close())
    return null
  })
}

/** Closes vGPUs and deselects their type. `items` are the vGPUs before the change. */
export function destroyVgpus(host: HostState, targets: Targets & { ifExists?: boolean }): Change<VgpuView> {
  requireNotSuspended(host)
  const chosen = choose(host, targets, targets.ifExists ?? false)
  for (const at of chosen.found) refuseMigrating(host, at)
  const items = chosen.found.map((at) => vgpuView(host, at))
  for (const at of chosen.found) {
    onMachine(host, at.gpu, (machine) => {
      const device = machine.vfio(at.vf)
      if (at.vf.opened) device.close()
      device.setCurrentVgpuType(0)
    })
  }
  return {
    changed: items.length > 0,
    items,
    warnings: chosen.missing.map((selector) => `there is no vGPU "${selector}"`),
  }
}

function each(host: HostState, targets: Targets, act: (at: VfAt) => string | null): Change<VgpuView> {
  const { found } = choose(host, targets, false)
  const warnings = found.map(act)
  return {
    changed: warnings.includes(null),
    items: found.map((at) => vgpuView(host, at)),
    warnings: warnings.filter((warning) => warning !== null),
  }
}

/** The selected vGPUs, each once. */
export function choose(host: HostState, targets: Targets, ifExists: boolean): { found: VfAt[]; missing: string[] } {
  if (targets.all) return { found: configured(host, targets.gpu), missing: [] }
  const found = new Map<VfState, VfAt>()
  const missing: string[] = []
  for (const selector of targets.selectors) {
    const at = ifExists ? searchVgpu(host, selector, targets.gpu) : findVgpu(host, selector, targets.gpu)
    if (at === undefined) missing.push(selector)
    else if (!found.has(at.vf)) found.set(at.vf, at)
  }
  return { found: [...found.values()], missing }
}

/** Refuses to change a vGPU that is migrating to another host. @throws NvError EBUSY */
export function refuseMigrating(host: HostState, { vf }: VfAt): void {
  if (host.migrations.length === 0) return
  const leaving = host.migrations.find(({ phase, uuid }) => phase === 'leaving' && uuid === vf.uuid)
  if (!leaving) return
  throw new NvError({
    errno: 'EBUSY',
    code: 'busy',
    at: 'nvidia_vgpu_vfio_migration',
    message: `vGPU ${vf.uuid} is migrating to ${leaving.peer}, which does not answer`,
    hint: `nvgpu migrate ${vf.uuid} --abort --force`,
    object: vf.uuid ?? vf.bdf,
  })
}

function sameIdentity(host: HostState, request: CreateRequest): VfAt | undefined {
  if (request.uuidIsFresh && request.name === undefined) return undefined
  const { uuid, name } = request
  for (const gpu of gpusNaming(host, name === undefined ? [uuid] : [uuid, name])) {
    for (const vf of stateAt(host, gpu).vfs) {
      if (vf.uuid === null) continue
      if (vf.uuid === uuid || (name !== undefined && vf.name === name)) return { gpu, vf }
    }
  }
  return undefined
}

/** Refuses the name of another definition. @throws NvError EEXIST */
export function refuseDefinedName(host: HostState, { uuid, name }: { uuid: string; name?: string }): void {
  const other = name === undefined ? undefined : definitionNamed(host, name)
  if (!other || other.uuid === uuid) return
  throw new NvError({
    errno: 'EEXIST',
    code: 'exists',
    at: 'vgpu create',
    message: `the name "${name}" belongs to the defined vGPU ${other.uuid}`,
    hint: `nvgpu vgpu start ${other.uuid}`,
    object: other.uuid,
  })
}

export function namedVf(host: HostState, selector: string, gpu: string | undefined): VfAt {
  const at = findVf(host, selector, gpu)
  const { vf } = at
  if (vf.driver !== 'nvidia-vgpu-vfio' || vf.unbound) {
    throw new NvError({
      errno: 'ENODEV',
      code: 'wrong-state',
      at: 'current_vgpu_type_store',
      message: vf.unbound
        ? `the driver of ${vf.bdf} has been torn down: unbind it, then bind it again`
        : `${vf.bdf} is not bound to ${vfDriverName(host, DRIVER_NAME)}`,
      hint: `nvgpu vf ${vf.unbound ? 'unbind' : 'bind'} ${vf.bdf}`,
      object: vf.bdf,
    })
  }
  if (vf.uuid !== null) {
    const occupied = profileOf(host).selection.choose.find((rule) => rule.check === 'empty')
    throw new NvError({
      errno: occupied?.errno ?? 'EBUSY',
      code: 'busy',
      at: 'current_vgpu_type_store',
      message: `${vf.bdf} carries vGPU ${vf.uuid}`,
      hint: `nvgpu vgpu destroy ${vf.uuid}`,
      object: vf.bdf,
    })
  }
  return at
}

/** The lowest free VF of the first GPU with room. Without room: a VF of the first GPU of the type, whose driver then refuses. */
export function freeVf(host: HostState, type: number, selector: string | undefined): VfAt {
  const profile = profileOf(host)
  const gpus = selector === undefined ? host.gpus.keys() : [gpuIndex(host, selector)]
  let fallback: VfAt | undefined
  for (const index of gpus) {
    const gpu = stateAt(host, index)
    if (!knownType(host, boardOf(gpu), type)) continue
    const vf = firstFree(gpu.vfs, profile)
    const anyFree =
      vf ?? gpu.vfs.find((known) => known.driver === 'nvidia-vgpu-vfio' && !known.unbound && known.uuid === null)
    if (anyFree) fallback ??= { gpu: index, vf: anyFree }
    if (vf && (selector !== undefined || host.gpus.length === 1 || fits(host, index, type).count > 0))
      return { gpu: index, vf }
  }
  if (fallback) return fallback
  throw new NvError({ errno: 'ENOSPC', code: 'no-vf', at: 'vgpu create', ...noVfReason(host, selector) })
}

function firstFree(vfs: readonly VfState[], profile: Profile): VfState | undefined {
  for (const vf of vfs) if (free(vf, profile)) return vf
  return undefined
}

/** The reason why no VF is free, with a fix. */
function noVfReason(host: HostState, selector: string | undefined): { message: string; hint: string } {
  const gpus = selector === undefined ? host.gpus : [stateAt(host, gpuIndex(host, selector))]
  const [only] = gpus.length === 1 ? gpus : []
  if (only?.nvkm.driver === null)
    return { message: `no driver is bound to ${only.bdf}`, hint: `nvgpu gpu bind ${only.bdf}` }
  if (only && !only.nvkm.enabled)
    return { message: `vGPU support of ${only.bdf} is not enabled`, hint: supportMend(only, profileOf(host)) }
  const vfs = gpus.flatMap((gpu) => gpu.vfs)
  if (vfs.length === 0) return { message: 'no VFs are enabled', hint: `nvgpu vf enable 4${gpuOption(host, selector)}` }
  const torn = vfs.find((vf) => vf.unbound)
  if (torn) {
    const message = `none of the ${vfs.length} VFs is free; the driver of ${torn.bdf} has been torn down: unbind it, then bind it again`
    return { message, hint: `nvgpu vf unbind ${torn.bdf}` }
  }
  const loose = vfs.find((vf) => vf.driver === null)
  const hint = loose ? `nvgpu vf bind ${loose.bdf}` : 'nvgpu vf list'
  return { message: `none of the ${vfs.length} VFs is free`, hint }
}

export function identity(uuid: string): VgpuIdentity {
  return { uuid, uuidBytes: uuidBytes(uuid) }
}
