import { VFIO_PCI_CONFIG_REGION_INDEX, VFIO_PCI_NUM_REGIONS } from '../../abi/vfio.ts'
import type { Change } from '../../contract/views/change.ts'
import type {
  VfioAccessView,
  VfioConfigView,
  VfioInfoView,
  VfioMappingView,
  VfioRegionView,
} from '../../contract/views/vfio.ts'
import { NvError } from '../../errors/nv-error.ts'
import { refuseTakenPid } from '../guest/pids.ts'
import { vgpuBy } from '../lookup.ts'
import { requireNotSuspended } from '../not-suspended.ts'
import { findVf, type VfAt } from '../select.ts'
import type { HostState, Opener } from '../state.ts'
import { vfDriverName } from '../vf-driver.ts'
import { DRIVER_NAME, type VfioDevice } from '../vfio/device.ts'
import type { VfioFile } from '../vfio/file.ts'
import { accessView, CONVENTIONAL_BYTES, configView, infoView, mappingView, regionView } from '../views/vfio.ts'
import { openerFor, refuseTccOf, uuidOf } from './attach.ts'
import { onMachine } from './run.ts'
import { identity, refuseMigrating } from './vgpus.ts'

/** A VF by selector, perhaps on a given GPU. */
export interface VfRequest {
  vf: string
  gpu?: string
}

export interface VfioOpenRequest extends VfRequest {
  vm: string
  vmUuid?: string
  /** Default: the pid of the VM's other vGPUs, else a new one. */
  pid?: number
  guestOs?: string
  policy?: Opener['policy']
  /** The Windows driver is in compute mode. */
  tcc?: boolean
  /** UUID of a vGPU that has a type and no identity yet: RFC 4122 text, lower case. */
  uuid: string
  /** The user chose the UUID. It may be in use, or differ from that of the vGPU. */
  uuidGiven?: boolean
}

/** The VFIO device of a VF, open or not. */
export function vfioInfo(host: HostState, request: VfRequest): VfioInfoView {
  return infoView(host, find(host, request))
}

/**
 * Opens the device for a VM, as QEMU does; the guest has not booted then (see guest.ts). A VF whose type was selected through sysfs gets its UUID here.
 * @throws NvError ENODEV (no driver, no type), EBUSY, EEXIST (UUID in use), EINVAL (the other vGPUs of the VM), or as opening fails
 */
export function openVfio(host: HostState, request: VfioOpenRequest): Change<VfioInfoView> {
  requireNotSuspended(host)
  const at = find(host, request)
  const { vf } = at
  const { vm, pid, guestOs, policy, tcc = false } = request
  if (tcc) refuseTccOf(guestOs ?? null)
  refuseMigrating(host, at)
  if (pid !== undefined) refuseTakenPid(host, pid, vm)
  const uuid = request.uuidGiven ? freeUuid(host, at, request.uuid) : (vf.uuid ?? request.uuid)
  onDevice(host, at, (device) =>
    device.open(
      {
        ...openerFor(host, at, vm, {
          ...(guestOs === undefined ? {} : { guestOs }),
          ...(policy === undefined ? {} : { policy }),
          ...(tcc ? { tcc } : {}),
          ...uuidOf(request),
          ...(pid === undefined ? {} : { pid }),
        }),
        boots: false,
      },
      identity(uuid),
    ),
  )
  vf.uuid = uuid
  return { changed: true, items: [infoView(host, at)], warnings: [] }
}

/** Closes the device: the VM is off, type and UUID stay. @throws NvError ENODEV when it is not open */
export function closeVfio(host: HostState, request: VfRequest): Change<VfioInfoView> {
  requireNotSuspended(host)
  const at = find(host, request)
  refuseMigrating(host, at)
  onDevice(host, at, (device) => device.close())
  return { changed: true, items: [infoView(host, at)], warnings: [] }
}

/** GET_REGION_INFO of all nine. @throws NvError ENODEV when the device is not open */
export function vfioRegions(host: HostState, request: VfRequest): VfioRegionView[] {
  const at = find(host, request)
  return onFile(host, at, (file) =>
    Array.from({ length: VFIO_PCI_NUM_REGIONS }, (_, index) => regionView(host, at, file.regionInfo(index))),
  )
}

