import type { Change } from '../../contract/views/change.ts'
import type { VgpuView } from '../../contract/views/vgpu.ts'
import { NvError } from '../../errors/nv-error.ts'
import { definitionNamed } from '../definitions/index-of.ts'
import { vgpuBy } from '../lookup.ts'
import { capture } from '../migration/capture.ts'
import { checkCompatible } from '../migration/compat.ts'
import type { VgpuImage } from '../migration/image.ts'
import { decodeImage, encodeImage } from '../migration/image-file.ts'
import { install } from '../migration/install.ts'
import { labelProblem, nameProblem } from '../name-rules.ts'
import { requireNotSuspended } from '../not-suspended.ts'
import { findVf, findVgpu, gpuIndex, type VfAt } from '../select.ts'
import { fromSparse } from '../sparse.ts'
import type { HostState } from '../state.ts'
import { takeInOrder } from '../unwind.ts'
import { vgpuView } from '../views/vgpu.ts'
import { openerFor } from './attach.ts'
import { destinationOf } from './destination.ts'
import { onMachine } from './run.ts'
import { choose, freeVf, identity, namedVf, refuseMigrating, type Targets } from './vgpus.ts'

/** The place of a restored vGPU, and its new names. */
export interface RestoreRequest {
  gpu?: string
  vf?: string
  /** First slot; default the first free one. */
  placementId?: number
  /** GPU instance of a MIG-backed type; default the first free one of its profile. */
  gpuInstanceId?: number
  /** Name of the VM; default the saved one. */
  vm?: string
  /** Name of a vGPU that is not configured here; default the saved one. */
  name?: string
}

/**
 * Pauses vGPUs, all or none: device state STOP. They keep their resources.
 * @throws NvError not-running, busy (migrating), or the plugin's refusal
 */
export function suspendVgpus(host: HostState, targets: Targets): Change<VgpuView> {
  requireNotSuspended(host)
  return inPlace(host, targets, (at, onError) => {
    if (at.vf.paused === 'user') return `vGPU ${at.vf.uuid} is paused already`
    setDevice(host, at, 'STOP')
    at.vf.paused = 'user'
    onError(() => {
      setDevice(host, at, 'RUNNING')
      at.vf.paused = null
    })
    return null
  })
}

/** Resumes paused vGPUs, all or none. @throws NvError not-running, busy, or the plugin's refusal */
export function resumeVgpus(host: HostState, targets: Targets): Change<VgpuView> {
  requireNotSuspended(host)
  return inPlace(host, targets, (at, onError) => {
    if (at.vf.paused === null) return `vGPU ${at.vf.uuid} is not paused`
    setDevice(host, at, 'RUNNING')
    at.vf.paused = null
    onError(() => {
      setDevice(host, at, 'STOP')
      at.vf.paused = 'user'
    })
    return null
  })
}

/**
 * Saves a running or paused vGPU and closes its device; type, UUID and VF stay configured.
 * @returns the change, and the bytes of a file for `restoreVgpu`
 * @throws NvError not-running, busy, EOPNOTSUPP, or the plugin's refusal; the vGPU then continues
 */
export function saveVgpu(
  host: HostState,
  selector: string,
  gpu?: string,
): { change: Change<VgpuView>; file: Uint8Array } {
  requireNotSuspended(host)
  const at = findVgpu(host, selector, gpu)
  refuseMigrating(host, at)
  refuseStopped(at)
  const file = onMachine(host, at.gpu, (machine) => {
    machine.mgr.facts()
    const device = machine.migration(at.vf)
    const image = takeInOrder((onError) => {
      const before = device.state
      device.setState('STOP_COPY')
      onError(() => device.state !== 'ERROR' && device.setState(before))
      return capture(machine, at.vf, device.read())
    })
    machine.vfio(at.vf).close()
    return encodeImage(image)
  })
  return { change: { changed: true, items: [vgpuView(host, at)], warnings: [] }, file }
}

/**
 * Restores a saved vGPU: on the requested VF, on a free one of the requested GPU, where it is still configured, or on a free one.
 * @param file bytes of `saveVgpu`
 * @throws NvError invalid-file, newer-schema, exists (it runs), every rule of compatibility, or as opening fails
 */
