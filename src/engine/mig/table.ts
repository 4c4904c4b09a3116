import type { Board } from '../../catalog/boards.ts'
import {
  type ComputeProfile,
  computeProfilesOf,
  gpuInstanceId,
  migGrid,
  swapsHalves,
  timeSlicesOn,
} from '../../catalog/mig-instances.ts'
import { migProfilesOf } from '../../catalog/mig-profiles.ts'
import type { MigProfile } from '../../contract/views/mig.ts'

/** A profile of GPU instances on one GPU, with the id of an instance at each start and the compute instances in it. */
export interface InstanceProfile extends MigProfile {
  readonly ids: Readonly<Record<number, number>>
  readonly compute: readonly ComputeProfile[]
}

/** MIG of one GPU: facts of its silicon. */
export interface MigTable {
  /** In nvidia-smi's order. */
  readonly profiles: readonly InstanceProfile[]
  /** Slots of the grid that instances take. */
  readonly grid: number
  /** memory of the GPU, GiB */
  readonly memoryGiB: number
  /** A GPU reset switches the mode, and the mode outlives the driver; else the driver holds it. */
  readonly modeInRom: boolean
  /** Several vGPUs may take turns on one GPU instance. */
  readonly canTimeSlice: boolean
}

const tables = new Map<string, MigTable | null>()

/**
 * The table of a GPU; null for a board without MIG. Mode: MIG user guide, and reports of Hopper boards. Time slices on instances: chip
 * table of the open kernel modules, GB20x only.
 * @param gpu number of the GPU on its host
 */
export function migTableOf(
  board: Pick<Board, 'name' | 'mig' | 'architecture' | 'memoryGiB'>,
  gpu: number,
): MigTable | null {
  if (!board.mig) return null
  const profiles = migProfilesOf(board.name)
  const grid = migGrid(profiles)
  const swapped = swapsHalves(gpu, grid)
  const key = `${board.name} ${swapped}`
  const known = tables.get(key)
  if (known !== undefined) return known
  const table = {
    profiles: profiles.map((profile) => ({
      ...profile,
      ids: Object.fromEntries(
        profile.starts.map((start) => [start, gpuInstanceId({ start, size: profile.size }, grid, swapped)]),
      ),
      compute: computeProfilesOf(profile),
    })),
    grid,
    memoryGiB: board.memoryGiB,
    modeInRom: board.architecture === 'Ampere',
    canTimeSlice: timeSlicesOn(board.name),
  }
  tables.set(key, table)
  return table
}

/** The profile of an instance. @throws Error for an id the table lacks */
export function profileById(table: MigTable, id: number): InstanceProfile {
  const found = table.profiles.find((profile) => profile.id === id)
  if (found === undefined) throw new Error(`the board has no profile ${id} of GPU instances`)
  return found
}
