import {
  anything,
  count,
  flag,
  type Infer,
  map,
  nullable,
  object,
  oneOf,
  optional,
  type Schema,
  text,
} from './schema.ts'

/** One step of a verb with several steps. */
export const STEP = object({ step: text, object: text, at: nullable(text), text })
export type StepView = Infer<typeof STEP>

const value: Schema<string | number | boolean | null> = { json: { type: ['string', 'number', 'boolean', 'null'] } }

/** A difference between a host and a document. */
export const DIFFERENCE = object({
  change: oneOf('add', 'remove', 'change'),
  kind: oneOf('host', 'type', 'gpu', 'vgpu', 'definition'),
  /** Address, type id or UUID; empty for a vGPU that has no UUID yet. */
  object: text,
  name: nullable(text),
  /** Member name in the document; null for the whole object. */
  member: nullable(text),
  is: value,
  wanted: value,
  /** Side effect of the change, if any. */
  note: nullable(text),
})
export type DifferenceView = Infer<typeof DIFFERENCE>

/** A row of `nvgpu query`: a value for each selected property. */
export const PROPERTIES = map(value)

/** One recorded change of the store's history. */
export const HISTORY_LINE = object({ seq: count, id: text, time: text, command: text, changes: count })
export type HistoryLine = Infer<typeof HISTORY_LINE>

/** A difference at a path of the state, with both values; a value is absent on the side without the path. */
export const CHANGE_LINE = object({
  /** Dotted: gpus.0.vfs.2.uuid. */
  path: text,
  change: oneOf('add', 'remove', 'set'),
  before: optional(anything),
  after: optional(anything),
})
export type ChangeLine = Infer<typeof CHANGE_LINE>

/** A problem with a file of the state directory. */
export const FINDING = object({
  file: text,
  severity: text,
  problem: text,
  mend: nullable(text),
  mended: flag,
})
export type FindingLine = Infer<typeof FINDING>

/** The outcome of a line of a batch. */
export const BATCH_LINE = object({
  /** Its number in the file, from 1. */
  line: count,
  command: text,
  /** Exit status of the command. */
  status: count,
  /** Its standard output. */
  output: text,
  /** Its standard error; null if empty. */
  error: nullable(text),
})
export type BatchLineView = Infer<typeof BATCH_LINE>

/** A change that was requested again with the operation id of an earlier one. */
export const REPEATED = object({ id: text, seq: nullable(count) })
export type Repeated = Infer<typeof REPEATED>

/** The answer of a changing verb. `items` are the objects of the verb after the change. */
export interface Change<T> {
  changed: boolean
  items: T[]
  /** Warnings for stderr. */
  warnings: string[]
  /** The change is committed, but a part of it failed (the probe of a VF): exit status 1. */
  failed?: boolean
}