export function restoreVgpu(host: HostState, file: Uint8Array, request: RestoreRequest = {}): Change<VgpuView> {
  requireNotSuspended(host)
  const { at } = bringIn(host, decodeImage(file), request)
  return { changed: true, items: [vgpuView(host, at)], warnings: [] }
}

/** Restores vGPUs that a warm update left saved: the named ones, or all. @throws NvError as `restoreVgpu` */
export function restoreSavedVgpus(host: HostState, targets: Targets): Change<VgpuView> {
  requireNotSuspended(host)
  const found = choose(host, targets, false).found.filter(({ vf }) => vf.saved !== null)
  if (found.length === 0) {
    throw new NvError({
      errno: 'ENOENT',
      code: 'not-found',
      at: 'vgpu restore',
      message: 'no vGPU here has a saved state of its own',
      hint: 'nvgpu vgpu restore FILE',
    })
  }
  const items = found.map((at) => {
    const { size, bytes } = at.vf.saved ?? { size: 0, bytes: '' }
    placeIn(host, decodeImage(fromSparse(bytes, size)), {})
    return vgpuView(host, at)
  })
  return { changed: true, items, warnings: [] }
}

/**
 * Selects the type, opens the device and loads the saved vGPU. A step that fails undoes the steps before it.
 * @returns the VF, and the time to load, us: downtime of the guest, which does not count the opening
 */
export function bringIn(host: HostState, image: VgpuImage, request: RestoreRequest): { at: VfAt; installUs: number } {
  const known = vgpuBy(host, 'uuid', image.uuid)
  refuseNames(image, known, request)
  refuseTaken(host, image.uuid, known, request.name)
  return placeIn(host, image, request)
}

/** The same for a vGPU that this host saved: its names are not new. */
function placeIn(host: HostState, image: VgpuImage, request: RestoreRequest): { at: VfAt; installUs: number } {
  const known = vgpuBy(host, 'uuid', image.uuid)
  if (known?.vf.opened) throw runs(known)
  const stays = known !== undefined && isWanted(host, known, request)
  const attrs = known?.vf.attrs ?? image.vm.attrs ?? []
  return takeInOrder((onError) => {
    if (known && !stays) moveOut(host, known, onError)
    const at = stays ? known : placeFor(host, image, request)
    const installUs = onMachine(host, at.gpu, (machine) =>
      takeInOrder((undo) => {
        const device = machine.vfio(at.vf)
        checkCompatible(image, destinationOf(host, machine, image.vgpuType), 'nvidia_vgpu_vfio_resume_write')
        if (!stays) {
          const { placementId, gpuInstanceId } = request
          device.setCurrentVgpuType(image.vgpuType, { placementId, gpuInstanceId })
          undo(() => device.setCurrentVgpuType(0))
          at.vf.attrs = attrs
        }
        const { vm, vmUuid, guestOs, policy, tcc } = image.vm
        const same = request.vm === undefined || request.vm === vm
        const guest = { guestOs, policy, tcc, ...(same && vmUuid !== undefined ? { vmUuid } : {}) }
        device.open(openerFor(host, at, request.vm ?? vm, guest), identity(image.uuid))
        undo(() => device.close())
        const opened = host.now
        install(machine, at.vf, image)
        return host.now - opened
      }),
    )
    at.vf.uuid = image.uuid
    if (request.name !== undefined) at.vf.name = request.name
    else if (!stays) at.vf.name = nameFor(host, image, at)
    return { at, installUs }
  })
}

/** Whether a request leaves a vGPU where it is configured. */
function isWanted(host: HostState, known: VfAt, { vf, gpu }: RestoreRequest): boolean {
  if (vf !== undefined) return findVf(host, vf, gpu).vf === known.vf
  return gpu === undefined || gpuIndex(host, gpu) === known.gpu
}

function placeFor(host: HostState, image: VgpuImage, { vf, gpu }: RestoreRequest): VfAt {
  return vf === undefined ? freeVf(host, image.vgpuType, gpu) : namedVf(host, vf, gpu)
}

