import type { DifferenceView, StepView } from '../contract/views/change.ts'
import type { View } from './answer.ts'

/** Actions that were carried out, or would be. */
export const STEPS: View<StepView> = {
  kind: 'steps',
  name: (step) => step.object,
  sentence: (step) => step.text,
  columns: [
    { head: 'STEP', text: (step) => step.step },
    { head: 'OBJECT', text: (step) => step.object, shrink: 1 },
    { head: 'TEXT', text: (step) => step.text },
    { head: 'AT', text: (step) => step.at ?? '-', shrink: 0, wide: true },
  ],
  fields: ['step', 'object', 'at', 'text'],
}

const SIGNS = { add: '+', remove: '-', change: '~' } as const
const MOODS = { add: 'good', remove: 'bad', change: 'warn' } as const

/** Deviations from a document, one a line with a sign as in diff(1). */
export const DIFFERENCES: View<DifferenceView> = {
  kind: 'differences',
  name: (difference) => difference.object || (difference.name ?? ''),
  columns: [
    { head: '', text: ({ change }) => SIGNS[change], mood: ({ change }) => MOODS[change] },
    { head: 'OBJECT', text: ({ kind, object, name }) => subject(kind, object, name) },
    { head: 'MEMBER', text: ({ member }) => member ?? '-' },
    { head: 'IS', text: ({ is }) => shown(is) },
    { head: 'WANTED', text: ({ wanted }) => shown(wanted) },
    { head: 'NOTE', text: ({ note }) => note ?? '', shrink: 0 },
  ],
  fields: ['change', 'kind', 'object', 'name', 'member', 'is', 'wanted', 'note'],
}

function subject(kind: string, object: string, name: string | null): string {
  const words = [kind === 'vgpu' ? 'vGPU' : kind === 'gpu' ? 'GPU' : kind, name ?? object]
  return words.filter((word, index) => word !== '' && word !== words[index - 1]).join(' ')
}

function shown(value: DifferenceView['is']): string {
  return value === null ? '-' : String(value)
}
