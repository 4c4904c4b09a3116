import { NvError } from '../../errors/nv-error.ts'
import type { Klog } from '../klog.ts'

/** Facts that the PCI core and the driver check before the number of VFs changes. */
export interface SriovFacts {
  totalVfs: number
  numVfs: number
  driver: string | null
  /** The driver has no sriov_configure: its own tool enables VFs. */
  toolOnly?: boolean
  enabled: boolean
  managerAttached: boolean
  bdf: string
  /** A VF has a vGPU or is open. */
  isUsed?: boolean
  /** The reason why vGPU support is off, for the message, and a command against it. */
  unsupported: string | null
  mend: string
}

const AT = 'sriov_numvfs_store'

/**
 * The write to sriov_numvfs: the PCI core first, then the driver's sriov_configure, with refusals in the kernel's order
 * (patch 18). `pfEvent` is the 2025 series' SRIOV_CONFIGURE notification, which replaces the refusal "a manager is
 * attached"; null keeps that refusal.
 * @returns the count to set, or null when the value is unchanged
 * @throws NvError EINVAL, ERANGE, ENOENT, EBUSY, ENODEV
 */
export function sriovNumvfsStore(
  text: string,
  facts: SriovFacts,
  klog: Klog,
  pfEvent: ((numVfs: number) => void) | null,
): number | null {
  const value = parseNumVfs(text, facts.bdf)
  refuseCount(value, facts)
  if (value === facts.numVfs) return null
  refuseDriver(facts)
  if (value !== 0 && facts.numVfs !== 0) throw alreadyEnabled(value, facts, klog)
  refuseConfigure(facts, pfEvent !== null)
  pfEvent?.(value)
  return value
}

function refuseCount(value: number, facts: SriovFacts): void {
  if (value > facts.totalVfs) {
    throw new NvError({
      errno: 'ERANGE',
      code: 'numvfs-range',
      at: AT,
      message: `${value} VFs were asked for, ${facts.bdf} has ${facts.totalVfs}`,
      hint: `nvgpu vf enable ${facts.totalVfs} --gpu ${facts.bdf}`,
    })
  }
}

/** The PCI core refuses a write without a driver that takes it. @throws NvError ENOENT */
export function refuseDriver(facts: Pick<SriovFacts, 'driver' | 'toolOnly' | 'bdf' | 'totalVfs'>): void {
  if (facts.driver === null) {
    throw new NvError({
      errno: 'ENOENT',
      code: 'no-device',
      at: AT,
      message: `no driver is bound to ${facts.bdf}`,
      hint: `nvgpu gpu bind ${facts.bdf}`,
    })
  }
  if (facts.toolOnly) {
    throw new NvError({
      errno: 'ENOENT',
      code: 'unsupported',
      at: AT,
      message: `the driver of ${facts.bdf} does not take a number of VFs through sysfs; its own tool sets it`,
      hint: `nvgpu vf enable ${facts.totalVfs} --gpu ${facts.bdf}`,
    })
  }
}

function alreadyEnabled(value: number, { numVfs, bdf, isUsed }: SriovFacts, klog: Klog): NvError {
  const sentence = `${numVfs} VFs already enabled. Disable before enabling ${value} VFs`
  klog.warn(`${bdf}: ${sentence}`)
  return new NvError({
    errno: 'EBUSY',
    code: 'busy',
    at: AT,
    message: sentence,
    hint: isUsed ? `nvgpu vf list --gpu ${bdf}` : `nvgpu vf enable ${value} --gpu ${bdf}`,
    object: bdf,
  })
}

/** The driver's sriov_configure. A manager is in the way if the driver does not notify it of the event. */
function refuseConfigure(facts: SriovFacts, notifies: boolean): void {
  const at = 'nvkm_pci_sriov_configure'
  if (!facts.enabled) {
    throw new NvError({
      errno: 'ENODEV',
      code: 'unsupported',
      at,
      message: `vGPU support of ${facts.bdf} is not enabled: ${facts.unsupported ?? 'its initialisation failed'}`,
      hint: facts.mend,
    })
  }
  if (facts.managerAttached && !notifies) {
    throw new NvError({
      errno: 'EBUSY',
      code: 'busy',
      at,
      message: `a vGPU manager is attached to ${facts.bdf}: VFs are bound to the VFIO driver`,
      hint: `nvgpu vf list --gpu ${facts.bdf}`,
      object: facts.bdf,
    })
  }
}

/** kstrtou16 with base 0 and one trailing newline allowed. @throws NvError EINVAL, ERANGE above 16 bits */
export function parseNumVfs(text: string, bdf: string): number {
  const digits = text.replace(/\n$/, '')
  const value = /^\+?0x[0-9a-f]+$/i.test(digits)
    ? Number.parseInt(digits.replace('+', ''), 16)
    : /^\+?0[0-7]*$/.test(digits)
      ? Number.parseInt(digits, 8)
      : /^\+?[1-9][0-9]*$/.test(digits)
        ? Number.parseInt(digits, 10)
        : Number.NaN
  if (Number.isNaN(value)) {
    throw new NvError({
      errno: 'EINVAL',
      code: 'invalid-argument',
      at: AT,
      message: `"${printable(digits)}" is not a number of VFs`,
      hint: 'nvgpu vf enable --help',
    })
  }
  if (value > 0xffff) {
    throw new NvError({
      errno: 'ERANGE',
      code: 'numvfs-range',
      at: AT,
      message: `${digits} VFs do not fit 16 bits`,
      hint: `nvgpu gpu show ${bdf}`,
    })
  }
  return value
}

function printable(text: string): string {
  return text.slice(0, 32).replace(/[^ -~]/g, '?')
}
