import { fitted, widthOf } from './width.ts'

/** A column of a listing of T. */
export interface Column<T> {
  /** Upper case, the word people know. */
  readonly head: string
  text(item: T): string
  /** Numbers are right-aligned. */
  readonly right?: true
  /** Only with -o wide. */
  readonly wide?: true
  /** Rank in which columns are left out when a terminal is too narrow, lowest first, and before any is shortened. */
  readonly spare?: number
  /** Rank in which columns are shortened when a terminal is too narrow, lowest first; a column without one never is. */
  readonly shrink?: number
  /** How much of it has to stay to be of use, where that is more than usual. */
  readonly narrowest?: number
  /** What the text means, for colour. */
  mood?(item: T): Mood | undefined
}

export type Mood = 'good' | 'warn' | 'bad' | 'dim'
export type Paint = (mood: Mood, text: string) => string

/** How wide a column may become at the least when it has to give way, if it does not say. */
const NARROWEST = 6
const GAP = '  '

/**
 * Lays items out in columns: upper-case header, two blanks between columns, no line ends in a blank.
 * Pure ASCII unless the data is not: V8 then keeps the text in one byte a character.
 */
export function drawTable<T>(
  columns: readonly Column<T>[],
  items: readonly T[],
  page: {
    readonly width: number | undefined
    readonly wide: boolean
    readonly header: boolean
    readonly paint?: Paint
  },
): string {
  const shown = chosen(columns, items, page)
  const cells = items.map((item) => shown.map((column) => column.text(item)))
  const widths = shown.map((column, index) => {
    let width = page.header ? column.head.length : 0
    for (const row of cells) width = Math.max(width, widthOf(row[index] ?? ''))
    return width
  })
  if (page.width !== undefined) shrink(shown, widths, page.width)
  const lines: string[] = []
  if (page.header) {
    lines.push(line(shown.map((column, index) => fitted(column.head, widths[index] ?? 0, column.right === true))))
  }
  for (const [row, texts] of cells.entries()) {
    const item = items[row]
    const placed = shown.map((column, index) => {
      const text = fitted(texts[index] ?? '', widths[index] ?? 0, column.right === true)
      const mood = page.paint === undefined || item === undefined ? undefined : column.mood?.(item)
      return mood === undefined || page.paint === undefined ? text : page.paint(mood, text)
    })
    lines.push(line(placed))
  }
  return lines.length === 0 ? '' : `${lines.join('\n')}\n`
}

/** The columns that are drawn: with -o wide all of them, else those that are not spared for want of room. */
function chosen<T>(
  columns: readonly Column<T>[],
  items: readonly T[],
  page: { readonly width: number | undefined; readonly wide: boolean; readonly header: boolean },
): readonly Column<T>[] {
  if (page.wide) return columns
  const usual = columns.filter((column) => column.wide !== true)
  const { width } = page
  const spares = usual.filter((column) => column.spare !== undefined)
  if (width === undefined || spares.length === 0) return usual
  const needs = (column: Column<T>) =>
    items.reduce((most, item) => Math.max(most, widthOf(column.text(item))), page.header ? column.head.length : 0)
  let excess = usual.reduce((sum, column) => sum + needs(column) + GAP.length, -GAP.length) - width
  const out = new Set<Column<T>>()
  for (const column of spares.sort((a, b) => (a.spare ?? 0) - (b.spare ?? 0))) {
    if (excess <= 0) break
    out.add(column)
    excess -= needs(column) + GAP.length
  }
  return usual.filter((column) => !out.has(column))
}

/** Takes width from the columns that may give it, the least important one first. */
function shrink<T>(columns: readonly Column<T>[], widths: number[], width: number): void {
  let excess = widths.reduce((sum, each) => sum + each, 0) + GAP.length * (widths.length - 1) - width
  const order = columns
    .map((column, index) => ({
      rank: column.shrink,
      least: Math.max(column.narrowest ?? NARROWEST, column.head.length),
      index,
    }))
    .filter((entry) => entry.rank !== undefined)
    .sort((a, b) => (a.rank ?? 0) - (b.rank ?? 0))
  for (const { least, index } of order) {
    if (excess <= 0) return
    const had = widths[index] ?? 0
    const left = Math.max(Math.min(had, least), had - excess)
    widths[index] = left
    excess -= had - left
  }
}

function line(cells: readonly string[]): string {
  return cells.join(GAP).trimEnd()
}
