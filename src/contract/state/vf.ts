import * as v from 'valibot'
import {
  address,
  bytes,
  count,
  defaulted,
  listOf,
  mapOf,
  maybeText,
  noCount,
  noText,
  off,
  oneOf,
  sparse,
  text,
  truth,
  zero,
} from '../values.ts'
import { ATTRIBUTE } from './definition.ts'
import { CONFIG, HEX } from './parts.ts'

/** The largest task log of the heap. */
const LOG = sparse(0x40000)

const LOGS = v.strictObject({ initTask: LOG, vgpuTask: LOG, kernel: LOG })
export type TaskLogs = v.InferOutput<typeof LOGS>

const OPENER = v.strictObject({
  vm: text,
  pid: count,
  /** What the VM does when it is told to go. */
  policy: oneOf('closes', 'ignores'),
  /** The guest's operating system as the user named it; null when it was not named. */
  guestOs: maybeText,
  /** A Windows guest whose driver is in compute (TCC) mode. */
  tcc: truth,
})
export type Opener = v.InferOutput<typeof OPENER>

/** States of the second VFIO migration protocol that this device offers; it has no peer-to-peer states. */
const DEVICE_STATE = oneOf('ERROR', 'STOP', 'RUNNING', 'STOP_COPY', 'RESUMING', 'PRE_COPY')
export type DeviceState = v.InferOutput<typeof DEVICE_STATE>

export const VF = v.strictObject({
  index: count,
  bdf: address,
  driver: defaulted(v.nullable(oneOf('nvidia-vgpu-vfio', 'vfio-pci')), null),
  /** Hardware configuration space of the VF. */
  config: CONFIG,
  /** current_vgpu_type; 0 when none is selected. */
  vgpuType: zero,
  /** First slot of the selected type; null where there are no placement ids. */
  placementId: noCount,
  /** Identity of the configured vGPU: given when the type is selected. */
  uuid: noText,
  name: noText,
  /** Attributes written to it since its type was selected. */
  attrs: defaulted(listOf(ATTRIBUTE), () => []),
  /** Who has the VFIO device open. */
  opened: defaulted(v.nullable(OPENER), null),
  /** The VM stands still: paused by the user, or by a suspend of the host, which resumes it. */
  paused: defaulted(v.nullable(oneOf('user', 'host')), null),
  /** VFIO migration state of the open device; `restored` while what it holds came out of a stream and has not run yet. */
  mig: defaulted(v.strictObject({ state: DEVICE_STATE, restored: truth }), () => ({
    state: 'RUNNING' as const,
    restored: false,
  })),
  /** Stream of a vGPU that a warm update took down and could not bring back; `vgpu restore` takes it. */
  saved: defaulted(v.nullable(v.strictObject({ size: count, bytes })), null),
  /** Guest-visible configuration space; empty while closed. */
  vconfig: defaulted(CONFIG, ''),
  /** Set by PF events: the driver has been torn down. It stays bound and holds nothing. */
  unbound: off,
  /** The open device has requested and mapped the VF's BAR0. */
  bar0Mapped: off,
  /** 32-bit registers behind the VF's BAR0 that hold something, by hex offset. Empty while closed. */
  regs: defaulted(mapOf(HEX, count), () => ({})),
  /** Task logs of the last vGPU, copied from its heap when it was closed. */
  logs: defaulted(LOGS, () => ({ initTask: '', vgpuTask: '', kernel: '' })),
  /** A reset did not come back: the kernel has given the device up (pci_channel_io_perm_failure). */
  disconnected: off,
  /** The sysfs attribute driver_override. */
  driverOverride: noText,
})
export type VfState = v.InferOutput<typeof VF>
