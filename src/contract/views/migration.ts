import { typeRef } from './parts.ts'
import { amount, bdf, count, described, flag, type Infer, list, nullable, object, oneOf, text, uuid } from './schema.ts'

const side = object({ stateDir: text, gpuBdf: bdf, vf: bdf })

/** A completed migration, in virtual time. */
export const MIGRATION = object({
  id: text,
  uuid,
  name: nullable(text),
  vgpuType: typeRef,
  /** State of the vGPU at the target. */
  state: oneOf('configured', 'running', 'paused', 'migrating', 'failed'),
  from: side,
  to: side,
  mode: oneOf('pre-copy', 'stop-and-copy'),
  bandwidth: described(amount, 'bytes a second'),
  /** Copies of memory made while the guest ran. */
  rounds: list(object({ round: count, bytes: count, durationUs: count })),
  /** The last copy, made after the guest stopped. */
  stopCopy: object({ bytes: count, durationUs: count }),
  /** The remaining bytes fitted the downtime limit before the rounds were used up. */
  converged: flag,
  /** Bytes in the model's transfer, and in the real stream between the hosts. */
  bytes: count,
  streamBytes: count,
  totalUs: count,
  downtimeUs: count,
})
export type MigrationView = Infer<typeof MIGRATION>
