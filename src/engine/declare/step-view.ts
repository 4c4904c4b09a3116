import type { StepView } from '../../contract/views/change.ts'
import { sentence } from './sentences.ts'
import type { Step } from './step.ts'

/** The view of a step. */
export function stepView(step: Step): StepView {
  return { step: step.do, object: objectOf(step), at: step.at === '' ? null : step.at, text: sentence(step) }
}

function objectOf(step: Step): string {
  if ('uuid' in step) return step.uuid
  if ('gpu' in step && step.gpu !== null) return step.gpu
  if (step.do === 'bind') return step.vf
  return step.do === 'upload' ? step.types.map(({ vgpuType }) => vgpuType).join(' ') : 'host'
}
