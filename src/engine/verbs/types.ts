import { NVA081_CTRL_VGPU_INFO } from '../../abi/nva081.ts'
import { checkVgpuInfo } from '../../catalog/check-vgpu-info.ts'
import { mostTypes } from '../../catalog/most-types.ts'
import type { Change } from '../../contract/views/change.ts'
import type { TypeView } from '../../contract/views/type.ts'
import { NvError } from '../../errors/nv-error.ts'
import { boardOf } from '../board-of.ts'
import { fromOverlay, offered, typesKnown } from '../known-types.ts'
import { requireNotSuspended } from '../not-suspended.ts'
import { stateAt } from '../select.ts'
import { toSparse } from '../sparse.ts'
import type { HostState, UploadedType } from '../state.ts'
import { typeView } from '../views/type.ts'
import { onMachine } from './run.ts'

const AT = 'types upload'

export interface UploadOptions {
  readonly everyBoard?: boolean
  readonly derived?: ReadonlyMap<number, readonly string[]>
}

/**
 * Uploads types into the overlay and, if a manager is attached, into GSP.
 * @param all NVA081_CTRL_VGPU_INFO records
 * @param everyBoard skips types of absent boards and types outside the profile, with a warning, instead of an error. If no
 *   type is left, it is an error all the same
 * @param derived by type id, the members that follow from the others by rule
 * @throws NvError EINVAL (a value, a duplicate, more than 64), ENODEV (no GPU has the device id), EBUSY (vGPUs are configured)
 */
export function uploadTypes(
  host: HostState,
  all: readonly Uint8Array[],
  { everyBoard = false, derived = new Map() }: UploadOptions = {},
): Change<TypeView> {
  requireNotSuspended(host)
  const own = everyBoard ? all.filter((blob) => belongs(host, blob)) : all
  const blobs = own.length > 0 ? own : all
  if (blobs.length === 0)
    throw new NvError({ errno: 'EINVAL', code: 'invalid-file', at: AT, message: 'there is no type in it' })
  const added = blobs.map((blob, i) => checked(host, blob, i * NVA081_CTRL_VGPU_INFO.size, derived))
  const ids = new Set<number>()
  const double = added.find(({ vgpuType }) => ids.size === ids.add(vgpuType).size)
  if (double)
    throw new NvError({
      errno: 'EINVAL',
      code: 'invalid-file',
      at: AT,
      message: `vgpuType ${double.vgpuType} is in it twice`,
    })
  const devices = new Set(blobs.map((blob) => NVA081_CTRL_VGPU_INFO.get(blob, 'pdevId')))
  const gpus = host.gpus.flatMap((gpu, index) => (devices.has(boardOf(gpu).deviceId) ? [index] : []))
  refuseConfigured(host, gpus)
  const before = host.overlay
  const next = [...before.filter((type) => !ids.has(type.vgpuType)), ...added]
  for (const board of gpus.map((index) => boardOf(stateAt(host, index)))) {
    if (typesKnown({ ...host, overlay: next }, board).length <= mostTypes(board)) continue
    throw new NvError({
      errno: 'ENOSPC',
      code: 'max-instances',
      at: AT,
      message: `a GPU knows ${mostTypes(board)} types at most`,
      hint: 'nvgpu types list',
    })
  }
  host.overlay = next
  const done: number[] = []
  try {
    for (const index of gpus) {
      if (!stateAt(host, index).mgr) continue
      onMachine(host, index, (machine) => machine.mgr.uploadTypes())
      done.push(index)
    }
  } catch (error) {
    host.overlay = before
    for (const index of done) onMachine(host, index, (machine) => machine.mgr.uploadTypes())
    throw error
  }
  const left = all.length - blobs.length
  const warnings =
    left > 0 ? [`${left} of ${all.length} types are for boards that are not here, and were left out`] : []
  return { changed: true, items: added.map((type) => typeView(host, fromOverlay(type), gpus)), warnings }
}

/** Whether a GPU of the host has the record's device id and the profile has the type. */
function belongs(host: HostState, blob: Uint8Array): boolean {
  const get = (field: 'pdevId' | 'vgpuType') => NVA081_CTRL_VGPU_INFO.get(blob, field)
  return host.gpus.some((gpu) => boardOf(gpu).deviceId === get('pdevId')) && offered(host.profile, get('vgpuType'))
}

function checked(
  host: HostState,
  blob: Uint8Array,
  at: number,
  derived: NonNullable<UploadOptions['derived']>,
): UploadedType {
  if (blob.length !== NVA081_CTRL_VGPU_INFO.size) {
    throw new NvError({
      errno: 'EINVAL',
      code: 'invalid-file',
      at: AT,
      message: `${blob.length} bytes are no NVA081_CTRL_VGPU_INFO of ${NVA081_CTRL_VGPU_INFO.size}`,
    })
  }
  checkVgpuInfo(blob, 0)
  const vgpuType = NVA081_CTRL_VGPU_INFO.get(blob, 'vgpuType')
  const pdevId = NVA081_CTRL_VGPU_INFO.get(blob, 'pdevId')
  if (!host.gpus.some((gpu) => boardOf(gpu).deviceId === pdevId)) {
    const offset = at + NVA081_CTRL_VGPU_INFO.fields.pdevId.offset
    throw new NvError({
      errno: 'ENODEV',
      code: 'invalid-file',
      at: AT,
      message: `type ${vgpuType}: pdevId 0x${pdevId.toString(16)} at offset ${offset} is the device id of no GPU here`,
      hint: 'nvgpu gpu list -o wide',
    })
  }
  if (!offered(host.profile, vgpuType)) {
    throw new NvError({
      errno: 'ENODEV',
      code: 'profile-limit',
      at: AT,
      message: `the ${host.profile} profile knows type 869 only, not ${vgpuType}`,
      hint: 'nvgpu types list',
    })
  }
  return { vgpuType, blob: toSparse(blob), derived: [...(derived.get(vgpuType) ?? [])] }
}

function refuseConfigured(host: HostState, gpus: readonly number[]): void {
  for (const index of gpus) {
    const gpu = stateAt(host, index)
    const vf = gpu.vfs.find((known) => known.uuid !== null || known.opened)
    if (vf)
      throw new NvError({
        errno: 'EBUSY',
        code: 'busy',
        at: AT,
        message: `vGPU ${vf.uuid} is configured on ${gpu.bdf}`,
        hint: `nvgpu vgpu destroy --all --gpu ${gpu.bdf}`,
        object: gpu.bdf,
      })
  }
}
