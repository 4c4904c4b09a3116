import type { MigTable } from './table.ts'

/** The members of a type that decide which GPU instances it runs on. */
export interface InstanceType {
  /** slices of a MIG-backed type; 0 for a time-sliced one */
  readonly gpuInstanceSize: number
  readonly gpuInstanceProfileId: number
  readonly profileSize: number
  /** on a GPU */
  readonly maxInstance: number
}

/** vGPUs of a type on one instance: its most on a GPU, divided by the most instances of the profile. */
export function mostPerInstance(
  { profiles }: Pick<MigTable, 'profiles'>,
  { maxInstance, gpuInstanceProfileId }: InstanceType,
): number {
  const profile = profiles.find(({ id }) => id === gpuInstanceProfileId)
  return profile === undefined ? 0 : Math.floor(maxInstance / profile.maxInstances)
}

/** A type of which several run on one instance is there only while vGPUs take turns on instances. */
export function needsTimeSlicing(table: Pick<MigTable, 'profiles'>, type: InstanceType): boolean {
  return type.gpuInstanceSize > 0 && mostPerInstance(table, type) > 1
}
