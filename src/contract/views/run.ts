import { flag, type Infer, nullable, object, text } from './schema.ts'

/** One thing that nvgpu run needs of the machine. */
export const RUN_CHECK = object({
  name: text,
  works: flag,
  /** The purpose, or the reason why it does not work. */
  detail: text,
  /** A command that makes it work; null without one. */
  hint: nullable(text),
})
export type RunCheckView = Infer<typeof RUN_CHECK>
