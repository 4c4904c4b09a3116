import { struct } from './compound.ts'
import { u32, u64 } from './scalars.ts'

// Regions of a VFIO PCI device (linux/vfio.h).
export const VFIO_PCI_BAR0_REGION_INDEX = 0
export const VFIO_PCI_BAR1_REGION_INDEX = 1
export const VFIO_PCI_BAR2_REGION_INDEX = 2
export const VFIO_PCI_BAR3_REGION_INDEX = 3
export const VFIO_PCI_BAR4_REGION_INDEX = 4
export const VFIO_PCI_BAR5_REGION_INDEX = 5
export const VFIO_PCI_ROM_REGION_INDEX = 6
export const VFIO_PCI_CONFIG_REGION_INDEX = 7
export const VFIO_PCI_VGA_REGION_INDEX = 8
export const VFIO_PCI_NUM_REGIONS = 9

/** A file offset is region index << 40 | offset in the region. Multiply: JavaScript's shifts are 32 bits wide. */
export const VFIO_PCI_OFFSET_SHIFT = 40

/** The file offset of the start of region `index` (0 to 8). */
export function regionOffset(index: number): number {
  return index * 2 ** VFIO_PCI_OFFSET_SHIFT
}

export const VFIO_REGION_INFO_FLAG_READ = 1
export const VFIO_REGION_INFO_FLAG_WRITE = 2
export const VFIO_REGION_INFO_FLAG_MMAP = 4

// ioctl numbers: type ';' (0x3b), base 100, no size or direction encoded.
export const VFIO_DEVICE_GET_INFO = 0x3b6b
export const VFIO_DEVICE_GET_REGION_INFO = 0x3b6c
export const VFIO_DEVICE_GET_IRQ_INFO = 0x3b6d
export const VFIO_DEVICE_SET_IRQS = 0x3b6e
export const VFIO_DEVICE_RESET = 0x3b6f
export const VFIO_DEVICE_GET_PCI_HOT_RESET_INFO = 0x3b70
export const VFIO_DEVICE_PCI_HOT_RESET = 0x3b71
export const VFIO_DEVICE_FEATURE = 0x3b75

export const VFIO_DEVICE_FLAGS_RESET = 1
export const VFIO_DEVICE_FLAGS_PCI = 2

// Interrupts of a VFIO PCI device.
export const VFIO_PCI_INTX_IRQ_INDEX = 0
export const VFIO_PCI_MSI_IRQ_INDEX = 1
export const VFIO_PCI_MSIX_IRQ_INDEX = 2
export const VFIO_PCI_ERR_IRQ_INDEX = 3
export const VFIO_PCI_REQ_IRQ_INDEX = 4
export const VFIO_PCI_NUM_IRQS = 5

export const VFIO_IRQ_INFO_EVENTFD = 1
export const VFIO_IRQ_INFO_MASKABLE = 2
export const VFIO_IRQ_INFO_AUTOMASKED = 4
export const VFIO_IRQ_INFO_NORESIZE = 8

export const VFIO_IRQ_SET_DATA_NONE = 1
export const VFIO_IRQ_SET_DATA_BOOL = 2
export const VFIO_IRQ_SET_DATA_EVENTFD = 4
export const VFIO_IRQ_SET_DATA_TYPE_MASK = 7
export const VFIO_IRQ_SET_ACTION_MASK = 8
export const VFIO_IRQ_SET_ACTION_UNMASK = 0x10
export const VFIO_IRQ_SET_ACTION_TRIGGER = 0x20
export const VFIO_IRQ_SET_ACTION_TYPE_MASK = 0x38

/** Argument of VFIO_DEVICE_GET_INFO. `cap_offset` is present only when argsz has room for it. */
export const vfio_device_info = struct('vfio_device_info', () => ({
  argsz: u32,
  flags: u32,
  num_regions: u32,
  num_irqs: u32,
  cap_offset: u32,
  pad: u32,
}))

/** Argument of VFIO_DEVICE_GET_IRQ_INFO. */
export const vfio_irq_info = struct('vfio_irq_info', () => ({ argsz: u32, flags: u32, index: u32, count: u32 }))

/** Header of VFIO_DEVICE_SET_IRQS's argument; the data follow. */
export const vfio_irq_set = struct('vfio_irq_set', () => ({
  argsz: u32,
  flags: u32,
  index: u32,
  start: u32,
  count: u32,
}))

/** Argument of VFIO_DEVICE_GET_REGION_INFO. */
export const vfio_region_info = struct('vfio_region_info', () => ({
  argsz: u32,
  flags: u32,
  index: u32,
  cap_offset: u32,
  size: u64,
  offset: u64,
}))

/** States of the second VFIO migration protocol (enum vfio_device_mig_state). */
export const VFIO_DEVICE_STATE = {
  ERROR: 0,
  STOP: 1,
  RUNNING: 2,
  STOP_COPY: 3,
  RESUMING: 4,
  RUNNING_P2P: 5,
  PRE_COPY: 6,
  PRE_COPY_P2P: 7,
} as const
