import * as v from 'valibot'
import {
  address,
  count,
  defaulted,
  listOf,
  mapOf,
  noCount,
  noText,
  oneOf,
  sparse,
  text,
  truth,
  zero,
} from '../values.ts'
import { FIGURES } from './figures.ts'
import { GSP } from './gsp.ts'
import { MANAGER } from './manager.ts'
import { NVKM } from './nvkm.ts'
import { CONFIG, HEX } from './parts.ts'
import { KERNEL_LOG, LOAD, TRACE_LOG } from './records.ts'
import { VF } from './vf.ts'

export const HW = v.strictObject({
  /** PF configuration space. */
  config: CONFIG,
  /** Nonzero BAR0 registers, by hex offset. */
  regs: defaulted(mapOf(HEX, count), () => ({})),
  fb: v.strictObject({ size: count, pages: mapOf(HEX, sparse(4096)) }),
  numVfs: zero,
})
export type HwState = v.InferOutput<typeof HW>

/** Settings of the driver for a GPU. They end with the driver. */
const MODES = v.strictObject({
  /** The driver stays loaded without clients. */
  persistence: truth,
  compute: oneOf('default', 'exclusive-process', 'prohibited'),
  /** Processes, and those of guests, are accounted for. */
  accounting: truth,
})
export type GpuModes = v.InferOutput<typeof MODES>

export const GPU = v.strictObject({
  board: text,
  /** Of a board whose figures the user gave; null for one of the catalogue. */
  figures: defaulted(v.nullable(FIGURES), null),
  /** PF address. */
  bdf: address,
  uuid: text,
  hw: HW,
  gsp: GSP,
  nvkm: NVKM,
  /** The vGPU manager of this PF; null until the first VF is bound. */
  mgr: defaulted(v.nullable(MANAGER), null),
  /** One per enabled VF, by VF index. */
  vfs: defaulted(listOf(VF), () => []),
  /** The sysfs attribute driver_override of the PF. */
  driverOverride: noText,
  /** ECC mode after the next GPU reset; null if no change is pending. */
  eccPending: defaulted(v.nullable(truth), null),
  /** MIG mode after the next GPU reset; null if no change is pending. */
  migPending: defaulted(v.nullable(truth), null),
  /** Scheduler set at run time, as an RmPVMRL word; null while the module option applies. */
  scheduler: noCount,
  modes: defaulted(MODES, () => ({ persistence: true, compute: 'default' as const, accounting: false })),
  /** VMs that have opened a first vGPU here: the source of their pids (guest/pids.ts). */
  vmsStarted: zero,
  load: LOAD,
  klog: defaulted(KERNEL_LOG, () => ({ seq: 0, next: 0, lines: [] })),
  /** Records of the trace, empty while tracing is off. */
  trace: defaulted(TRACE_LOG, () => ({ next: 0, records: [] })),
})
export type GpuState = v.InferOutput<typeof GPU>
