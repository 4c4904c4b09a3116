import type { VgpuView } from '../../contract/views/vgpu.ts'
import { NvError } from '../../errors/nv-error.ts'
import { shellQuote } from '../../errors/shell-quote.ts'
import { shortTypeName } from '../../errors/type-name.ts'
import { fits } from '../capacity.ts'
import { vgpuBy } from '../lookup.ts'
import { capture } from '../migration/capture.ts'
import { checkCompatible, type Traveller } from '../migration/compat.ts'
import { COPY_DEFAULTS, type CopyOptions, type CopyRound, copyOut } from '../migration/copy.ts'
import { dirtyModel } from '../migration/dirty.ts'
import { decodeImage, encodeImage } from '../migration/image-file.ts'
import { requireNotSuspended } from '../not-suspended.ts'
import { configured, findVgpu, type VfAt } from '../select.ts'
import type { HostState, Migration } from '../state.ts'
import { takeInOrder } from '../unwind.ts'
import { vgpuView } from '../views/vgpu.ts'
import { destinationOf } from './destination.ts'
import { onMachine } from './run.ts'
import { bringIn, type RestoreRequest, refuseStopped } from './save.ts'
import { freeVf, namedVf, refuseMigrating } from './vgpus.ts'

/**
 * A migration between two hosts is a series of commits. The target records the expected vGPU; the source stops the vGPU and
 * keeps its resources; the target restores the vGPU, which is the deciding commit. Then the source frees the resources and
 * the target drops its record. Recovery reads the target's record: with `arrived` the migration is completed; otherwise it
 * is withdrawn at the target first, and then the vGPU resumes at the source.
 */

const AT = 'migrate'

/** The facts that the target needs before the migration. @throws NvError not-found, not-running, busy, EOPNOTSUPP */
export function travellerOf(host: HostState, selector: string, gpu?: string): Traveller {
  requireNotSuspended(host)
  const at = findVgpu(host, selector, gpu)
  refuseMigrating(host, at)
  refuseStopped(at)
  return onMachine(host, at.gpu, (machine) => {
    const vgpu = machine.mgr.vgpu(at.vf.index)
    return {
      ...machine.mgr.facts(),
      vgpuType: at.vf.vgpuType,
      typeName: machine.mgr.findType(at.vf.vgpuType, AT).vgpuName,
      uuid: vgpu.uuid,
      version: vgpu.version,
      numChannels: vgpu.chid?.num ?? 0,
      fbLength: vgpu.fb?.size ?? 0,
    }
  })
}

/**
 * The target's first step: checks compatibility and room, and records the vGPU as expected. It reserves no resources.
 * @throws NvError every rule of compatibility, exists, no-vf, max-instances, …
 */
export function expectVgpu(
  host: HostState,
  request: { id: string; peer: string; traveller: Traveller; place: RestoreRequest },
): void {
  const { id, peer, traveller, place } = request
  requireNotSuspended(host)
  refuseKnown(host, traveller.uuid)
  const at = placeOf(host, traveller, place)
  onMachine(host, at.gpu, (machine) =>
    checkCompatible(traveller, destinationOf(host, machine, traveller.vgpuType), 'nvidia_vgpu_vfio_resume_write'),
  )
  const room = fits(host, at.gpu, traveller.vgpuType)
  if (room.count === 0) {
    throw new NvError({
      errno: 'ENOSPC',
      code: 'max-instances',
      at: AT,
      message: `the target cannot take vGPU ${traveller.uuid}: ${room.reason ?? 'there is no room'}`,
      hint: `nvgpu fit ${shellQuote(shortTypeName(traveller.typeName))}`,
    })
  }
  host.migrations.push({ id, phase: 'expected', uuid: traveller.uuid, peer })
}

export interface DepartRequest {
  id: string
  selector: string
  gpu?: string
  /** State directory of the target. */
  peer: string
  copy?: Partial<CopyOptions>
  /** Rate at which the guest dirties memory, bytes a second; overrides the load model. */
  dirtyRate?: number
}

export interface Departed {
  vgpu: VgpuView
  file: Uint8Array
  rounds: CopyRound[]
  stopCopy: CopyRound
  converged: boolean
  /** Time since the guest stopped, us. */
  stoppedUs: number
  totalUs: number
}

/**
 * The source's step: copies the vGPU, with or without pre-copy, and stops it. The stopped vGPU keeps its resources.
 * @throws NvError not-running, busy, or what the plugin refuses with
 */
export function departVgpu(host: HostState, request: DepartRequest): Departed {
  const { id, peer } = request
  requireNotSuspended(host)
  const at = findVgpu(host, request.selector, request.gpu)
  const { vf } = at
  refuseMigrating(host, at)
  refuseStopped(at)
  const options = { ...COPY_DEFAULTS, ...request.copy }
  const from = host.now
  const departed = onMachine(host, at.gpu, (machine) => {
    const vgpu = machine.mgr.vgpu(vf.index)
    const fbLength = vgpu.fb?.size ?? 0
    const device = machine.migration(vf)
    return takeInOrder((onError) => {
      const before = device.state
      onError(() => device.state !== 'ERROR' && device.setState(before))
      const dirty = dirtyModel(vgpu.uuid, fbLength, request.dirtyRate)
      const copied = copyOut(device, machine.clock, { fbLength, dirty }, options)
      return { ...copied, file: encodeImage(capture(machine, vf, copied.parts)) }
    })
  })
  host.migrations.push({ id, phase: 'leaving', uuid: vf.uuid ?? '', peer })
  const { file, rounds, stopCopy, converged, stoppedAt } = departed
  return {
    vgpu: vgpuView(host, at),
    file,
    rounds,
    stopCopy,
    converged,
    stoppedUs: host.now - stoppedAt,
    totalUs: host.now - from,
  }
}

