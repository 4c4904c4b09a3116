import type { CapacityView } from '../contract/views/plan.ts'
import { shortTypeName } from '../errors/type-name.ts'
import type { Page, View } from './answer.ts'
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
    const top = (gpu: CapacityView, index: number) => `${index === 0 ? '' : '\n'}${head(gpu, page)}\n`
    if (!page.color) return gpus.map((gpu, index) => top(gpu, index) + drawTable(COLUMNS, gpu.types, page)).join('')
    const paint = (await import('./paint.ts')).painter()
    return gpus.flatMap((gpu, index) => [top(gpu, index), ...paintTable(COLUMNS, gpu.types, { ...page, paint })])
  },
}

/** Bars of a GPU's resources and their use. */
function head({ gpu, bdf, name, mode, vgpuType, vfs, framebuffer, channels }: CapacityView, page: Page): string {
  const width = Math.max(SHORTEST_BAR, Math.min(BAR, (page.width ?? 100) - 50))
  const locked = vgpuType === null ? '' : `, ${shortTypeName(vgpuType.name)}`
  const rows: readonly (readonly [label: string, part: number, whole: number, figures: string])[] = [
    ['VFs', vfs.enabled - vfs.free, vfs.enabled, `${vfs.free} of ${vfs.enabled} free, ${vfs.total} possible`],
    ['framebuffer', framebuffer.usedMiB, framebuffer.totalMiB, `${framebuffer.usedMiB} of ${framebuffer.totalMiB} MiB`],
    ['channels', channels.used, channels.total, `${channels.used} of ${channels.total}`],
  ]
  return [
    `GPU ${gpu} (${bdf}) ${name}: ${mode}${locked}`,
    ...rows.map(([label, part, whole, figures]) => `  ${label.padEnd(12)}${bar(part, whole, width)} ${figures}`),
  ].join('\n')
}
