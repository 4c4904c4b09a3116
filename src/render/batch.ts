import type { BatchLineView } from '../contract/views/change.ts'
import type { View } from './answer.ts'

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
