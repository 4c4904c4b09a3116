import { count, described, flag, type Infer, integer, list, nullable, number, object, oneOf, text } from './schema.ts'

/** A group or a member of a fleet. */
export const FLEET_PART = object({
  name: text,
  kind: oneOf('group', 'directory', 'file'),
  hosts: count,
  /** Board of the catalogue, or another model of GPU; null for a host without GPUs or with several boards. */
  board: nullable(text),
  /** The catalogue has figures of the board, so that vGPUs are counted. */
  known: flag,
  gpus: described(count, 'on all hosts'),
  vfs: described(nullable(count), 'enabled on each GPU; null: all, or different ones'),
  mode: nullable(oneOf('homogeneous', 'heterogeneous')),
  profile: nullable(text),
  /** State directory or host file. */
  path: nullable(text),
})
export type FleetPartView = Infer<typeof FLEET_PART>

/** Capacity of one type on a fleet. */
export const FLEET_CAPACITY = object({
  /** null where no id is published. */
  id: nullable(count),
  name: text,
  board: text,
  profileSizeMiB: count,
  /** vGPUs of the type that fit now, if no other comes. */
  creatable: count,
  gpusWithRoom: count,
  /** GPUs of the board. */
  gpus: count,
  /** Equal GPUs of each part, and the vGPUs that fit on each of them. */
  places: list(object({ part: text, gpus: count, each: count })),
})
export type FleetCapacityView = Infer<typeof FLEET_CAPACITY>

const fleetType = object({ id: nullable(count), name: text })
const gpuPlace = object({ host: text, gpu: count })

/** The places of vGPUs on a fleet. */
export const FLEET_FIT = object({
  asked: list(object({ vgpuType: fleetType, count })),
  fits: flag,
  /** Nothing is missing, or no order of the vGPUs would help. Otherwise another order might. */
  exact: flag,
  placed: list(
    object({
      vgpuType: fleetType,
      part: text,
      /** GPUs that follow one another, first and last, and the vGPUs on each of them. */
      from: gpuPlace,
      to: gpuPlace,
      gpus: count,
      each: count,
      /** First slots of the vGPUs on each GPU; empty in equal-size mode. */
      placementIds: list(count),
      gpuInstances: list(count),
    }),
  ),
  /** vGPUs without a place. */
  missing: list(object({ vgpuType: fleetType, count })),
  /** For each type without a place: GPUs in one state, the vGPUs that they take as the fleet is now, and the reason against more. */
  why: list(object({ vgpuType: fleetType, parts: list(text), gpus: count, each: count, reason: nullable(text) })),
})
export type FleetFitView = Infer<typeof FLEET_FIT>

/** Capacity of one type on a fleet before and after a change. */
export const FLEET_WHAT_IF = object({
  id: nullable(count),
  name: text,
  board: text,
  profileSizeMiB: count,
  before: count,
  after: count,
})
export type FleetWhatIfView = Infer<typeof FLEET_WHAT_IF>

const percent = described(number, 'percent of the GPU of the fleet')

/** Requests on a fleet under one policy: means of its runs. */
export const FLEET_SIMULATION = object({
  policy: text,
  /** Of the first run; the others have the numbers after it. */
  seed: integer,
  runs: count,
  placed: number,
  refused: number,
  allocated: percent,
  /** Free GPU that the requests of the trace cannot use on average. */
  fragmented: percent,
  /** Framebuffer without a vGPU; null for shares. */
  unallocatedMiB: nullable(number),
  /** Choices by framebuffer alone, and those of them that the host refuses; null for shares, and for a policy that knows the rules. */
  blind: nullable(object({ choices: number, refused: number })),
  /** Scores that the policy computed in one run. */
  evaluations: number,
  points: list(
    object({
      /** Requests that have arrived, in percent of the GPU of the fleet. */
      arrived: percent,
      allocated: percent,
      /** Over the runs. */
      lowest: percent,
      highest: percent,
      fragmented: percent,
    }),
  ),
})
export type FleetSimulationView = Infer<typeof FLEET_SIMULATION>
