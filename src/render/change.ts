import type { ChangeLine } from '../contract/views/change.ts'
import type { View } from './answer.ts'

/** Differences between two states, place by place. */
export const CHANGES: View<ChangeLine> = {
  kind: 'changes',
  name: (line) => line.path,
  columns: [
    { head: 'PLACE', text: (line) => line.path, shrink: 2 },
    { head: 'BEFORE', text: (line) => short(line.before), mood: () => 'bad', shrink: 0 },
    { head: 'AFTER', text: (line) => short(line.after), mood: () => 'good', shrink: 1 },
  ],
  fields: ['path', 'change', 'before', 'after'],
  records: (line) => [{ ...line, before: text(line.before), after: text(line.after) }],
}

/** Limit of a value in a table; the formats for programs have all of it. */
const SHOWN = 60

function short(value: unknown): string {
  const whole = text(value)
  return whole.length > SHOWN ? `${whole.slice(0, SHOWN - 3)}...` : whole
}

function text(value: unknown): string {
  return value === undefined ? '-' : JSON.stringify(value)
}
