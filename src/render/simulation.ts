import type { FleetSimulationView } from '../contract/views/fleet.ts'
import type { Page, View } from './answer.ts'
import { fold } from './fold.ts'
import { columnChart } from './sparkline.ts'
import { type Column, drawTable, paintTable } from './table.ts'

/** Arrived requests, in percent of the fleet, of the columns of the table: those of the published figures. */
const MARKS = [80, 90, 95, 100, 110, 120, 130] as const

/** A table of all policies, then plots of each. */
export const FLEET_SIMULATIONS: View<FleetSimulationView> = {
  kind: 'fleetSimulations',
  name: (item) => item.policy,
  columns: [],
  fields: [
    'policy',
    'seed',
    'runs',
    ['arrived', '%'],
    ['allocated', '%'],
    ['lowest', '%'],
    ['highest', '%'],
    ['fragmented', '%'],
  ],
  records: ({ policy, seed, runs, points }) => points.map((point) => ({ policy, seed, runs, ...point })),
  picture: async (items, page) => {
    const columns = columnsOf(items)
    const table = page.color
      ? await paintTable(columns, items, { ...page, paint: (await import('./paint.ts')).painter() })
      : drawTable(columns, items, page)
    return `${table}\n${items.map((item) => plotsOf(item, page)).join('\n')}`
  },
}

function columnsOf(items: readonly FleetSimulationView[]): Column<FleetSimulationView>[] {
  const marks = MARKS.filter((mark) => items.some((item) => allocatedAt(item, mark) !== undefined))
  const isVgpu = items.some((item) => item.unallocatedMiB !== null)
  return [
    { head: 'POLICY', text: (item) => item.policy },
    ...marks.map(
      (mark): Column<FleetSimulationView> => ({
        head: `${mark} %`,
        text: (item) => allocatedAt(item, mark)?.toFixed(2) ?? '-',
        right: true,
      }),
    ),
    { head: 'ALLOCATED %', text: (item) => item.allocated.toFixed(2), right: true },
    { head: 'FRAGMENTED %', text: (item) => item.fragmented.toFixed(2), right: true },
    { head: 'PLACED', text: (item) => figure(item.placed), right: true },
    { head: 'REFUSED', text: (item) => figure(item.refused), right: true },
    ...(isVgpu ? VGPU_COLUMNS : []),
    { head: 'RUNS', text: (item) => String(item.runs), right: true, wide: true },
    { head: 'SCORES', text: (item) => figure(item.evaluations), right: true, wide: true },
  ]
}

const VGPU_COLUMNS: readonly Column<FleetSimulationView>[] = [
  { head: 'UNALLOCATED', text: (item) => `${figure(item.unallocatedMiB ?? 0)} MiB`, right: true },
  { head: 'BLIND REFUSED %', text: ({ blind }) => (blind === null ? '-' : percentOf(blind)), right: true },
]

function percentOf({ choices, refused }: { readonly choices: number; readonly refused: number }): string {
  return choices === 0 ? '-' : ((100 * refused) / choices).toFixed(2)
}

function allocatedAt({ points }: FleetSimulationView, arrived: number): number | undefined {
  return points.find((point) => point.arrived === arrived)?.allocated
}

/** A mean of counts; whole numbers have no decimals. */
function figure(value: number): string {
  return Number.isInteger(value) ? String(value) : value.toFixed(1)
}

const ALLOCATED_LINES = 8
const FRAGMENTED_LINES = 4
const COLUMNS = 65
/** Columns of the axis with its labels. */
const AXIS = 5
const IN_A_PIPE = 80
const FULL = 100

/** Allocation, then fragmentation, over the arrived requests. */
function plotsOf({ policy, points }: FleetSimulationView, page: Page): string {
  const last = points.at(-1)
  if (last === undefined) return `${fold(`${policy}: too few requests for a plot`, page.width)}\n`
  const room = Math.max(COLUMNS / 4, Math.min(COLUMNS, (page.width ?? IN_A_PIPE) - AXIS))
  const cells = Array.from(
    { length: Math.min(room, points.length) },
    (_, cell) => points[Math.floor(((cell + 1) * points.length) / Math.min(room, points.length)) - 1] ?? last,
  )
  const most = Math.max(1, ...cells.map(({ fragmented }) => fragmented))
  const scale = [5, 10, 20, 50, FULL].find((top) => most <= top) ?? FULL
  const axis = `0 %${`${last.arrived} %`.padStart(Math.max(5, cells.length - 2))}`
  return [
    fold(`${policy}: allocated ${last.allocated.toFixed(2)} % of the GPU, over arrived requests`, page.width),
    ...chart(
      cells.map(({ allocated }) => allocated / FULL),
      ALLOCATED_LINES,
      FULL,
      page,
    ),
    fold(`${policy}: free and unusable ${last.fragmented.toFixed(2)} %`, page.width),
    ...chart(
      cells.map(({ fragmented }) => fragmented / scale),
      FRAGMENTED_LINES,
      scale,
      page,
    ),
    `${' '.repeat(AXIS - 1)}${axis}`,
    '',
  ].join('\n')
}

function chart(shares: readonly number[], lines: number, top: number, { unicode }: Page): string[] {
  const [bar, corner, dash] = unicode ? ['│', '└', '─'] : ['|', '+', '-']
  const body = columnChart(shares, lines, unicode).map((line, index) =>
    `${(index === 0 ? String(top) : '').padStart(AXIS - 2)} ${bar}${line}`.trimEnd(),
  )
  return [...body, `${'0'.padStart(AXIS - 2)} ${corner}${dash.repeat(shares.length)}`]
}
