import type { MapView } from '../contract/views/gpu.ts'
import type { Page, View } from './answer.ts'
import { formatSize } from './size.ts'
import type { Column } from './table.ts'
import { drawTable } from './table.ts'

type Range = MapView['ranges'][number]

const FREE = '.'
const MARKS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'
const BAR_IN_A_PIPE = 64

/** A view of maps of one kind: `chidMaps`, `fbMaps`, `bar1Maps`. */
export function mapView(kind: string, title: string): View<MapView> {
  return {
    kind,
    name: (map) => map.bdf,
    columns: [],
    fields: ['gpu', 'bdf', 'unit', 'offset', 'size', 'owner', 'target'],
    records: (map) => map.ranges.map((range) => ({ gpu: map.gpu, bdf: map.bdf, unit: map.unit, ...range })),
    picture: (maps, page) => maps.map((map) => drawMap(map, title, page)).join('\n'),
  }
}

/** A bar in proportion, its legend, and the ranges as a table. */
function drawMap(map: MapView, title: string, page: Page): string {
  const amount = (value: number) => (map.unit === 'bytes' ? formatSize(value) : String(value))
  const room = page.width === undefined ? BAR_IN_A_PIPE : Math.max(16, page.width - 2)
  const marks = markOwners(map.ranges)
  const head = `GPU ${map.gpu} (${map.bdf}) ${title}: ${amount(map.used)} of ${amount(map.size)} used, largest gap ${amount(map.largestFree)}`
  const columns: Column<Range>[] = [
    { head: 'MARK', text: (range) => markOf(range, marks) },
    { head: 'FROM', text: (range) => place(map, range.offset), right: true },
    { head: 'TO', text: (range) => place(map, range.offset + range.size - 1), right: true },
    { head: 'SIZE', text: (range) => amount(range.size), right: true },
    {
      head: 'OWNER',
      text: (range) => range.owner ?? 'free',
      shrink: 0,
      mood: (range) => (range.owner ? undefined : 'dim'),
    },
  ]
  if (map.ranges.some((range) => range.target !== undefined)) {
    columns.push({ head: 'TARGET', text: (range) => range.target ?? '-', right: true })
  }
  return `${head}\n[${rangeBar(map, room, marks)}]\n${fragmentation(map, room, amount)}${drawTable(columns, map.ranges, page)}`
}

/** The share of the free space that lies apart from the largest gap, as a bar of half the width. */
function fragmentation(map: MapView, room: number, amount: (value: number) => string): string {
  const apart = map.free - map.largestFree
  const percent = map.free === 0 ? 0 : Math.round((apart / map.free) * 100)
  // A few pages beside one large gap do not count as fragmentation.
  if (percent === 0) return ''
  const picture = bar(apart, map.free, Math.floor(room / 2))
  return `fragmentation ${picture} ${percent} %: ${amount(apart)} of ${amount(map.free)} free lie apart, in ${map.gaps} gaps\n`
}

/** One letter for each owner, in the order of their first range; letters repeat after the last. */
function markOwners(ranges: readonly Range[]): ReadonlyMap<string, string> {
  const marks = new Map<string, string>()
  for (const { owner } of ranges) {
    if (owner !== null && !marks.has(owner)) marks.set(owner, MARKS[marks.size % MARKS.length] ?? '?')
  }
  return marks
}

function markOf(range: Range, marks: ReadonlyMap<string, string>): string {
  return range.owner === null ? FREE : (marks.get(range.owner) ?? '?')
}

/**
 * Each cell stands for size / room units and shows the owner of its larger part. A range that wins no cell takes the
 * free cell at its middle, so that every used range is visible.
 */
function rangeBar(map: MapView, room: number, marks: ReadonlyMap<string, string>): string {
  if (map.size <= 0) return ''
  const cells: string[] = Array.from({ length: room }, () => FREE)
  const won: number[] = Array.from({ length: room }, () => 0)
  const cellSize = map.size / room
  for (const range of map.ranges) {
    if (range.owner === null) continue
    const from = range.offset - map.base
    const to = from + range.size
    const first = Math.max(0, Math.floor(from / cellSize))
    const last = Math.min(room - 1, Math.ceil(to / cellSize) - 1)
    for (let cell = first; cell <= last; cell += 1) {
      const share = Math.min(to, (cell + 1) * cellSize) - Math.max(from, cell * cellSize)
      const middle = Math.floor((from + to) / 2 / cellSize) === cell
      if (share > (won[cell] ?? 0) && (share * 2 >= cellSize || middle)) {
        won[cell] = share
        cells[cell] = markOf(range, marks)
      }
    }
  }
  return cells.join('')
}

function place(map: MapView, value: number): string {
  return map.unit === 'bytes' ? `0x${value.toString(16)}` : String(value)
}

/** A part of a whole as a bar: `[#####.....]`. Any positive part shows, and only the whole fills the bar. */
export function bar(part: number, whole: number, width: number): string {
  const share = whole <= 0 ? 0 : Math.min(1, Math.max(0, part / whole))
  const exact = share * width
  const cells = share > 0 && exact < 1 ? 1 : share < 1 ? Math.min(width - 1, Math.round(exact)) : width
  return `[${'#'.repeat(cells)}${'.'.repeat(width - cells)}]`
}
