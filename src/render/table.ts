import { oneLine } from '../errors/printable.ts'
import type { Control } from '../errors/text.ts'
import { cut, isPlain, widthOf } from './width.ts'

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
/** What goes before a text of a mood, and behind it. */
export type Paint = (mood: Mood) => readonly [Control, Control]

/** How wide a column may become at the least when it has to give way, if it does not say. */
const NARROWEST = 6
/** Blanks between two columns. */
const GAP = 2

/**
 * Lays items out in columns: upper-case header, two blanks between columns, no line ends in a blank.
 * Pure ASCII unless the data is not: V8 then keeps the text in one byte a character.
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

/** What a table has to fit into. */
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
  // Plain loops and one array of just this length: no command draws so much that V8 makes it faster, but what a listing of
  // some hundred lines throws away has to be collected before its end.
  const parts = new Array<string | Control>(rows * (2 * shown.length + 1))
  let at = 0
  for (let row = 0; row < rows; row++) {
    // Blanks wait for a text behind them.
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

/** The texts of a column, its head before them if that is shown, and the places they take. */
interface Cells {
  readonly texts: readonly string[]
  readonly width: number
  readonly right: boolean
  /** each character takes one place */
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
    items.reduce(
      (most, item) => Math.max(most, widthOf(oneLine(column.text(item)))),
      page.header ? column.head.length : 0,
    )
  let excess = usual.reduce((sum, column) => sum + needs(column) + GAP, -GAP) - width
  const out = new Set<Column<T>>()
  for (const column of spares.sort((a, b) => (a.spare ?? 0) - (b.spare ?? 0))) {
    if (excess <= 0) break
    out.add(column)
    excess -= needs(column) + GAP
  }
  return usual.filter((column) => !out.has(column))
}

/** Takes width from the columns that may give it, the least important one first. */
function shrink<T>(columns: readonly Column<T>[], widths: number[], width: number): void {
  let excess = widths.reduce((sum, each) => sum + each, 0) + GAP * (widths.length - 1) - width
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