/** Takes a configured vGPU off its VF, to select its type on another. */
export function moveOut(host: HostState, { gpu, vf }: VfAt, onError: (giveBack: () => void) => void): void {
  const { uuid, name, attrs, vgpuType, placementId, gpuInstanceId, saved } = vf
  const place = { placementId: placementId ?? undefined, gpuInstanceId: gpuInstanceId ?? undefined }
  onMachine(host, gpu, (machine) => machine.vfio(vf).setCurrentVgpuType(0))
  onError(() => {
    onMachine(host, gpu, (machine) => machine.vfio(vf).setCurrentVgpuType(vgpuType, place))
    Object.assign(vf, { uuid, name, attrs, saved })
  })
}

/** The saved name, unless another vGPU has it now. */
function nameFor(host: HostState, { vm, uuid }: VgpuImage, at: VfAt): string | null {
  if (vm.name === null) return null
  return isTaken(host, vm.name, uuid, at.vf) ? null : vm.name
}

function isTaken(host: HostState, name: string, uuid: string, own: VfAt['vf'] | undefined): boolean {
  const other = vgpuBy(host, 'name', name)
  const defined = definitionNamed(host, name)
  return (other !== undefined && other.vf !== own) || (defined !== undefined && defined.uuid !== uuid)
}

function refuseTaken(host: HostState, uuid: string, known: VfAt | undefined, name: string | undefined): void {
  if (name === undefined || !isTaken(host, name, uuid, known?.vf)) return
  throw new NvError({
    errno: 'EEXIST',
    code: 'exists',
    at: 'vgpu restore',
    message: `the name "${name}" belongs to another vGPU`,
    hint: 'nvgpu vgpu list --all',
  })
}

/**
 * Checks the names in a file. Those of a vGPU that is configured here pass: an older release may have accepted them.
 * @throws NvError invalid-file
 */
function refuseNames({ vm }: VgpuImage, known: VfAt | undefined, request: RestoreRequest): void {
  const problem = known === undefined ? nameProblem : labelProblem
  const told = [
    { text: request.name === undefined ? vm.name : null, what: 'name', option: '--name' },
    { text: request.vm === undefined ? vm.vm : null, what: 'VM', option: '--vm' },
    { text: vm.guestOs, what: 'guest OS', option: '' },
  ]
  for (const { text, what, option } of told) {
    if (text === null || text === known?.vf.name) continue
    const why = option === '' ? labelProblem(text) : problem(text)
    if (why === null) continue
    throw new NvError({
      errno: 'EINVAL',
      code: 'invalid-file',
      at: 'migration stream',
      message: `the ${what} in it: ${why}`,
      hint: option === '' ? 'nvgpu vgpu save VGPU FILE writes one' : `the same command with ${option} NAME`,
    })
  }
}

function inPlace(
  host: HostState,
  targets: Targets,
  act: (at: VfAt, onError: (giveBack: () => void) => void) => string | null,
): Change<VgpuView> {
  const { found } = choose(host, targets, false)
  const open = targets.all ? found.filter(({ vf }) => vf.opened) : found
  const warnings = takeInOrder((onError) =>
    open.map((at) => {
      refuseMigrating(host, at)
      refuseStopped(at)
      return act(at, onError)
    }),
  )
  return {
    changed: warnings.includes(null),
    items: open.map((at) => vgpuView(host, at)),
    warnings: warnings.filter((warning) => warning !== null),
  }
}

function setDevice(host: HostState, { gpu, vf }: VfAt, to: 'STOP' | 'RUNNING'): void {
  onMachine(host, gpu, (machine) => machine.migration(vf).setState(to))
}

export function refuseStopped({ vf }: VfAt): void {
  if (vf.opened) return
  throw new NvError({
    errno: 'ENODEV',
    code: 'not-running',
    at: 'nvidia_vgpu_vfio_migration',
    message: `vGPU ${vf.uuid} on ${vf.bdf} does not run`,
    hint: `nvgpu vgpu start ${vf.uuid}`,
    object: vf.uuid ?? vf.bdf,
  })
}

function runs({ vf }: VfAt): NvError {
  return new NvError({
    errno: 'EEXIST',
    code: 'exists',
    at: 'vgpu restore',
    message: `vGPU ${vf.uuid} runs on ${vf.bdf}`,
    hint: `nvgpu vgpu stop ${vf.uuid}`,
    object: vf.uuid ?? vf.bdf,
  })
}
