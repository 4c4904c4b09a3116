import type { Repeated } from '../contract/views/change.ts'
import type { View } from './answer.ts'

/** The answer to a repeated operation. */
export const REPEATED: View<unknown> = {
  kind: 'repeatedOperations',
  name: (item) => (item as Repeated).id,
  columns: [],
  fields: ['id', 'seq'],
  picture: (items) => items.map((item) => `${sentence(item)}\n`).join(''),
  sentence,
}

function sentence(item: unknown): string {
  const { id, seq } = item as Repeated
  const change = seq === null ? '' : `, as change ${seq}`
  return `operation ${id} was already done${change}; nothing was done again`
}
