import {
  PCI_CAP_ID_EXP,
  PCI_CAP_ID_MSIX,
  PCI_MSIX_FLAGS,
  PCI_MSIX_FLAGS_ENABLE,
  PCI_MSIX_FLAGS_MASKALL,
  PCI_MSIX_FLAGS_QSIZE,
} from '../../abi/pci.ts'
import {
  VFIO_IRQ_INFO_AUTOMASKED,
  VFIO_IRQ_INFO_EVENTFD,
  VFIO_IRQ_INFO_MASKABLE,
  VFIO_IRQ_INFO_NORESIZE,
  VFIO_IRQ_SET_ACTION_TRIGGER,
  VFIO_IRQ_SET_ACTION_TYPE_MASK,
  VFIO_IRQ_SET_DATA_BOOL,
  VFIO_IRQ_SET_DATA_EVENTFD,
  VFIO_IRQ_SET_DATA_NONE,
  VFIO_IRQ_SET_DATA_TYPE_MASK,
  VFIO_PCI_NUM_IRQS,
} from '../../abi/vfio.ts'
import { NvError } from '../../errors/nv-error.ts'
import type { ConfigSpace } from '../hw/config-space.ts'
import { findCapability } from '../hw/pci-caps.ts'

export const IRQ_NAMES = ['INTx', 'MSI', 'MSI-X', 'error', 'request'] as const

export interface IrqInfo {
  index: number
  count: number
  flags: number
}

const MSIX = 2
const U32_MAX = 0xffff_ffff
/** Data bytes per interrupt, by kind of data. */
const DATA_BYTES: ReadonlyMap<number, number> = new Map([
  [VFIO_IRQ_SET_DATA_NONE, 0],
  [VFIO_IRQ_SET_DATA_BOOL, 1],
  [VFIO_IRQ_SET_DATA_EVENTFD, 4],
])
const HEAD_BYTES = 20

/** The number of interrupts of each kind. A VF has no INTx; this VF has no MSI. */
const COUNTS: readonly ((hardware: ConfigSpace) => number)[] = [() => 0, () => 0, msixCount, expressCount, () => 1]
const FLAGS: readonly number[] = [
  VFIO_IRQ_INFO_EVENTFD | VFIO_IRQ_INFO_MASKABLE | VFIO_IRQ_INFO_AUTOMASKED,
  ...Array.from({ length: VFIO_PCI_NUM_IRQS - 1 }, () => VFIO_IRQ_INFO_EVENTFD | VFIO_IRQ_INFO_NORESIZE),
]

/** Interrupts of kind `index`, like generic VFIO PCI code. @throws NvError EINVAL for 5 and above */
export function irqInfo(hardware: ConfigSpace, index: number): IrqInfo {
  const count = COUNTS[index]
  if (!count)
    throw refused('EINVAL', `interrupt index ${index} does not exist: the highest is ${VFIO_PCI_NUM_IRQS - 1}`)
  return { index, count: count(hardware), flags: FLAGS[index] ?? 0 }
}

export interface IrqSet {
  argsz: number
  flags: number
  index: number
  start: number
  count: number
}

/**
 * SET_IRQS with the checks of generic VFIO PCI code. Only the trigger of MSI-X is modelled: event descriptors enable
 * it; no data and no interrupts disable it. Other actions are accepted and do nothing.
 * @throws NvError EINVAL, ENOTTY (an action unsupported by the kind)
 */
export function setIrqs(hardware: ConfigSpace, { argsz, flags, index, start, count }: IrqSet): void {
  const known = VFIO_IRQ_SET_DATA_TYPE_MASK | VFIO_IRQ_SET_ACTION_TYPE_MASK
  const bytes = DATA_BYTES.get(flags & VFIO_IRQ_SET_DATA_TYPE_MASK)
  if (argsz < HEAD_BYTES || index >= VFIO_PCI_NUM_IRQS || count >= U32_MAX - start || (flags & ~known) !== 0) {
    throw refused('EINVAL', 'argsz, index, count or flags are out of range for SET_IRQS')
  }
  if (bytes === undefined) throw refused('EINVAL', 'SET_IRQS takes one kind of data: none, bool or eventfd')
  const { count: total } = irqInfo(hardware, index)
  if (start >= total || start + count > total) {
    throw refused('EINVAL', `${IRQ_NAMES[index]} has ${total} interrupts: ${start} + ${count} is out of range`)
  }
  if (argsz - HEAD_BYTES < bytes * count) throw refused('EINVAL', 'argsz leaves no room for the data')
  const action = flags & VFIO_IRQ_SET_ACTION_TYPE_MASK
  // only INTx can be masked and unmasked, and a VF has none
  if (action !== VFIO_IRQ_SET_ACTION_TRIGGER) throw refused('ENOTTY', `${IRQ_NAMES[index]} can only be triggered`)
  if (index !== MSIX) return
  if ((flags & VFIO_IRQ_SET_DATA_EVENTFD) !== 0) setMsix(hardware, true)
  else if ((flags & VFIO_IRQ_SET_DATA_NONE) !== 0 && count === 0) setMsix(hardware, false)
}

/** Enables or disables MSI-X. Disabling also clears the mask, as after a reset. */
export function setMsix(hardware: ConfigSpace, enable: boolean): void {
  const at = findCapability(hardware, PCI_CAP_ID_MSIX)
  if (at === 0) return
  const flags = hardware.read16(at + PCI_MSIX_FLAGS)
  const off = flags & ~(PCI_MSIX_FLAGS_ENABLE | PCI_MSIX_FLAGS_MASKALL)
  hardware.write16(at + PCI_MSIX_FLAGS, enable ? flags | PCI_MSIX_FLAGS_ENABLE : off)
  hardware.save()
}

function msixCount(hardware: ConfigSpace): number {
  const at = findCapability(hardware, PCI_CAP_ID_MSIX)
  return at === 0 ? 0 : (hardware.read16(at + PCI_MSIX_FLAGS) & PCI_MSIX_FLAGS_QSIZE) + 1
}

function expressCount(hardware: ConfigSpace): number {
  return findCapability(hardware, PCI_CAP_ID_EXP) === 0 ? 0 : 1
}

function refused(errno: 'EINVAL' | 'ENOTTY', message: string): NvError {
  return new NvError({ errno, code: 'invalid-argument', at: 'vfio_pci_core_ioctl', message })
}
