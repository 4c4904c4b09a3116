import type { View } from './answer.ts'

/** One thing that nvgpu run needs of the machine. */
export interface RunCheckView {
  readonly name: string
  readonly works: boolean
  /** The purpose, or the reason why it does not work. */
  readonly detail: string
  /** A command that makes it work; null without one. */
  readonly hint: string | null
}

export const RUN_CHECKS: View<RunCheckView> = {
  kind: 'runChecks',
  name: (check) => check.name,
  columns: [
    { head: 'NAME', text: (check) => check.name },
    { head: 'WORKS', text: (check) => (check.works ? 'yes' : 'no') },
    { head: 'DETAIL', text: (check) => check.detail },
    { head: 'FIX', text: (check) => check.hint ?? '-' },
  ],
  fields: ['name', 'works', 'detail', 'hint'],
}
