import { profileOf } from '../../catalog/profiles.ts'
import { boardOf } from '../../engine/board-of.ts'
import { free } from '../../engine/capacity.ts'
import { knownType } from '../../engine/known-types.ts'
import { gridOf } from '../../engine/mig/grid-of.ts'
import { freeStarts } from '../../engine/mig/placement.ts'
import { stateAt } from '../../engine/select.ts'
import type { HostState } from '../../engine/state.ts'
import { migNow } from '../../engine/views/mig.ts'

/**
 * The command that creates a GPU instance for one more vGPU of a MIG-backed type; null where none is needed, there is no room for it, or
 * the GPU has no VF for the vGPU.
 * @param creatable vGPUs of the type that the GPU takes now
 */
export function instanceHint(host: HostState, index: number, vgpuType: number, creatable: number): string | null {
  const gpu = stateAt(host, index)
  const { table, enabled, instances } = migNow(gpu)
  const type = knownType(host, boardOf(gpu), vgpuType)
  const profile = table?.profiles.find(({ id }) => id === type?.gpuInstanceProfileId)
  if (!enabled || table === null || !type || type.gpuInstanceSize === 0 || !profile) return null
  const vfs = gpu.vfs.filter((vf) => free(vf, profileOf(host))).length
  if (vfs <= creatable || freeStarts(gridOf(table, instances), profile).length === 0) return null
  return `nvgpu mig create ${profile.name} --gpu ${gpu.bdf}`
}
