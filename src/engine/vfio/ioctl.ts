import {
  VFIO_DEVICE_FLAGS_PCI,
  VFIO_DEVICE_FLAGS_RESET,
  VFIO_DEVICE_GET_INFO,
  VFIO_DEVICE_GET_IRQ_INFO,
  VFIO_DEVICE_GET_PCI_HOT_RESET_INFO,
  VFIO_DEVICE_GET_REGION_INFO,
  VFIO_DEVICE_PCI_HOT_RESET,
  VFIO_DEVICE_RESET,
  VFIO_DEVICE_SET_IRQS,
  VFIO_PCI_NUM_IRQS,
  VFIO_PCI_NUM_REGIONS,
  vfio_device_info,
  vfio_irq_info,
  vfio_irq_set,
  vfio_region_info,
} from '../../abi/vfio.ts'
import { NvError } from '../../errors/nv-error.ts'
import type { IrqInfo, IrqSet } from './irqs.ts'
import type { RegionInfo } from './regions.ts'

/** Memory of the calling process that the ioctl's argument points to. */
export interface UserMemory {
  bytes: Uint8Array
  /** false: a copy from it, or to it, faults */
  readable?: boolean
  writable?: boolean
}

/** Device operations of the table below. */
export interface IoctlDevice {
  regionInfo(index: number): RegionInfo
  irqInfo(index: number): IrqInfo
  setIrqs(request: IrqSet): void
  reset(): void
}

type Ioctl = (device: IoctlDevice, user: UserMemory) => void

/** Required part of vfio_device_info in generic code: up to num_irqs. */
const DEVICE_INFO_LEAST = vfio_device_info.fields.cap_offset.offset

/** The ioctls of the driver and of generic VFIO PCI code behind it. A hot reset of a VF does nothing. */
const IOCTLS: ReadonlyMap<number, Ioctl> = new Map<number, Ioctl>([
  [VFIO_DEVICE_GET_INFO, (_device, user) => deviceInfo(user)],
  [VFIO_DEVICE_GET_REGION_INFO, getRegionInfo],
  [VFIO_DEVICE_GET_IRQ_INFO, getIrqInfo],
  [VFIO_DEVICE_SET_IRQS, (device, user) => device.setIrqs(vfio_irq_set.decode(fromUser(user, vfio_irq_set.size)))],
  [VFIO_DEVICE_RESET, (device) => device.reset()],
  [VFIO_DEVICE_GET_PCI_HOT_RESET_INFO, () => {}],
  [VFIO_DEVICE_PCI_HOT_RESET, () => {}],
])

/**
 * ioctl(2) on an open device. Writes answers into `user`; success is 0.
 * @throws NvError EINVAL, EFAULT, ENOTTY (unknown ioctl), or the error of the action
 */
export function deviceIoctl(device: IoctlDevice, command: number, user: UserMemory): 0 {
  const act = IOCTLS.get(command)
  if (!act) throw refused('ENOTTY', `the device has no ioctl 0x${command.toString(16)}`)
  act(device, user)
  return 0
}

/** The answer of GET_INFO: a PCI device with reset. */
export const DEVICE_INFO = {
  flags: VFIO_DEVICE_FLAGS_RESET | VFIO_DEVICE_FLAGS_PCI,
  num_regions: VFIO_PCI_NUM_REGIONS,
  num_irqs: VFIO_PCI_NUM_IRQS,
} as const

function deviceInfo(user: UserMemory): void {
  const { argsz } = vfio_device_info.decode(padded(fromUser(user, DEVICE_INFO_LEAST)))
  if (argsz < DEVICE_INFO_LEAST) throw tooSmall(argsz, DEVICE_INFO_LEAST)
  toUser(user, vfio_device_info.encode({ argsz, ...DEVICE_INFO }), Math.min(argsz, vfio_device_info.size))
}

/** GET_REGION_INFO in the driver's own code. Unreadable memory is EINVAL, not EFAULT; unwritable memory is EFAULT. */
function getRegionInfo(device: IoctlDevice, user: UserMemory): void {
  if (user.readable === false || user.bytes.length < vfio_region_info.size) {
    throw refused('EINVAL', 'the argument of GET_REGION_INFO cannot be read')
  }
  const asked = vfio_region_info.decode(user.bytes)
  if (asked.argsz < vfio_region_info.size) throw tooSmall(asked.argsz, vfio_region_info.size)
  const { size, offset, flags } = device.regionInfo(asked.index)
  toUser(user, vfio_region_info.encode({ ...asked, size, offset, flags: flags ?? asked.flags }), vfio_region_info.size)
}

function getIrqInfo(device: IoctlDevice, user: UserMemory): void {
  const { argsz, index } = vfio_irq_info.decode(fromUser(user, vfio_irq_info.size))
  if (argsz < vfio_irq_info.size) throw tooSmall(argsz, vfio_irq_info.size)
  toUser(user, vfio_irq_info.encode({ argsz, ...device.irqInfo(index) }), vfio_irq_info.size)
}

function fromUser({ bytes, readable }: UserMemory, length: number): Uint8Array {
  if (readable === false || bytes.length < length) throw refused('EFAULT', 'the argument cannot be read')
  return bytes.subarray(0, length)
}

function toUser({ bytes, writable }: UserMemory, answer: Uint8Array, length: number): void {
  if (writable === false || bytes.length < length) throw refused('EFAULT', 'the argument cannot be written')
  bytes.set(answer.subarray(0, length))
}

function padded(bytes: Uint8Array): Uint8Array {
  const whole = new Uint8Array(vfio_device_info.size)
  whole.set(bytes)
  return whole
}

function tooSmall(argsz: number, least: number): NvError {
  return refused('EINVAL', `argsz is ${argsz}, at least ${least} is needed`)
}

function refused(errno: 'EINVAL' | 'EFAULT' | 'ENOTTY', message: string): NvError {
  return new NvError({ errno, code: 'invalid-argument', at: 'nvidia_vgpu_vfio_ioctl', message })
}
