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
  /** UUID of the VM; null where it follows from the name. */
  vmUuid: noText,
  pid: count,
  /** Reaction of the VM to the request to release the device. */
  policy: oneOf('closes', 'ignores'),
  /** The guest's operating system as the user named it; null without a name. */
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
  /** GPU instance of the selected MIG-backed type; null for other types. */
  gpuInstanceId: noCount,
  /** Identity of the configured vGPU: set when the type is selected. */
  uuid: noText,
  name: noText,
  /** Attributes that were written since the type was selected. */
  attrs: defaulted(listOf(ATTRIBUTE), () => []),
  /** Process that has the VFIO device open. */
  opened: defaulted(v.nullable(OPENER), null),
  /** The VM is stopped: paused by the user, or by a suspend of the host, which resumes it. */
  paused: defaulted(v.nullable(oneOf('user', 'host')), null),
  /** VFIO migration state of the open device; `restored` while its contents come from a stream and have not run yet. */
  mig: defaulted(v.strictObject({ state: DEVICE_STATE, restored: truth }), () => ({
    state: 'RUNNING' as const,
    restored: false,
  })),
  /** Stream of a vGPU that a warm update stopped and could not restore; `vgpu restore` takes it. */
  saved: defaulted(v.nullable(v.strictObject({ size: count, bytes })), null),
  /** Guest-visible configuration space; empty while closed. */
  vconfig: defaulted(CONFIG, ''),
  /** Set by PF events: the driver has been torn down. It stays bound and has no resources. */
  unbound: off,
  /** The open device has requested and mapped the VF's BAR0. */
  bar0Mapped: off,
  /** Nonzero 32-bit registers behind the VF's BAR0, by hex offset. Empty while closed. */
  regs: defaulted(mapOf(HEX, count), () => ({})),
  /** Task logs of the last vGPU, copied from its heap when it was closed. */
  logs: defaulted(LOGS, () => ({ initTask: '', vgpuTask: '', kernel: '' })),
  /** A reset failed: the kernel has given the device up (pci_channel_io_perm_failure). */
  disconnected: off,
  /** The sysfs attribute driver_override. */
  driverOverride: noText,
})
export type VfState = v.InferOutput<typeof VF>
