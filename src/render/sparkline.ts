/** Cells from empty to full by eighths, and the same for a terminal that may not have blocks. */
const BLOCKS = [...' ▁▂▃▄▅▆▇█']
const ASCII_LEVELS = [...' _.:-=+*#']
const ASCII_COLUMNS = [...' ...:::##']
const EIGHTHS = 8

/** A value at a time in seconds. */
export interface Point {
  readonly second: number
  readonly value: number
}

/**
 * Means of the points in cells of equal length, from the first point to the last: a cell a second, or fewer. A cell without
 * points is null.
 */
export function inCells(points: readonly Point[], most: number): (number | null)[] {
  const first = points[0]?.second ?? 0
  const seconds = points.length === 0 ? 0 : (points.at(-1)?.second ?? 0) - first + 1
  const count = Math.min(most, seconds)
  const cells = Array.from({ length: count }, () => ({ sum: 0, points: 0 }))
  for (const { second, value } of points) {
    const cell = cells[Math.floor(((second - first) * count) / seconds)]
    if (cell === undefined) continue
    cell.sum += value
    cell.points += 1
  }
  return cells.map((cell) => (cell.points === 0 ? null : cell.sum / cell.points))
}

/** Shares from 0 to 1 as one line, `▁▃▅█`. Zero has a mark too, a cell without points a space. */
export function sparkline(shares: readonly (number | null)[], unicode: boolean): string {
  const marks = unicode ? BLOCKS : ASCII_LEVELS
  return shares.map((share) => (share === null ? ' ' : marks[Math.max(1, eighths(share, 1))])).join('')
}

/** Shares from 0 to 1 as columns that are `lines` lines high, the top line first. */
export function columnChart(shares: readonly (number | null)[], lines: number, unicode: boolean): string[] {
  const marks = unicode ? BLOCKS : ASCII_COLUMNS
  const heights = shares.map((share) => eighths(share ?? 0, lines))
  return Array.from({ length: lines }, (_, line) => {
    const below = (lines - 1 - line) * EIGHTHS
    return heights.map((height) => marks[Math.max(0, Math.min(EIGHTHS, height - below))]).join('')
  })
}

/** The eighths of `lines` lines that a share fills. */
function eighths(share: number, lines: number): number {
  return Math.round(Math.min(1, Math.max(0, share)) * lines * EIGHTHS)
}
