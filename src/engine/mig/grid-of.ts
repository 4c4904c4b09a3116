import type { GpuInstanceState } from '../state.ts'
import type { MigGrid } from './placement.ts'
import { type MigTable, profileById } from './table.ts'

/** The grid of a GPU with its instances. */
export function gridOf(table: MigTable, instances: readonly Pick<GpuInstanceState, 'profileId' | 'start'>[]): MigGrid {
  return {
    profiles: table.profiles,
    placed: instances.map(({ profileId, start }) => ({ profile: profileById(table, profileId), start })),
  }
}
