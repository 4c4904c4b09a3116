import { oneLine } from '../errors/printable.ts'
import type { Control } from '../errors/text.ts'
import { cut, isPlain, widthOf } from './width.ts'

/** A column of a listing of T. */
export interface Column<T> {
  /** The heading, upper case. */
  readonly head: string
  text(item: T): string
  /** A shorter text, in place of the other in every row if the table is wider than the terminal. */
  short?(item: T): string
  /** Numbers are right-aligned. */
  readonly right?: true
  /** Only with -o wide. */
  readonly wide?: true
  /** Columns with a rank are left out on a narrow terminal, lowest first, before any column is shortened. */
  readonly spare?: number
  /** Columns with a rank are shortened on a narrow terminal, lowest first; others never are. */
  readonly shrink?: number
  /** Meaning of the text, for its colour. */
  mood?(item: T): Mood | undefined
}

/** Colours without a meaning, which tell things apart. */
export const HUES = ['cyan', 'magenta', 'yellow', 'green', 'blue', 'red'] as const
export type Mood = 'good' | 'warn' | 'bad' | 'dim' | (typeof HUES)[number]
/** The controls before and behind a text of a mood; undefined without colours. */
export type Paint = (mood: Mood) => readonly [Control, Control] | undefined

/** Minimum width of a shortened column. */
const NARROWEST = 6
/** Spaces between two columns. */
const GAP = 2

/**
 * Lays items out in columns: upper-case header, two spaces between columns, no trailing spaces. The text is ASCII if
 * the data is.
 */
export function drawTable<T>(columns: readonly Column<T>[], items: readonly T[], page: Sheet): string {
  return partsOf(columns, items, page).join('')
}

/** The same in colours. */
export function paintTable<T>(
  columns: readonly Column<T>[],
  items: readonly T[],
  page: Sheet & { readonly paint: Paint },
): (string | Control)[] {
  return partsOf(columns, items, page, page.paint)
}

/** Limits of a table. */
interface Sheet {
  readonly width: number | undefined
  readonly wide: boolean
  readonly header: boolean
}

function partsOf<T>(
  columns: readonly Column<T>[],
  items: readonly T[],
  page: Sheet,
  paint?: Paint,
): (string | Control)[] {
  const shown = chosen(columns, items, page)
  const cells = shown.map((column) => cellsOf(column, items, page.header))
  const widths = cells.map(({ width }) => width)
  if (page.width !== undefined) shrink(shown, widths, page.width)
  const first = page.header ? 1 : 0
  const rows = items.length + first
  // One array of the final length: the pieces of the text, in order.
  const parts = new Array<string | Control>(rows * (2 * shown.length + 1))
  let at = 0
  for (let row = 0; row < rows; row++) {
    // Spaces are written only before a text, so that no line ends in spaces.
    let blanks = 0
    for (let index = 0; index < shown.length; index++) {
      const { texts, right, plain } = cells[index] ?? NO_CELLS
      const width = widths[index] ?? 0
      let text = texts[row] ?? ''
      let taken = plain ? text.length : widthOf(text)
      if (taken > width) {
        text = cut(text, width)
        taken = widthOf(text)
      }
      if (right) blanks += width - taken
      if (text !== '') {
        parts[at++] = blank(blanks)
        const ink = paint === undefined ? undefined : inkOf(shown[index], items[row - first], paint)
        if (ink !== undefined) parts[at++] = ink[0]
        parts[at++] = text
        if (ink !== undefined) parts[at++] = ink[1]
        blanks = 0
      }
      blanks += (right ? 0 : width - taken) + GAP
    }
    parts[at++] = '\n'
  }
  parts.length = at
  return parts
}

/** The texts of a column, with its head first if that is shown, and their width. */
interface Cells {
  readonly texts: readonly string[]
  readonly width: number
  readonly right: boolean
  /** all characters are one place wide */
  readonly plain: boolean
}

const NO_CELLS: Cells = { texts: [], width: 0, right: false, plain: true }

function cellsOf<T>(column: Column<T>, items: readonly T[], header: boolean): Cells {
  const first = header ? 1 : 0
  const texts = new Array<string>(items.length + first)
  if (header) texts[0] = column.head
  items.forEach((item, index) => {
    texts[index + first] = oneLine(column.text(item)).trimEnd()
  })
  const plain = isPlain(texts.join(''))
  let width = 0
  texts.forEach((text) => {
    width = Math.max(width, plain ? text.length : widthOf(text))
  })
  return { texts, width, right: column.right === true, plain }
}

const made: string[] = []

function blank(count: number): string {
  made[count] ??= ' '.repeat(count)
  return made[count]
}

function inkOf<T>(column: Column<T> | undefined, item: T | undefined, paint: Paint): ReturnType<Paint> | undefined {
  const mood = item === undefined ? undefined : column?.mood?.(item)
  return mood === undefined ? undefined : paint(mood)
}

/** The columns that are drawn: all with -o wide, else those that fit, with their short texts if the whole ones do not. */
function chosen<T>(columns: readonly Column<T>[], items: readonly T[], page: Sheet): readonly Column<T>[] {
  if (page.wide) return columns
  const usual = columns.filter((column) => column.wide !== true)
  const { width } = page
  if (width === undefined || usual.every(({ spare, short }) => spare === undefined && short === undefined)) return usual
  const needs = (column: Column<T>) =>
    items.reduce(
      (most, item) => Math.max(most, widthOf(oneLine(column.text(item)))),
      page.header ? column.head.length : 0,
    )
  const total = (some: readonly Column<T>[]) => some.reduce((sum, column) => sum + needs(column) + GAP, -GAP)
  if (total(usual) <= width) return usual
  const brief = usual.map((column) => (column.short === undefined ? column : { ...column, text: column.short }))
  let excess = total(brief) - width
  const out = new Set<Column<T>>()
  const spares = brief.filter((column) => column.spare !== undefined)
  for (const column of spares.sort((a, b) => (a.spare ?? 0) - (b.spare ?? 0))) {
    if (excess <= 0) break
    out.add(column)
    excess -= needs(column) + GAP
  }
  return brief.filter((column) => !out.has(column))
}

/** Shortens columns with a rank, lowest first. */
function shrink<T>(columns: readonly Column<T>[], widths: number[], width: number): void {
  let excess = widths.reduce((sum, each) => sum + each, 0) + GAP * (widths.length - 1) - width
  const order = columns
    .map((column, index) => ({
      rank: column.shrink,
      least: Math.max(NARROWEST, column.head.length),
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
