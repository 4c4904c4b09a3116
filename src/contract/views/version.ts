import { count, type Infer, object, text } from './schema.ts'

/** Versions of the program and of what it runs on. */
export const VERSIONS = object({
  nvgpu: text,
  node: text,
  /** Schema of the state. */
  stateSchema: count,
})
export type VersionsView = Infer<typeof VERSIONS>
