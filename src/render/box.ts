import Table from 'cli-table3'

/** A small boxed table, only for terminals. The last column is right-aligned. */
export function drawBox(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const last = head.length - 1
  const table = new Table({
    head: [...head],
    // Without this the package colours its head and borders.
    style: { head: [], border: [] },
    colAligns: head.map((_, index) => (index === last ? 'right' : 'left')),
  })
  table.push(...rows.map((row) => [...row]))
  return `${table.toString()}\n`
}
