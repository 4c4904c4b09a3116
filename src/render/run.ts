import type { RunCheckView } from '../contract/views/run.ts'
import type { View } from './answer.ts'

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
