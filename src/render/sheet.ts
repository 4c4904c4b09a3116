/** A titled group of labelled values. */
export interface Section {
  readonly title?: string
  readonly rows: readonly (readonly [label: string, value: string | number | boolean | null])[]
}

/** Labelled values one a line, with an empty line between sections; null and empty values are `-`. */
export function drawSheet(sections: readonly Section[]): string {
  const filled = sections.filter((section) => section.rows.length > 0)
  const width = Math.max(...filled.flatMap((section) => section.rows.map(([label]) => label.length))) + 2
  const blocks = filled.map(({ title, rows }) => {
    const indent = title === undefined ? '' : '  '
    const lines = rows.map(([label, value]) => `${`${indent}${label}:`.padEnd(width + 2)}${word(value)}`)
    return [...(title === undefined ? [] : [title]), ...lines].join('\n')
  })
  return `${blocks.join('\n\n')}\n`
}

function word(value: string | number | boolean | null): string {
  if (typeof value === 'boolean') return value ? 'yes' : 'no'
  return value === null || value === '' ? '-' : String(value)
}
