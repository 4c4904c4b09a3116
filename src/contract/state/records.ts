import * as v from 'valibot'
import { bytes, count, defaulted, listOf, maybeCount, oneOf, text, zero } from '../values.ts'

/** Utilisation of one vGPU over a second, percent x 100. */
const SAMPLE = v.strictObject({ at: count, gfid: count, gr: count, fb: count, nvenc: count, nvdec: count })
export type UtilSample = v.InferOutput<typeof SAMPLE>

/** The load of a GPU's guests, and the samples of it. */
export const LOAD = v.strictObject({
  /** Seed of the load model; it determines the load of the guests. */
  seed: count,
  /** Ring of the newest samples: number n is in slot n % SAMPLE_SLOTS (load/samples.ts). */
  next: zero,
  samples: defaulted(listOf(SAMPLE), () => []),
})
export type LoadState = v.InferOutput<typeof LOAD>

const KERNEL_LINE = v.strictObject({ seq: count, at: count, level: oneOf('err', 'warn', 'info', 'debug'), text })
export type KernelLine = v.InferOutput<typeof KERNEL_LINE>

/** Ring of the newest kernel log lines: line n is in slot n % KLOG_SLOTS. */
export const KERNEL_LOG = v.strictObject({
  /** Next number of the sequence that log lines and trace records share. */
  seq: count,
  next: count,
  lines: listOf(KERNEL_LINE),
})
export type KernelLog = v.InferOutput<typeof KERNEL_LOG>

const TRACE_RECORD = v.strictObject({
  seq: count,
  at: count,
  /** rpc: a message to or from GSP, or a plugin call; bar: a register write; gsp: an event; pf: a PF event. */
  kind: oneOf('rpc', 'bar', 'gsp', 'pf'),
  /** Sender and receiver, "nvkm>gsp". */
  direction: text,
  /** Function, event, control or message by name. */
  name: text,
  /** RM client and object of a control or an allocation. */
  client: maybeCount,
  object: maybeCount,
  /** Payload bytes; no message is nearly as large as the bound. */
  size: v.pipe(count, v.maxValue(0x100_0000, 'is more than 16 MiB')),
  /** rpc_result, NV_STATUS or plugin result of an answer. */
  status: maybeCount,
  bytes,
})
export type TraceRecord = v.InferOutput<typeof TRACE_RECORD>

/** Ring like the kernel log: record n is in slot n % TRACE_SLOTS. */
export const TRACE_LOG = v.strictObject({ next: count, records: listOf(TRACE_RECORD) })
export type TraceLog = v.InferOutput<typeof TRACE_LOG>
