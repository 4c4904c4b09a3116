import type { View } from './answer.ts'

/** A change that was requested again with the operation id of an earlier one. */
export interface Repeated {
  readonly id: string
  /** Its number in the history; null if it is older than the kept history. */
  readonly seq: number | null
}

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
