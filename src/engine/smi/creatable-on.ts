import type { GpuInstanceView } from '../../contract/views/mig.ts'
import type { SmiTypeView } from './view.ts'

/** Whether a type can be created on a GPU instance: it has the profile of the type, and no vGPU. */
export function creatableOn(
  { creatable, gpuInstanceProfileId }: SmiTypeView,
  { profile, vgpus }: Pick<GpuInstanceView, 'profile' | 'vgpus'>,
): boolean {
  return creatable && gpuInstanceProfileId === profile.id && vgpus.length === 0
}
