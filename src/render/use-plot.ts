import type { UseSampleView } from '../contract/views/stats.ts'
import type { Page } from './answer.ts'
import { fold } from './fold.ts'
import { columnChart, inCells, type Point } from './sparkline.ts'

const US_PER_S = 1_000_000
const FULL = 100
/** Lines of a plot, and the most columns: a sample is a column a second wide, or several where there are few. */
const LINES = 8
const COLUMNS = 60
/** Columns of the axis with its labels. */
const AXIS = 5
const IN_A_PIPE = 80

/** The samples of the GPU's engine as points, oldest first. */
export function pointsOf(recent: readonly UseSampleView[]): Point[] {
  return recent.map(({ at, gpu }) => ({ second: Math.floor(at / US_PER_S), value: gpu }))
}

/** A plot of the use of the GPU's engine: a title, columns from 0 to 100 percent, and an axis in seconds. */
export function plotOf(title: string, recent: readonly UseSampleView[], page: Page): string {
  const values = recent.map(({ gpu }) => gpu)
  if (values.length === 0) return `${fold(`${title}: no samples`, page.width)}\n`
  const room = Math.max(COLUMNS / 4, (page.width ?? IN_A_PIPE) - AXIS)
  const points = pointsOf(recent)
  const cells = inCells(points, room)
  const each = Math.max(1, Math.floor(Math.min(room, COLUMNS) / cells.length))
  const shares = cells.flatMap((value) => new Array<number | null>(each).fill(value === null ? null : value / FULL))
  const [bar, corner, dash] = page.unicode ? ['│', '└', '─'] : ['|', '+', '-']
  const labels: Readonly<Record<number, string>> = { 0: String(FULL), [LINES / 2]: String(FULL / 2) }
  const lines = columnChart(shares, LINES, page.unicode).map((line, index) =>
    `${(labels[index] ?? '').padStart(AXIS - 2)} ${bar}${line}`.trimEnd(),
  )
  const span = (points.at(-1)?.second ?? 0) - (points[0]?.second ?? 0)
  const start = `-${span} s`
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length
  const figures = `now ${(values.at(-1) ?? 0).toFixed(2)}, mean ${mean.toFixed(2)}, most ${Math.max(...values).toFixed(2)}`
  const head = `${title}, GPU %: ${figures}`
  return [
    fold(head, page.width),
    ...lines,
    `${'0'.padStart(AXIS - 2)} ${corner}${dash.repeat(shares.length)}`,
    `${' '.repeat(AXIS - 1)}${start}${'0 s'.padStart(Math.max(4, shares.length + 1 - start.length))}`,
    '',
  ].join('\n')
}
