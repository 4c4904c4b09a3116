import type { Change } from '../../contract/views/change.ts'
import type { ListedVgpuView } from '../../contract/views/vgpu.ts'
import { NvError } from '../../errors/nv-error.ts'
import { addAttr, checkAttr, onInstance, removeAttr, vgpuParams } from '../attributes.ts'
import { boardOf } from '../board-of.ts'
import { definitionsOf, findDefinition, matching } from '../definitions/find.ts'
import { definitionOf, dropDefinition, putDefinition } from '../definitions/index-of.ts'
import { forgetGpu, rememberGpu } from '../definitions/intent.ts'
import type { MdevDevice } from '../definitions/mdevctl.ts'
import { possibleVf } from '../definitions/vf-address.ts'
import { findType, nameOf } from '../find-type.ts'
import { knownType } from '../known-types.ts'
import { vgpuBy } from '../lookup.ts'
import { mergeChanges } from '../merge-changes.ts'
import { findVgpu, gpuIndex, gpuIndices, noVgpu, searchVgpu, stateAt, type VfAt } from '../select.ts'
import type { Definition, HostState, VgpuAttr } from '../state.ts'
import { definedVgpuView } from '../views/listed-vgpu.ts'
import { vgpuView } from '../views/vgpu.ts'
import { onMachine } from './run.ts'
import { refuseDefinedName, refuseMigrating, type Targets } from './vgpus.ts'

const AT = 'vgpu define'

export interface DefineRequest {
  /** A configured vGPU as a template; the members below override it. */
  vgpu?: string
  uuid?: string
  type?: string
  name?: string
  gpu?: string
  /** The preferred VF; it need not be enabled. */
  vf?: string
  placementId?: number
  /** Kept as the attribute nvidia/gpu_instance_id; default that of the configured vGPU. */
  gpuInstanceId?: number
  start?: Definition['start']
  attrs?: readonly VgpuAttr[]
  ifNotExists?: boolean
}

/**
 * Defines a vGPU, from a configured one or from type and GPU.
 * @throws NvError not-found, exists, ambiguous (several GPUs and none named), type-mismatch (not a type of that GPU)
 */
export function defineVgpu(host: HostState, request: DefineRequest): Change<ListedVgpuView> {
  const active = request.vgpu === undefined ? undefined : findVgpu(host, request.vgpu, request.gpu)
  const definition = active ? ofActive(host, active, request) : ofRequest(host, request)
  const known = definitionOf(host, definition.uuid)
  if (known) {
    if (request.ifNotExists)
      return { changed: false, items: [listed(host, known)], warnings: [`vGPU ${known.uuid} is defined already`] }
    throw new NvError({
      errno: 'EEXIST',
      code: 'exists',
      at: AT,
      message: `vGPU ${known.uuid} is defined already`,
      hint: `nvgpu vgpu modify ${known.uuid}`,
      object: known.uuid,
    })
  }
  put(host, definition)
  return { changed: true, items: [listed(host, definition)], warnings: [] }
}

/** Devices of an mdevctl file. The other members fill in missing members of a device. */
export interface DefineAllRequest extends Omit<DefineRequest, 'vgpu' | 'type' | 'start' | 'attrs' | 'uuid'> {
  devices: readonly MdevDevice[]
  uuid: string
}

/** Defines the devices of an mdevctl file, all or nothing. A parent is a GPU or a VF. @throws NvError as defineVgpu */
export function defineAll(host: HostState, request: DefineAllRequest): Change<ListedVgpuView> {
  const { devices, uuid, gpu, vf, ...facts } = request
  const place = { ...(gpu === undefined ? {} : { gpu }), ...(vf === undefined ? {} : { vf }) }
  const changes = devices.map((device) =>
    defineVgpu(host, {
      ...facts,
      uuid: device.uuid ?? uuid,
      type: device.type,
      start: device.start,
      attrs: device.attrs,
      ...(device.parent === null ? place : parentOf(host, device.parent)),
    }),
  )
  return mergeChanges(changes)
}

