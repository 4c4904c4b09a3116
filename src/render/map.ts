import type { MapView } from '../contract/views/gpu.ts'
import type { Control } from '../errors/text.ts'
import type { Page, View } from './answer.ts'
import { type EqualGpus, equalGpus, gpusTitle } from './equal-gpus.ts'
import { fold } from './fold.ts'
import { formatSize } from './size.ts'
import { type Column, HUES, type Mood, type Paint, paintTable } from './table.ts'

type Range = MapView['ranges'][number]

const FREE = '.'
/** Mark of a range of the host itself. */
const HOST = '#'
const MARKS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'
const BAR_IN_A_PIPE = 64
const NO_PAINT: Paint = () => undefined

/** A view of maps of one kind: `chidMaps`, `fbMaps`, `bar1Maps`. */
export function mapView(kind: string, title: string): View<MapView> {
  return {
    kind,
    name: (map) => map.bdf,
    columns: [],
    fields: [
      'gpu',
      'bdf',
      'unit',
      'offset',
      'size',
      'owner',
      'target',
      'vgpu.uuid',
      'vgpu.name',
      'instance.id',
      'instance.profile',
    ],
    records: (map) => map.ranges.map((range) => ({ gpu: map.gpu, bdf: map.bdf, unit: map.unit, ...range })),
    picture: async (maps, page) => {
      const paint = page.color ? (await import('./paint.ts')).painter() : NO_PAINT
      return equalGpus(maps).flatMap((group, index) => [index === 0 ? '' : '\n', ...drawMap(group, title, page, paint)])
    },
  }
}

/** A bar in proportion, its legend, and the ranges as a table; one for all equal GPUs. */
function drawMap(group: EqualGpus<MapView>, title: string, page: Page, paint: Paint): (string | Control)[] {
  const map = group.first
  const amount = (value: number) => (map.unit === 'bytes' ? formatSize(value) : String(value))
  const room = page.width === undefined ? BAR_IN_A_PIPE : Math.max(16, page.width - 2)
  const head = `${gpusTitle(group)} ${title}: ${amount(map.used)} of ${amount(map.size)} used, largest gap ${amount(map.largestFree)}`
  const columns: Column<Range>[] = [
    { head: 'MARK', text: markOf, mood: moodOf },
    { head: 'FROM', text: (range) => place(map, range.offset), right: true },
    { head: 'TO', text: (range) => place(map, range.offset + range.size - 1), right: true },
    { head: 'SIZE', text: (range) => amount(range.size), right: true },
    { head: 'OWNER', text: ownerOf, shrink: 0, mood: (range) => (range.owner ? undefined : 'dim') },
  ]
  if (map.ranges.some((range) => range.target !== undefined)) {
    columns.push({ head: 'TARGET', text: (range) => range.target ?? '-', right: true })
  }
  return [
    `${fold(head, page.width)}\n[`,
    ...rangeBar(map, room).flatMap((run) => painted(run.text, run.mood, paint)),
    `]\n${fold(fragmentation(map, room, amount), page.width)}`,
    ...paintTable(columns, map.ranges, { ...page, paint }),
  ]
}

function painted(text: string, mood: Mood | undefined, paint: Paint): (string | Control)[] {
  const ink = mood === undefined ? undefined : paint(mood)
  return ink === undefined ? [text] : [ink[0], text, ink[1]]
}

/** A vGPU by its name and the first digits of its UUID, and its part of the range; others as they are. */
function ownerOf({ owner, vgpu, instance }: Range): string {
  if (instance !== undefined) return instanceText(instance)
  if (vgpu === undefined) return owner ?? 'free'
  const short = vgpu.uuid.slice(0, 8)
  const part = owner?.replace(/^vgpu \d+/, '') ?? ''
  return `${vgpu.name === null ? short : `${vgpu.name} (${short})`}${part}`
}

function instanceText({ id, profile, vgpus }: NonNullable<Range['instance']>): string {
  const names = vgpus.length > 2 ? [`${vgpus.length} vGPUs`] : vgpus.map((uuid) => `vGPU ${uuid.slice(0, 8)}`)
  return [`${profile} (ID ${id})`, ...names].join(', ')
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

/** A vGPU has the same letter and colour in every map: those of its VF. Letters repeat after the last. A GPU instance has its id. */
function markOf(range: Range): string {
  if (range.owner === null) return FREE
  if (range.instance !== undefined) return range.instance.id.toString(16)
  const index = vfIndexOf(range)
  return index === null ? HOST : (MARKS[index % MARKS.length] ?? HOST)
}

function moodOf(range: Range): Mood | undefined {
  const index = range.instance?.id ?? vfIndexOf(range)
  return index === null ? undefined : HUES[index % HUES.length]
}

/** The VF of a range; null for one of the host. A VF that was opened by hand has no vGPU with a UUID. */
function vfIndexOf({ owner, vgpu }: Range): number | null {
  if (vgpu !== undefined) return vgpu.vfIndex
  const [, index] = /^vgpu (\d+)/.exec(owner ?? '') ?? []
  return index === undefined ? null : Number(index)
}

/**
 * Each cell stands for size / room units and shows the owner of its larger part. A range that wins no cell takes the
 * free cell at its middle, so that every used range is visible. Cells of one owner side by side are one run.
 */
function rangeBar(map: MapView, room: number): { text: string; mood: Mood | undefined }[] {
  if (map.size <= 0) return []
  const cells: (Range | undefined)[] = new Array<Range | undefined>(room).fill(undefined)
  const won: number[] = new Array<number>(room).fill(0)
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
        cells[cell] = range
      }
    }
  }
  return runsOf(cells)
}

function runsOf(cells: readonly (Range | undefined)[]): { text: string; mood: Mood | undefined }[] {
  const runs: { text: string; mood: Mood | undefined }[] = []
  for (const range of cells) {
    const mood = range === undefined ? undefined : moodOf(range)
    const text = range === undefined ? FREE : markOf(range)
    const last = runs.at(-1)
    if (last !== undefined && last.mood === mood) last.text += text
    else runs.push({ text, mood })
  }
  return runs
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
