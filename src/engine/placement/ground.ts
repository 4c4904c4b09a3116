import { type InstanceType, mostPerInstance } from '../mig/most-per-instance.ts'
import type { MigTable } from '../mig/table.ts'
import type { GpuInstanceState } from '../state.ts'
import type { Grid, PlacedType } from './grid.ts'

/** The slots where a vGPU goes, and its type as they see it. */
export interface Ground {
  readonly grid: Grid
  readonly type: PlacedType
}

/**
 * The slots of a GPU instance whose vGPUs take turns: its share of the GPU, one a GiB. Ids count inside it.
 * @param instance its size in slots of the MIG grid, and its mode
 */
export function groundInside(
  table: MigTable,
  type: InstanceType,
  { size, heterogeneous }: Pick<GpuInstanceState, 'size' | 'heterogeneous'>,
): Ground {
  const region = (table.memoryGiB * size) / table.grid
  const mode = heterogeneous ? 'mixed-size' : 'equal-size'
  return {
    grid: { mode, region, ampere: false, even: true, canMix: true },
    type: { profileSize: type.profileSize, maxInstance: mostPerInstance(table, type), gpuInstanceSize: 0 },
  }
}

/** The slots of a vGPU: those of the GPU, or those inside its GPU instance; none on an instance that it has alone. */
export function groundOf(
  grid: Grid,
  table: MigTable | null,
  type: InstanceType,
  instance: Pick<GpuInstanceState, 'size' | 'heterogeneous'> | undefined,
): Ground {
  if (type.gpuInstanceSize === 0) return { grid, type }
  if (table?.canTimeSlice && instance) return groundInside(table, type, instance)
  return { grid: { ...grid, mode: 'none' }, type }
}
