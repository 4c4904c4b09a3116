import { count, described, flag, type Infer, nullable, object, oneOf, text } from './schema.ts'

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
