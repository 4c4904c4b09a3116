import { boardOf } from '../board-of.ts'
import type { InstanceProfile, MigTable } from '../mig/table.ts'
import { profileById } from '../mig/table.ts'
import type { GpuState } from '../state.ts'
import { migState } from '../views/gsp-inside.ts'
import { migOf } from '../views/mig.ts'

/** A GPU instance of a layout, with its compute instances. */
export interface Partition {
  readonly profile: InstanceProfile
  readonly start: number
  /** Ascending by start. */
  readonly compute: readonly ComputePart[]
  /** The instance is in mixed-size mode. */
  readonly mixed: boolean
}

export interface ComputePart {
  readonly profile: InstanceProfile['compute'][number]
  readonly start: number
}

/** The GPU instances of a GPU, ascending by start. */
export function layoutOf(gpu: GpuState): Partition[] {
  const table = migOf(gpu)
  if (table === null) return []
  return migState(gpu)
    .instances.map(({ profileId, start, computeInstances, heterogeneous: mixed }) => {
      const profile = profileById(table, profileId)
      const compute = computeInstances.map((instance) => ({
        profile: computeById(profile, instance.profileId),
        start: instance.start,
      }))
      return { profile, start, compute: compute.sort((a, b) => a.start - b.start), mixed }
    })
    .sort((a, b) => a.start - b.start)
}

function computeById(profile: InstanceProfile, id: number): ComputePart['profile'] {
  const found = profile.compute.find((known) => known.id === id)
  if (found === undefined) throw new Error(`${profile.name} has no profile ${id} of compute instances`)
  return found
}

/** The compute instance that takes all of a GPU instance. */
export function fullCompute({ compute }: InstanceProfile): ComputePart[] {
  return compute.slice(-1).map((profile) => ({ profile, start: 0 }))
}

/** "3g.20gb:4, 1g.5gb:6 (no compute instance)": profile and first slot, and the compute instances unless one takes all. */
export function layoutText(layout: readonly Partition[]): string {
  return layout.length === 0 ? 'none' : layout.map(partText).join(', ')
}

export function partText({ profile, start, compute, mixed }: Partition): string {
  const inside = computeText(compute)
  const notes = [
    ...(inside === computeText(fullCompute(profile)) ? [] : [inside === '' ? 'no compute instance' : inside]),
    ...(mixed ? ['heterogeneous'] : []),
  ]
  return `${profile.name}:${start}${notes.length === 0 ? '' : ` (${notes.join('; ')})`}`
}

function computeText(compute: readonly ComputePart[]): string {
  return compute.map(({ profile, start }) => `${profile.name}:${start}`).join(' ')
}

/** Whether two layouts have the same instance. */
export function sameParts(one: Partition, other: Partition): boolean {
  return partText(one) === partText(other)
}

/** The id that an instance has on its GPU. */
export function idOf({ profile, start }: Partition): number {
  return profile.ids[start] ?? 0
}

/** The table of a GPU, for a request that needs MIG. @throws as `refuse` for a board without MIG */
export function migTable(gpu: GpuState, refuse: (message: string) => Error): MigTable {
  const table = migOf(gpu)
  if (table === null) throw refuse(`${boardOf(gpu).marketingName} has no MIG`)
  return table
}