/** Removes definitions. Configured vGPUs stay. `items` are the definitions before the change. */
export function undefineVgpus(host: HostState, targets: Targets & { ifExists?: boolean }): Change<ListedVgpuView> {
  const { found, missing } = chosen(host, targets)
  const items = found.map((definition) => listed(host, definition))
  for (const { uuid } of found) dropDefinition(host, uuid)
  for (const { gpu } of found) forgetGpu(host, gpu)
  return {
    changed: found.length > 0,
    items,
    warnings: missing.map((selector) => `there is no definition "${selector}"`),
  }
}

/** Sets whether definitions start at boot. Switching it on also keeps the current settings of their GPU for the boot. */
export function autostartVgpus(host: HostState, targets: Targets & { on: boolean }): Change<ListedVgpuView> {
  const { found } = chosen(host, targets)
  const start = targets.on ? 'auto' : 'manual'
  const isSo = (definition: Definition) => definition.start === start
  const different = found.filter((definition) => !isSo(definition))
  for (const definition of different) put(host, { ...definition, start })
  return {
    changed: different.length > 0,
    items: found.map(({ uuid }) => listed(host, host.definitions[uuid] as Definition)),
    warnings: found.filter(isSo).map(({ uuid }) => `vGPU ${uuid} is ${start} already`),
  }
}

/** A change of the list of attributes: add one, delete one, or replace all. */
export type AttrEdit =
  | { readonly kind: 'add'; readonly attr: VgpuAttr; readonly index?: number }
  | { readonly kind: 'delete'; readonly index?: number }
  | { readonly kind: 'replace'; readonly attrs: readonly VgpuAttr[] }

export interface ModifyRequest {
  vgpu: string
  /** Change the configured vGPU; with `defined` its definition too. */
  live?: boolean
  defined?: boolean
  type?: string
  /** null removes it; so in vf and placementId. */
  name?: string | null
  gpu?: string
  vf?: string | null
  placementId?: number | null
  start?: Definition['start']
  attrs?: AttrEdit
}

/**
 * Changes a definition, the configured vGPU, or both. Only name, attributes and autostart of a configured vGPU can change;
 * its type, GPU, VF and placement cannot.
 * @throws NvError not-found, exists (the name), busy (a member that cannot change live), invalid-argument (attributes)
 */
export function modifyVgpu(host: HostState, request: ModifyRequest): Change<ListedVgpuView> {
  const live = request.live ?? false
  const at = live ? there(host, request.vgpu) : undefined
  const defined = !live || (request.defined ?? false) || request.start !== undefined
  const definition = defined ? findDefinition(host, request.vgpu) : undefined
  const before = JSON.stringify([definition, at?.vf.name, at?.vf.attrs])
  if (at) modifyLive(host, at, request)
  const after = definition && modified(host, definition, live && !request.defined ? startOnly(request) : request)
  if (after) put(host, after)
  const changed = JSON.stringify([after, at?.vf.name, at?.vf.attrs]) !== before
  const item = at ? vgpuView(host, at) : listed(host, after as Definition)
  return { changed, items: [item], warnings: changed ? [] : [`vGPU ${item.uuid} is so already`] }
}

/** The vGPU that a selector or the name of its definition names. @throws NvError as findVgpu */
function there(host: HostState, selector: string): VfAt {
  const at = searchVgpu(host, selector)
  if (at) return at
  const definition = matching(host, selector)
  const own = definition && vgpuBy(host, 'uuid', definition.uuid)
  if (own) return own
  throw noVgpu(host, selector)
}

function startOnly({ vgpu, start }: ModifyRequest): ModifyRequest {
  return { vgpu, ...(start === undefined ? {} : { start }) }
}

