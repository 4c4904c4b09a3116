import type { View } from './answer.ts'

/** The outcome of a line of a batch. */
export interface BatchLineView {
  /** Its number in the file, from 1. */
  readonly line: number
  readonly command: string
  /** Exit status of the command. */
  readonly status: number
  /** Its standard output. */
  readonly output: string
  /** Its standard error; null if empty. */
  readonly error: string | null
}

export const BATCH_LINES: View<BatchLineView> = {
  kind: 'batchLines',
  name: ({ line }) => String(line),
  columns: [
    { head: 'LINE', text: ({ line }) => String(line), right: true },
    { head: 'STATUS', text: ({ status }) => String(status), right: true },
    { head: 'COMMAND', text: ({ command }) => command, shrink: 0 },
  ],
  fields: ['line', 'command', 'status', 'output', 'error'],
}
