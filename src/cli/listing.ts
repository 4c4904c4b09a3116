import { usageError } from '../app/usage.ts'
import { type Answer, list, type View } from '../render/answer.ts'
import type { Options } from './spec.ts'

/** A condition on a field of the items. */
export interface Filter {
  readonly field: string
  /** Text in any case, * stands for any text. */
  readonly value: string
  readonly negated: boolean
}

export interface SortKey {
  readonly field: string
  readonly descending: boolean
}

/** Options of every listing. */
export const LISTING = {
  filter: {
    value: 'FIELD=VALUE',
    summary: 'only with this value in a field of -o csv, * for any text, != for others; all of several',
    parse: parseFilter,
    repeat: true,
  },
  sortBy: {
    value: 'FIELDS',
    summary: 'sort by fields of -o csv: FIELD,-FIELD; descending with a dash',
    parse: parseSort,
  },
} as const satisfies Options

/** Values of LISTING. */
export interface Selection {
  readonly filter: readonly Filter[]
  readonly sortBy: readonly SortKey[] | undefined
}

export function selects({ filter, sortBy }: Selection): boolean {
  return filter.length > 0 || sortBy !== undefined
}

/** The selected items in the selected order. Throws NvError `syntax` for a field that they lack. */
export async function selected<T>(view: View<T>, items: readonly T[], selection: Selection): Promise<readonly T[]> {
  return selects(selection) ? (await import('./select-items.ts')).selectItems(view, items, selection) : items
}

/** A listing of the selected items. */
export async function listed<T>(
  view: View<T>,
  items: readonly T[],
  selection: Selection,
  remark?: string,
): Promise<Answer> {
  const found = await selected(view, items, selection)
  return list(view, found, items.length > 0 ? 'no item matches the filter' : remark)
}

function parseFilter(text: string): Filter {
  const at = text.indexOf('=')
  const negated = text[at - 1] === '!'
  const field = text.slice(0, negated ? at - 1 : at)
  if (at < 0 || field === '') throw usageError(`'${text}' is not FIELD=VALUE`)
  return { field, value: text.slice(at + 1), negated }
}

function parseSort(text: string): SortKey[] {
  return text.split(',').map((word) => {
    const descending = word.startsWith('-')
    const field = descending ? word.slice(1) : word
    if (field === '') throw usageError(`'${text}' is not FIELD,-FIELD`)
    return { field, descending }
  })
}
