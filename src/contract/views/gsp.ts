import { moment, region } from './parts.ts'
import { count, flag, hex, type Infer, integer, nullable, number, object, oneOf, text, uuid } from './schema.ts'

export const GSP_OBJECT = object({
  gpu: count,
  client: hex,
  handle: hex,
  class: hex,
  className: text,
  parent: hex,
  owner: nullable(text),
})
export type GspObjectView = Infer<typeof GSP_OBJECT>

export const GSP_PLUGIN = object({
  gpu: count,
  gfid: count,
  vf: text,
  state: text,
  vgpuType: count,
  uuid: nullable(uuid),
  instance: text,
  fb: region,
  heap: region,
  numChannels: count,
  numPluginChannels: count,
  busMaster: flag,
})
export type GspPluginView = Infer<typeof GSP_PLUGIN>

/** A log line of a plugin task. */
export const TASK_LOG_LINE = object({ vgpu: text, line: count, text })
export type TaskLogLine = Infer<typeof TASK_LOG_LINE>

/** One entry of the event record of a host. */
export const EVENT = object({
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
  status: nullable(object({ value: integer, name: text })),
  /** Payload in hexadecimal; empty unless requested. */
  bytes: text,
})
export type EventView = Infer<typeof EVENT>

export const BOOT_STEP = object({ gpu: count, step: text, at: moment, note: text, errno: nullable(text) })
export type BootStepView = Infer<typeof BOOT_STEP>

export const KERNEL_LOG_LINE = object({ gpu: count, seq: count, at: moment, level: text, text })
export type KernelLogView = Infer<typeof KERNEL_LOG_LINE>

/** One field of a decoded structure. */
export const FIELD = object({
  offset: count,
  size: count,
  field: text,
  value: text,
  number: nullable(number),
})
export type FieldView = Infer<typeof FIELD>

export const STRUCT = object({ name: text, size: count })
