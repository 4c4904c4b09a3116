import type { ProfileName } from '../../catalog/profiles.ts'

/** Equal hosts, described and not simulated one by one. */
export interface FleetGroup {
  /** Name of the one host, or of all: `rack7-{001}` is rack7-001, rack7-002 and so on. */
  readonly name: string
  readonly hosts: number
  /** Word for a board of the catalogue, as written; null for another model. */
  readonly board: string | null
  readonly model: string | null
  /** GPUs of each host. */
  readonly gpus: number
  /** Enabled on each GPU; null for all. */
  readonly vfs: number | null
  /** null for the default of the board. */
  readonly profile: ProfileName | null
  readonly mode: 'homogeneous' | 'heterogeneous'
  readonly ecc: boolean
  /** Thousandths of a processor; null where nothing is said. */
  readonly cpuMilli: number | null
  readonly memoryMiB: number | null
  /** Place in the file, for refusals; null for one that is not in a file yet. */
  readonly at: string | null
}

/** A host with a state of its own, read anew by every command. */
export interface FleetMember {
  readonly name: string
  readonly kind: 'directory' | 'file'
  /** Path as a program opens it. */
  readonly path: string
  readonly at: string
}

export interface Fleet {
  /** The file in messages. */
  readonly file: string
  readonly groups: readonly FleetGroup[]
  readonly members: readonly FleetMember[]
}

/** The word for the GPUs of a group, which schedulers compare with a request. */
export function modelOf({ board, model }: Pick<FleetGroup, 'board' | 'model'>): string {
  return board ?? model ?? ''
}
