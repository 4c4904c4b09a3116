import type {
  BootStepView,
  ChangeLine,
  DifferenceView,
  EventView,
  FaultPointView,
  FaultView,
  HostView,
  KernelLogView,
  ListedVgpuView,
  StepView,
} from '../../engine/view.ts'
import type { BatchLineView } from '../../render/batch.ts'
import type { Explanation } from '../../render/explanation.ts'
import type { Metric } from '../../render/metrics.ts'
import type { Repeated } from '../../render/operation.ts'
import type { Overview } from '../../render/overview.ts'
import type { FindingLine, HistoryLine } from '../../render/store.ts'
import type { FieldView } from '../decode.ts'
import {
  anything,
  count,
  flag,
  integer,
  list,
  map,
  nullable,
  number,
  object,
  oneOf,
  optional,
  type Schema,
  text,
} from './build.ts'
import { moment } from './common.ts'
import { gpu, vf } from './gpu.ts'
import { vgpu } from './vgpu.ts'

export const host = object<HostView>({
  profile: text,
  driverVersion: text,
  now: moment,
  gpus: count,
  vfs: count,
  vgpus: object<HostView['vgpus']>({ configured: count, running: count }),
  definitions: count,
  uploadedTypes: count,
  suspended: flag,
  tracing: flag,
  faults: count,
})

export const overview = object<Omit<Overview, 'vgpus'> & { vgpus: ListedVgpuView[] }>({
  host,
  gpus: list(gpu),
  vfs: list(vf),
  vgpus: list(vgpu),
})

export const kernelLogLine = object<KernelLogView>({ gpu: count, seq: count, at: moment, level: text, text })

export const event = object<EventView>({
  gpu: count,
  seq: count,
  at: moment,
  kind: oneOf('log', 'rpc', 'bar', 'gsp', 'pf'),
  level: nullable(text),
  direction: nullable(text),
  text,
  client: nullable(text),
  object: nullable(text),
  size: count,
  status: nullable(object<NonNullable<EventView['status']>>({ value: integer, name: text })),
  bytes: text,
})

export const bootStep = object<BootStepView>({ gpu: count, step: text, at: moment, note: text, errno: nullable(text) })

export const fault = object<FaultView>({
  id: count,
  point: text,
  effect: text,
  after: count,
  times: count,
  hits: count,
  struck: count,
})

export const faultPoint = object<FaultPointView>({ point: text, effect: text, effects: list(text), what: text })

export const historyLine = object<HistoryLine>({ seq: count, id: text, time: text, command: text, changes: count })

export const finding = object<FindingLine>({
  file: text,
  severity: text,
  problem: text,
  mend: nullable(text),
  mended: flag,
})

export const changeLine = object<ChangeLine>({
  path: text,
  change: oneOf('add', 'remove', 'set'),
  before: optional(anything),
  after: optional(anything),
})

export const batchLine = object<BatchLineView>({
  line: count,
  command: text,
  status: count,
  output: text,
  error: nullable(text),
})

export const repeated = object<Repeated>({ id: text, seq: nullable(count) })

export const explanation = object<Explanation>({
  topic: text,
  code: text,
  number: nullable(integer),
  status: nullable(count),
  meaning: text,
  mend: nullable(text),
  errno: nullable(text),
})

export const metric = object<Metric>({
  name: text,
  type: oneOf('gauge', 'counter'),
  help: text,
  samples: list(object<Metric['samples'][number]>({ labels: map(text), value: number })),
})

export const field = object<FieldView>({
  offset: count,
  size: count,
  field: text,
  value: text,
  number: nullable(number),
})

export const struct = object<{ name: string; size: number }>({ name: text, size: count })

const value: Schema<string | number | boolean | null> = { json: { type: ['string', 'number', 'boolean', 'null'] } }

/** A row of `nvgpu query`: a value for each selected property. */
export const properties = map(value)

export const difference = object<DifferenceView>({
  change: oneOf('add', 'remove', 'change'),
  kind: oneOf('host', 'type', 'gpu', 'vgpu', 'definition'),
  object: text,
  name: nullable(text),
  member: nullable(text),
  is: value,
  wanted: value,
  note: nullable(text),
})

export const step = object<StepView>({ step: text, object: text, at: nullable(text), text })
