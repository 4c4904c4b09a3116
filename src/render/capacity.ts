import type { CapacityView } from '../contract/views/plan.ts'
import { shortTypeName } from '../errors/type-name.ts'
import type { Page, View } from './answer.ts'
import { type EqualGpus, equalGpus, gpusTitle } from './equal-gpus.ts'
import { fold } from './fold.ts'
import { bar } from './map.ts'
import type { Column } from './table.ts'
import { drawTable, paintTable } from './table.ts'

type Row = CapacityView['types'][number]

const COLUMNS: readonly Column<Row>[] = [
  { head: 'TYPE', text: (type) => shortTypeName(type.name) },
  { head: 'ID', text: (type) => String(type.id), right: true, wide: true },
  { head: 'SIZE', text: (type) => `${type.profileSizeMiB} MiB`, right: true },
  {
    head: 'MORE',
    text: (type) => String(type.creatable),
    right: true,
    mood: (type) => (type.creatable > 0 ? 'good' : 'dim'),
  },
  { head: 'MOST', text: (type) => String(type.maxInstance), right: true },
  { head: 'WHY NOT MORE', text: (type) => type.reason ?? '-', shrink: 0 },
]

/** Bars are shorter than a line so that figures fit beside them. */
const BAR = 40
const SHORTEST_BAR = 10

export const CAPACITY: View<CapacityView> = {
  kind: 'capacity',
  name: (gpu) => gpu.bdf,
  columns: [],
  fields: ['gpu', 'bdf', 'type', 'id', ['profileSizeMiB', 'MiB'], 'creatable', 'maxInstance', 'reason'],
  records: ({ gpu, bdf, types }) => types.map((type) => ({ gpu, bdf, type: shortTypeName(type.name), ...type })),
  picture: async (gpus, page) => {
    const groups = equalGpus(gpus)
    const top = (group: EqualGpus<CapacityView>) => `${group === groups[0] ? '' : '\n'}${head(group, page)}\n`
    if (!page.color) return groups.map((group) => top(group) + drawTable(COLUMNS, group.first.types, page)).join('')
    const paint = (await import('./paint.ts')).painter()
    return groups.flatMap((group) => [top(group), ...paintTable(COLUMNS, group.first.types, { ...page, paint })])
  },
}

/** Bars of the resources of a GPU, or of each of equal ones, and their use. */
function head(group: EqualGpus<CapacityView>, page: Page): string {
  const { name, mode, vgpuType, vfs, framebuffer, channels } = group.first
  const width = Math.max(SHORTEST_BAR, Math.min(BAR, (page.width ?? 100) - 50))
  const locked = vgpuType === null ? '' : `, ${shortTypeName(vgpuType.name)}`
  const rows: readonly (readonly [label: string, part: number, whole: number, figures: string])[] = [
    ['VFs', vfs.enabled - vfs.free, vfs.enabled, `${vfs.free} of ${vfs.enabled} free, ${vfs.total} possible`],
    ['framebuffer', framebuffer.usedMiB, framebuffer.totalMiB, `${framebuffer.usedMiB} of ${framebuffer.totalMiB} MiB`],
    ['channels', channels.used, channels.total, `${channels.used} of ${channels.total}`],
  ]
  return [
    fold(
      `${gpusTitle(group)} ${name}: ${mode}${locked}${group.indices.length > 1 ? ', figures of each' : ''}`,
      page.width,
    ),
    ...rows.map(([label, part, whole, figures]) => `  ${label.padEnd(12)}${bar(part, whole, width)} ${figures}`),
  ].join('\n')
}
