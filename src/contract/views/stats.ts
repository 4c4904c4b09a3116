import { moment, typeRef, use } from './parts.ts'
import {
  bdf,
  count,
  described,
  type Infer,
  list,
  map,
  nullable,
  number,
  object,
  oneOf,
  optional,
  text,
  uuid,
} from './schema.ts'

/** A kept sample of a vGPU, or the sum of a GPU's at one time. */
const SAMPLE = object({
  at: moment,
  gpu: described(number, 'percent'),
  memory: described(number, 'percent'),
  encoder: described(number, 'percent'),
  decoder: described(number, 'percent'),
})
export type UseSampleView = Infer<typeof SAMPLE>

const recent = optional(described(list(SAMPLE), 'the kept samples, oldest first; with --sparkline or --plot'))

export const GPU_STATS = object({
  gpu: count,
  bdf,
  /** Number of running vGPUs. */
  vgpus: count,
  at: nullable(moment),
  now: nullable(use),
  mean: nullable(use),
  samples: count,
  recent,
})
export type GpuStatsView = Infer<typeof GPU_STATS>

export const VGPU_STATS = object({
  vgpu: uuid,
  /** Id in nvidia-smi's screens; null while the vGPU does not run. */
  vgpuId: nullable(count),
  name: nullable(text),
  gpu: count,
  vf: bdf,
  gfid: count,
  vgpuType: typeRef,
  /** Virtual time of the newest sample, microseconds. */
  at: nullable(moment),
  now: nullable(use),
  /** Mean of the kept samples. */
  mean: nullable(use),
  samples: count,
  recent,
})
export type VgpuStatsView = Infer<typeof VGPU_STATS>

/** A row of a monitor. */
export const VGPU_SAMPLE = object({
  round: count,
  at: moment,
  gpu: count,
  vgpu: nullable(uuid),
  vgpuId: nullable(count),
  use: nullable(use),
})
export type VgpuSampleView = Infer<typeof VGPU_SAMPLE>

/** One metric with all its samples. Names and labels are stable. */
export const METRIC = object({
  name: text,
  type: oneOf('gauge', 'counter'),
  help: text,
  samples: list(object({ labels: map(text), value: number })),
})
export type Metric = Infer<typeof METRIC>
