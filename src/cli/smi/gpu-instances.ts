import type { SmiView } from '../../engine/smi/view.ts'
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
