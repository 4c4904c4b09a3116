import type { View } from '../answer.ts'
import type { QueryField } from './field.ts'

/** The drawing of query answers in the common formats: the selected fields are the columns. */
export function queryView(kind: string, fields: readonly Pick<QueryField<never>, 'name' | 'unit'>[]): View<unknown> {
  const text = (item: unknown, name: string, unit: string) => {
    const value: unknown = typeof item === 'object' && item !== null ? Reflect.get(item, name) : undefined
    if (value === null || value === undefined) return '[N/A]'
    return unit === '' ? String(value) : `${value} ${unit}`
  }
  return {
    kind,
    name: (item) => text(item, fields[0]?.name ?? '', ''),
    columns: fields.map(({ name, unit }) => ({ head: name.toUpperCase(), text: (item) => text(item, name, unit) })),
    fields: fields.map(({ name, unit }) => (unit === '' ? name : [name, unit])),
  }
}