export interface Arrived {
  vgpu: VgpuView
  /** Time to load the image into the new device, us. */
  installUs: number
  totalUs: number
}

/**
 * The target's deciding step: opens a device, loads the image and resumes the vGPU. From this commit on the vGPU belongs to
 * the target.
 * @throws NvError ECANCELED when it is no longer expected, or as `restoreVgpu`
 */
export function arriveVgpu(host: HostState, request: { id: string; file: Uint8Array; place: RestoreRequest }): Arrived {
  const record = host.migrations.find(({ id, phase }) => id === request.id && phase === 'expected')
  if (!record) {
    throw new NvError({
      errno: 'ECANCELED',
      code: 'conflict',
      at: AT,
      message: 'the migration was called off by a command on one of the hosts',
    })
  }
  const from = host.now
  requireNotSuspended(host)
  const { at, installUs } = bringIn(host, decodeImage(request.file), request.place)
  record.phase = 'arrived'
  return { vgpu: vgpuView(host, at), installUs, totalUs: host.now - from }
}

/** Source: the target has the vGPU. Frees its resources and its VF. @returns false when that is already done */
export function finishDeparture(host: HostState, id: string): boolean {
  const record = take(host, id, 'leaving')
  if (!record) return false
  const at = held(host, record)
  if (at) {
    onMachine(host, at.gpu, (machine) => {
      const device = machine.vfio(at.vf)
      device.close()
      device.setCurrentVgpuType(0)
    })
  }
  return true
}

/** Source: the target will never have the vGPU. It resumes here, or stays paused. */
export function cancelDeparture(host: HostState, id: string): boolean {
  const record = take(host, id, 'leaving')
  if (!record) return false
  const at = held(host, record)
  if (at) {
    onMachine(host, at.gpu, (machine) =>
      machine.migration(at.vf).setState(at.vf.paused === 'user' ? 'STOP' : 'RUNNING'),
    )
  }
  return true
}

/** Target: whether it has the vGPU. If not, its record is removed, so that it cannot arrive later. */
export function withdraw(host: HostState, id: string): 'arrived' | 'withdrawn' {
  if (host.migrations.some((known) => known.id === id && known.phase === 'arrived')) return 'arrived'
  take(host, id, 'expected')
  return 'withdrawn'
}

/** Target: the source has freed the vGPU. */
export function forget(host: HostState, id: string): boolean {
  return take(host, id, 'arrived') !== undefined
}

/** The unsettled migration of a vGPU, by UUID, prefix, name or VF, even if the vGPU is gone. */
export function migrationOf(host: HostState, selector: string): Migration | undefined {
  const byUuid = host.migrations.find(({ uuid }) => uuid === selector.toLowerCase())
  if (byUuid) return byUuid
  const { vf } = findVgpu(host, selector)
  return host.migrations.find(({ uuid }) => uuid === vf.uuid)
}

/** Removes a record from the list. */
function take(host: HostState, id: string, phase: Migration['phase']): Migration | undefined {
  const found = host.migrations.find((known) => known.id === id && known.phase === phase)
  if (found) host.migrations = host.migrations.filter((known) => known !== found)
  return found
}

/** The device of a leaving vGPU, unless a reset or a forced close removed it. @throws NvError EIO while suspended */
function held(host: HostState, { uuid }: Migration): VfAt | undefined {
  requireNotSuspended(host)
  return configured(host).find(({ vf }) => vf.uuid === uuid && vf.mig.state === 'STOP_COPY')
}

function placeOf(host: HostState, { vgpuType, typeName }: Traveller, { vf, gpu }: RestoreRequest): VfAt {
  if (vf !== undefined) return namedVf(host, vf, gpu)
  try {
    return freeVf(host, vgpuType, gpu)
  } catch (error) {
    if (!(error instanceof NvError)) throw error
    throw new NvError({
      errno: error.errno,
      code: error.code,
      at: AT,
      message: `the target has no place for a ${typeName}: ${error.message}`,
      hint: error.hint ?? 'nvgpu vf list',
    })
  }
}

function refuseKnown(host: HostState, uuid: string): void {
  const known = vgpuBy(host, 'uuid', uuid)
  const expected = host.migrations.some((record) => record.uuid === uuid)
  if (!known && !expected) return
  throw new NvError({
    errno: 'EEXIST',
    code: 'exists',
    at: AT,
    message: known ? `the target has vGPU ${uuid} on ${known.vf.bdf}` : `the target has a migration of ${uuid} already`,
    hint: `nvgpu vgpu show ${uuid}`,
    object: uuid,
  })
}
