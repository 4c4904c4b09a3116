import { count, type Infer, integer, nullable, object, text } from './schema.ts'

/** The explanation of one code. */
export const EXPLANATION = object({
  /** `refusal`, `errno` or `NV_STATUS`. */
  topic: text,
  code: text,
  number: nullable(integer),
  /** Exit status of nvgpu, if the code decides it. */
  status: nullable(count),
  meaning: text,
  mend: nullable(text),
  /** The kernel's errno for an NV_STATUS. */
  errno: nullable(text),
})
export type Explanation = Infer<typeof EXPLANATION>