function modifyLive(host: HostState, at: VfAt, request: ModifyRequest): void {
  refuseMigrating(host, at)
  const { vf } = at
  for (const key of ['type', 'gpu', 'vf', 'placementId'] as const) {
    if (request[key] !== undefined)
      throw notLive({ type: 'type', gpu: 'GPU', vf: 'VF', placementId: 'placement' }[key], vf)
  }
  if (request.attrs) {
    const attrs = edited(vf.attrs, request.attrs)
    const params = vgpuParams(attrs)
    const before = vgpuParams(vf.attrs)
    if (params.placementId !== before.placementId) throw notLive('placement', vf)
    if (params.gpuInstanceId !== before.gpuInstanceId) throw notLive('GPU instance', vf)
    vf.attrs = attrs
    onMachine(host, at.gpu, (machine) => machine.gsp.tasks.limitFrameRate(vf.index + 1, params.frameRateLimiter))
  }
  if (request.name === undefined || request.name === vf.name) return
  if (request.name !== null) refuseName(host, { uuid: vf.uuid ?? '', name: request.name })
  vf.name = request.name
}

function modified(host: HostState, definition: Definition, request: ModifyRequest): Definition {
  const { gpu, vf, placementId, start, name } = request
  const at = placeOf(host, { gpu: gpu ?? definition.gpu, ...(vf == null ? {} : { vf }) }, gpu !== undefined)
  const moved = stateAt(host, at.gpu).bdf !== definition.gpu
  const vgpuType = request.type === undefined ? definition.vgpuType : findType(host, request.type).vgpuType
  checkType(host, at.gpu, vgpuType)
  if (typeof name === 'string') refuseName(host, { uuid: definition.uuid, name })
  return {
    ...definition,
    vgpuType,
    gpu: stateAt(host, at.gpu).bdf,
    vf: vf === undefined && !moved ? definition.vf : at.vf,
    name: name === undefined ? definition.name : name,
    placementId: placementId === undefined ? definition.placementId : placementId,
    start: start ?? definition.start,
    attrs: request.attrs ? edited(definition.attrs, request.attrs) : definition.attrs,
  }
}

function edited(attrs: readonly VgpuAttr[], edit: AttrEdit): VgpuAttr[] {
  if (edit.kind === 'add') return addAttr(attrs, edit.attr, edit.index)
  if (edit.kind === 'delete') return removeAttr(attrs, edit.index)
  return checked(edit.attrs)
}

function checked(attrs: readonly VgpuAttr[]): VgpuAttr[] {
  for (const attr of attrs) checkAttr(attr)
  return attrs.map((attr) => ({ ...attr }))
}

function placed(attrs: readonly VgpuAttr[], gpuInstanceId: number | null): VgpuAttr[] {
  if (gpuInstanceId === null) return checked(attrs)
  vgpuParams(onInstance([], gpuInstanceId))
  return checked(onInstance(attrs, gpuInstanceId))
}

function ofActive(host: HostState, at: VfAt, request: DefineRequest): Definition {
  const { vf } = at
  const gpu = stateAt(host, at.gpu)
  const uuid = vf.uuid ?? ''
  if (request.name !== undefined) refuseName(host, { uuid, name: request.name })
  return {
    uuid,
    name: request.name ?? vf.name,
    vgpuType: vf.vgpuType,
    gpu: gpu.bdf,
    vf: vf.index,
    placementId: request.placementId ?? (gpu.mgr?.heterogeneous ? vf.placementId : null),
    start: request.start ?? 'manual',
    attrs: placed(request.attrs ?? vf.attrs, request.gpuInstanceId ?? vf.gpuInstanceId),
  }
}

