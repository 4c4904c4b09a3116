import type { Io } from './io.ts'
import type { Settings } from './settings.ts'

/** What a verb runs in. */
export interface Context {
  readonly io: Io
  readonly settings: Settings
  /** The words of the command line, for the history. */
  readonly argv: readonly string[]
}
