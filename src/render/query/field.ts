/** A property of one kind of object that can be queried by name. */
export interface QueryField<T> {
  /** The name in nvidia-smi's header. */
  readonly name: string
  readonly aliases: readonly string[]
  /** Unit in the header and behind the value; empty for none. */
  readonly unit: string
  readonly summary: string
  /** Null without a figure, as on a board without the sensor. */
  value(item: T): string | number | null
}

/** The text of one value: `49140 MiB`, `[N/A]`. */
function fieldText<T>(field: QueryField<T>, item: T, units: boolean): string {
  const value = field.value(item)
  if (value === null || value === 'N/A') return '[N/A]'
  return units && field.unit !== '' ? `${value} ${field.unit}` : String(value)
}

/** The value for programs: a number if it is one, null if there is none. */
export function fieldValue<T>(field: QueryField<T>, item: T): string | number | null {
  const value = field.value(item)
  if (value === null || value === 'N/A') return null
  const numeric = field.unit === '' ? /^(0|[1-9]\d{0,14})$/ : /^\d+(\.\d+)?$/
  return numeric.test(String(value)) ? Number(value) : value
}

/**
 * nvidia-smi's CSV: values are separated by a comma and a space. Names that contain a separator or a line end are
 * quoted as in RFC 4180; no other value needs quotes. Without units, the header still has them.
 */
export function drawQueryCsv<T>(
  fields: readonly QueryField<T>[],
  items: readonly T[],
  options: { readonly header: boolean; readonly units: boolean },
): string {
  const rows = items.map((item) => fields.map((field) => fieldText(field, item, options.units)))
  if (options.header) rows.unshift(fields.map(({ name, unit }) => (unit === '' ? name : `${name} [${unit}]`)))
  return rows.map((row) => `${row.map(quoted).join(', ')}\n`).join('')
}

function quoted(text: string): string {
  return /[",\r\n]|^ /.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}

/** The list of --help-query-…: names in quotes, and their meaning. */
export function drawFieldHelp<T>(fields: readonly QueryField<T>[], option: string): string {
  const entries = fields.map(({ name, aliases, summary }) => {
    const names = [name, ...aliases].map((each) => `"${each}"`).join(' or ')
    return `${names}\n${summary}\n\n`
  })
  return `List of valid properties to query for the switch "${option}":\n\n${entries.join('')}`
}

/** Declares fields of one kind: comma-separated names, meaning, value, unit. */
export function fieldsOf<T>(): (
  names: string,
  summary: string,
  value: (item: T) => string | number | null,
  unit?: string,
) => QueryField<T> {
  return (names, summary, value, unit = '') => {
    const [name = '', ...aliases] = names.split(',')
    return { name, aliases, unit, summary, value }
  }
}

/** The field with this name or alias. */
export function findField<T>(fields: readonly QueryField<T>[], word: string): QueryField<T> | undefined {
  return fields.find(({ name, aliases }) => name === word || aliases.includes(word))
}
