import type { SmiGpuView, SmiView } from '../../engine/smi/view.ts'
import { SMI_STATUS, SmiExit } from './outcome.ts'

/** The ids of -gi; null without it. @throws SmiExit 2 */
export function instancesOf(text: string | undefined): number[] | null {
  if (text === undefined) return null
  if (/^\d{1,3}(,\d{1,3})*$/.test(text)) return text.split(',').map(Number)
  throw new SmiExit(`Option "-gi" takes numbers, not "${text}".\n`, SMI_STATUS.invalidArgument)
}

/** The view with only those GPU instances and the vGPUs on them. @throws SmiExit 6 if no GPU has one of them */
export function onInstances(view: SmiView, ids: readonly number[] | null): SmiView {
  if (ids === null) return view
  const gpus = view.gpus.map((gpu) => ({
    ...gpu,
    gpuInstances: gpu.gpuInstances.filter(({ id }) => ids.includes(id)),
    vgpus: gpu.vgpus.filter(({ gpuInstanceId }) => gpuInstanceId !== null && ids.includes(gpuInstanceId)),
  }))
  if (gpus.some(({ gpuInstances }) => gpuInstances.length > 0)) return { ...view, gpus }
  throw new SmiExit('No GPU instances found: Not Found\n', SMI_STATUS.notFound)
}

/**
 * The refusal of `vgpu -gi … -shm`: one vGPU has a GPU instance of the simulated chips alone. Checks in the order of the open kernel
 * modules: no instance, an unknown one, one in use, the chip. The sentence is ours.
 */
export function noMixedSize(gpus: readonly SmiGpuView[], ids: readonly number[]): SmiExit {
  const [gpu] = gpus
  const id = ids.find((each) => !gpu?.gpuInstances.some((instance) => instance.id === each)) ?? ids[0]
  const found = gpu?.gpuInstances.find((instance) => instance.id === id)
  const [words, status] =
    gpu?.gpuInstances.length === 0
      ? ['Not Supported', SMI_STATUS.notAvailable]
      : found === undefined
        ? ['Not Found', SMI_STATUS.notFound]
        : found.vgpus.length > 0
          ? ['In use by another client', SMI_STATUS.inUse]
          : ['Not Supported', SMI_STATUS.notAvailable]
  const which = `GPU ${gpu?.busId} GPU instance ID ${String(id).padStart(2)}`
  return new SmiExit(`Unable to set vGPU heterogeneous mode for ${which}: ${words}\n`, Number(status))
}
