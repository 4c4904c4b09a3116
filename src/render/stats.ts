import type { UtilisationView } from '../contract/views/parts.ts'
import type { GpuStatsView, VgpuSampleView, VgpuStatsView } from '../contract/views/stats.ts'
import { shortTypeName } from '../errors/type-name.ts'
import type { Field, View } from './answer.ts'
import type { Column } from './table.ts'

type Engine = keyof UtilisationView

const ENGINES: readonly (readonly [head: string, engine: Engine])[] = [
  ['GPU %', 'gpu'],
  ['MEM %', 'memory'],
  ['ENC %', 'encoder'],
  ['DEC %', 'decoder'],
]

interface Used {
  readonly now: UtilisationView | null
  readonly mean: UtilisationView | null
  readonly samples: number
}

/** The newest sample by engine, then the mean of the kept ones. */
function columns<T extends Used>(): Column<T>[] {
  const of = (which: 'now' | 'mean', engine: Engine) => (item: T) => item[which]?.[engine].toFixed(2) ?? '-'
  return [
    ...ENGINES.map(([head, engine]): Column<T> => ({ head, text: of('now', engine), right: true })),
    ...ENGINES.map(
      ([head, engine]): Column<T> => ({ head: `MEAN ${head}`, text: of('mean', engine), right: true, wide: true }),
    ),
    { head: 'SAMPLES', text: (item) => String(item.samples), right: true, spare: 0 },
  ]
}

const FIELDS: readonly Field[] = [
  ['at', 'us'],
  ...(['now', 'mean'] as const).flatMap((which) => ENGINES.map(([, engine]): Field => [`${which}.${engine}`, '%'])),
  'samples',
]

/** Utilisation of vGPUs. */
export const VGPU_STATS: View<VgpuStatsView> = {
  kind: 'vgpuStats',
  name: (item) => item.vgpu,
  columns: [
    { head: 'VGPU', text: (item) => item.vgpu, shrink: 1 },
    { head: 'NAME', text: (item) => item.name ?? '-', shrink: 0 },
    { head: 'TYPE', text: (item) => shortTypeName(item.vgpuType.name) },
    { head: 'GPU', text: (item) => String(item.gpu), right: true },
    { head: 'GFID', text: (item) => String(item.gfid), right: true, wide: true },
    { head: 'ID', text: (item) => String(item.vgpuId ?? '-'), right: true, wide: true },
    ...columns<VgpuStatsView>(),
  ],
  fields: ['vgpu', 'vgpuId', 'name', 'gpu', 'vf', 'gfid', 'vgpuType.id', 'vgpuType.name', ...FIELDS],
}

/** Utilisation of GPUs. */
export const GPU_STATS: View<GpuStatsView> = {
  kind: 'gpuStats',
  name: (item) => item.bdf,
  columns: [
    { head: 'GPU', text: (item) => String(item.gpu), right: true },
    { head: 'ADDRESS', text: (item) => item.bdf },
    { head: 'VGPUS', text: (item) => String(item.vgpus), right: true },
    ...columns<GpuStatsView>(),
  ],
  fields: ['gpu', 'bdf', 'vgpus', ...FIELDS],
}

/** Rows of a monitor, drawn as `nvidia-smi vgpu -u` draws them. */
export const VGPU_SAMPLES: View<VgpuSampleView> = {
  kind: 'vgpuSamples',
  name: (item) => item.vgpu ?? '-',
  columns: [],
  fields: [
    'round',
    ['at', 'us'],
    'gpu',
    'vgpu',
    'vgpuId',
    ['use.gpu', '%'],
    ['use.memory', '%'],
    ['use.encoder', '%'],
    ['use.decoder', '%'],
  ],
  picture: (items, page) => {
    const header = page.header ? `${HEADER.map((cells) => row(cells)).join('\n')}\n` : ''
    return `${header}${items.map((item) => `${row(cells(item))}\n`).join('')}`
  },
}

/** Widths of the 550 release's columns; the `#` of a header line is part of the first. */
const WIDTHS = [5, 11, 6, 6, 6, 6, 6, 6]
const HEADER = [
  ['# GPU', 'vGPU', 'sm', 'mem', 'enc', 'dec', 'jpg', 'ofa'],
  ['# Idx', 'Id', '%', '%', '%', '%', '%', '%'],
]

/** A row's cells: a dash for an idle GPU, and for engines without perfmon samples. */
function cells({ gpu, vgpuId, use }: VgpuSampleView): string[] {
  const used = ENGINES.map(([, engine]) => (use === null ? '-' : String(Math.round(use[engine]))))
  return [String(gpu), vgpuId === null ? '-' : String(vgpuId), ...used, '-', '-']
}

function row(texts: readonly string[]): string {
  return texts.map((text, i) => text.padStart(WIDTHS[i] ?? 0)).join('')
}