/** The guest's configuration space. @throws NvError ENODEV when the device is not open */
export function vfioConfig(host: HostState, request: VfRequest): VfioConfigView {
  const at = find(host, request)
  return configView(
    at,
    onFile(host, at, (file) => file.read(VFIO_PCI_CONFIG_REGION_INDEX, 0, CONVENTIONAL_BYTES)),
  )
}

export interface VfioAccessRequest extends VfRequest {
  region: number
  offset: number
  size: 1 | 2 | 4
}

/** read(2). The first read of BAR0 maps it, so this may change state. @throws NvError ENODEV, EINVAL, EBUSY, EIO, ENOMEM */
export function readVfio(host: HostState, request: VfioAccessRequest): Change<VfioAccessView> {
  requireNotSuspended(host)
  const at = find(host, request)
  const mapped = at.vf.bar0Mapped
  const bytes = onFile(host, at, (file) => file.read(request.region, request.offset, request.size))
  return { changed: mapped !== at.vf.bar0Mapped, items: [accessView(at, request, bytes)], warnings: [] }
}

/** write(2), little endian. @returns the value that a read gives afterwards @throws NvError as readVfio */
export function writeVfio(host: HostState, request: VfioAccessRequest & { value: number }): Change<VfioAccessView> {
  requireNotSuspended(host)
  const at = find(host, request)
  const { region, offset, size, value } = request
  refuseMigrating(host, at)
  const bytes = Uint8Array.from({ length: size }, (_, i) => Math.floor(value / 256 ** i) % 256)
  const now = onFile(host, at, (file) => {
    file.write(region, offset, bytes)
    return file.read(region, offset, size)
  })
  return { changed: true, items: [accessView(at, request, now)], warnings: [] }
}

/** VFIO_DEVICE_RESET. @throws NvError ENODEV, EINVAL (the plugin refuses), ETIMEDOUT */
export function resetVfio(host: HostState, request: VfRequest): Change<VfioInfoView> {
  requireNotSuspended(host)
  const at = find(host, request)
  refuseMigrating(host, at)
  onFile(host, at, (file) => file.reset())
  return { changed: true, items: [infoView(host, at)], warnings: [] }
}

/** mmap(2): the physical address and length of a mapping. @throws NvError ENODEV, EINVAL */
export function mmapVfio(
  host: HostState,
  request: VfRequest & { region: number; offset: number; length: number; shared: boolean },
): VfioMappingView {
  const at = find(host, request)
  const { region: index, offset, length, shared } = request
  return mappingView(
    at,
    onFile(host, at, (file) => file.mmap({ index, offset, length, shared })),
    offset,
  )
}

function find(host: HostState, { vf, gpu }: VfRequest): VfAt {
  return findVf(host, vf, gpu)
}

function onFile<T>(host: HostState, at: VfAt, act: (file: VfioFile) => T): T {
  return onDevice(host, at, (device) => act(device.file()))
}

function onDevice<T>(host: HostState, at: VfAt, act: (device: VfioDevice) => T): T {
  const { vf } = at
  if (vf.driver !== DRIVER_NAME) {
    throw new NvError({
      errno: 'ENODEV',
      code: 'wrong-state',
      at: 'vfio_device_fops',
      message: `${vf.bdf} is ${vf.driver === null ? 'not bound to a driver' : `bound to ${vfDriverName(host, vf.driver)}`}, not to ${vfDriverName(host, DRIVER_NAME)}`,
      hint: `nvgpu vfio bind ${vf.bdf}`,
      object: vf.bdf,
    })
  }
  return onMachine(host, at.gpu, (machine) => act(machine.vfio(vf)))
}

/** @throws NvError EEXIST when another vGPU has the UUID, EINVAL when this one has another */
function freeUuid(host: HostState, { vf }: VfAt, uuid: string): string {
  if (vf.uuid === uuid) return uuid
  const other = vgpuBy(host, 'uuid', uuid)
  if (other === undefined && vf.uuid === null) return uuid
  throw new NvError({
    errno: other ? 'EEXIST' : 'EINVAL',
    code: other ? 'exists' : 'conflict',
    at: 'vfio open',
    message: other ? `UUID ${uuid} belongs to the vGPU on ${other.vf.bdf}` : `the vGPU on ${vf.bdf} is ${vf.uuid}`,
    hint: `nvgpu vgpu show ${(other?.vf ?? vf).bdf}`,
    object: vf.bdf,
  })
}
