import type { View } from './answer.ts'

/** A place in the state that is different, with what stands there on both sides; absent where nothing does. */
export interface ChangeLine {
  /** Dotted: gpus.0.vfs.2.uuid. */
  readonly path: string
  readonly change: 'add' | 'remove' | 'set'
  readonly before?: unknown
  readonly after?: unknown
}

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

/** What a table shows of a value at the most; the formats for programs have all of it. */
const SHOWN = 60

function short(value: unknown): string {
  const whole = text(value)
  return whole.length > SHOWN ? `${whole.slice(0, SHOWN - 3)}...` : whole
}

function text(value: unknown): string {
  return value === undefined ? '-' : JSON.stringify(value)
}