function ofRequest(host: HostState, request: DefineRequest): Definition {
  const { uuid = '', name, start = 'manual', placementId, gpuInstanceId = null, attrs = [] } = request
  const { vgpuType } = findType(host, request.type ?? '')
  const at = placeOf(host, request, request.gpu !== undefined)
  checkType(host, at.gpu, vgpuType)
  if (name !== undefined) refuseName(host, { uuid, name })
  return {
    uuid,
    name: name ?? null,
    vgpuType,
    gpu: stateAt(host, at.gpu).bdf,
    vf: at.vf,
    placementId: placementId ?? null,
    start,
    attrs: placed(attrs, gpuInstanceId),
  }
}

/** The requested GPU and VF. A VF of another GPU than the requested one is an error. */
function placeOf(
  host: HostState,
  { gpu, vf }: { gpu?: string; vf?: string },
  gpuAsked: boolean,
): { gpu: number; vf: number | null } {
  if (vf === undefined) return { gpu: gpuIndex(host, gpu), vf: null }
  const at = possibleVf(host, vf, gpuAsked || /^\d+$/.test(vf) ? gpu : undefined)
  return { gpu: at.gpu, vf: at.index }
}

function parentOf(host: HostState, parent: string): { gpu?: string; vf?: string } {
  const wanted = parent.toLowerCase()
  return gpuIndices(host, undefined).some((index) => stateAt(host, index).bdf === wanted)
    ? { gpu: parent }
    : { vf: parent }
}

function checkType(host: HostState, gpu: number, vgpuType: number): void {
  const at = stateAt(host, gpu)
  if (knownType(host, boardOf(at), vgpuType)) return
  throw new NvError({
    errno: 'ENODEV',
    code: 'type-mismatch',
    at: AT,
    message: `${nameOf(findType(host, String(vgpuType)))} is no type of ${at.board} (${at.bdf})`,
    hint: `nvgpu types list --gpu ${at.bdf}`,
    object: at.bdf,
  })
}

/** A name belongs to one vGPU, configured or defined. */
function refuseName(host: HostState, { uuid, name }: { uuid: string; name: string }): void {
  refuseDefinedName(host, { uuid, name })
  const other = vgpuBy(host, 'name', name)
  if (other === undefined || other.vf.uuid === uuid) return
  throw new NvError({
    errno: 'EEXIST',
    code: 'exists',
    at: AT,
    message: `the name "${name}" belongs to the vGPU on ${other.vf.bdf}`,
    hint: `nvgpu vgpu show ${other.vf.bdf}`,
    object: other.vf.uuid ?? '',
  })
}

function put(host: HostState, definition: Definition): void {
  const before = putDefinition(host, definition)
  if (definition.start === 'auto') rememberGpu(host, definition.gpu, false)
  if (before) forgetGpu(host, before.gpu)
}

function chosen(
  host: HostState,
  targets: Targets & { ifExists?: boolean },
): { found: Definition[]; missing: string[] } {
  if (targets.all) return { found: definitionsOf(host, targets.gpu), missing: [] }
  const found = new Set<Definition>()
  const missing: string[] = []
  for (const selector of targets.selectors) {
    const definition = targets.ifExists && !exists(host, selector) ? undefined : findDefinition(host, selector)
    if (definition) found.add(definition)
    else missing.push(selector)
  }
  return { found: [...found], missing }
}

function exists(host: HostState, selector: string): boolean {
  try {
    findDefinition(host, selector)
    return true
  } catch (error) {
    if (error instanceof NvError && error.code === 'not-found') return false
    throw error
  }
}

function listed(host: HostState, definition: Definition): ListedVgpuView {
  const at = vgpuBy(host, 'uuid', definition.uuid)
  return at ? vgpuView(host, at) : definedVgpuView(host, definition)
}

function notLive(what: string, { uuid, bdf }: VfAt['vf']): NvError {
  return new NvError({
    errno: 'EBUSY',
    code: 'busy',
    at: 'vgpu modify',
    message: `the ${what} of vGPU ${uuid} on ${bdf} cannot change while it is there`,
    hint: `nvgpu vgpu modify ${uuid}, for the next time it is created`,
    object: uuid ?? bdf,
  })
}
