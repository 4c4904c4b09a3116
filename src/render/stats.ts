import type { UtilisationView } from '../contract/views/parts.ts'
import type { GpuStatsView, UseSampleView, VgpuSampleView, VgpuStatsView } from '../contract/views/stats.ts'
import { oneLine } from '../errors/printable.ts'
import { shortTypeName } from '../errors/type-name.ts'
import type { Field, Page, Picture, View } from './answer.ts'
import { inCells, sparkline } from './sparkline.ts'
import { type Column, drawTable } from './table.ts'
import { plotOf, pointsOf } from './use-plot.ts'

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
  readonly recent?: readonly UseSampleView[]
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

/** Most cells of a sparkline, and with -o wide. */
const CELLS = 20
const CELLS_WIDE = 60
const FULL = 100

/** A table whose last column is a sparkline of the GPU's engine, where the items have their samples. */
function table<T extends Used>(columns: readonly Column<T>[]): Picture<T> {
  return (items, page) => {
    if (items.length === 0) return ''
    const isThere = items.some(({ recent }) => recent !== undefined)
    return drawTable(isThere ? [...columns, history(page)] : columns, items, page)
  }
}

function history<T extends Used>({ wide, unicode }: Page): Column<T> {
  const text = ({ recent = [] }: T) => {
    const cells = inCells(pointsOf(recent), wide ? CELLS_WIDE : CELLS)
    return sparkline(
      cells.map((value) => (value === null ? null : value / FULL)),
      unicode,
    )
  }
  return { head: 'HISTORY', text, right: true, spare: 1 }
}

/** A plot for each GPU. */
export const GPU_PLOTS: Picture<GpuStatsView> = (items, page) =>
  items
    .map(({ gpu, bdf, vgpus, recent = [] }) =>
      plotOf(`GPU ${gpu} (${bdf}), ${vgpus} ${vgpus === 1 ? 'vGPU' : 'vGPUs'}`, recent, page),
    )
    .join('\n')

/** A plot for each vGPU. */
export const VGPU_PLOTS: Picture<VgpuStatsView> = (items, page) =>
  items
    .map(({ vgpu, name, vgpuType, gpu, recent = [] }) => {
      const short = vgpu.slice(0, 8)
      const title = `${name === null ? short : `${oneLine(name)} (${short})`} ${shortTypeName(vgpuType.name)} on GPU ${gpu}`
      return plotOf(title, recent, page)
    })
    .join('\n')

const FIELDS: readonly Field[] = [
  ['at', 'us'],
  ...(['now', 'mean'] as const).flatMap((which) => ENGINES.map(([, engine]): Field => [`${which}.${engine}`, '%'])),
  'samples',
]

const VGPU_COLUMNS: readonly Column<VgpuStatsView>[] = [
  { head: 'VGPU', text: (item) => item.vgpu, short: (item) => item.vgpu.slice(0, 8) },
  { head: 'NAME', text: (item) => item.name ?? '-', shrink: 0 },
  { head: 'TYPE', text: (item) => shortTypeName(item.vgpuType.name) },
  { head: 'GPU', text: (item) => String(item.gpu), right: true },
  { head: 'GFID', text: (item) => String(item.gfid), right: true, wide: true },
  { head: 'ID', text: (item) => String(item.vgpuId ?? '-'), right: true, wide: true },
  ...columns<VgpuStatsView>(),
]

/** Utilisation of vGPUs. */
export const VGPU_STATS: View<VgpuStatsView> = {
  kind: 'vgpuStats',
  name: (item) => item.vgpu,
  columns: [],
  picture: table(VGPU_COLUMNS),
  fields: ['vgpu', 'vgpuId', 'name', 'gpu', 'vf', 'gfid', 'vgpuType.id', 'vgpuType.name', ...FIELDS],
}

const GPU_COLUMNS: readonly Column<GpuStatsView>[] = [
  { head: 'GPU', text: (item) => String(item.gpu), right: true },
  { head: 'ADDRESS', text: (item) => item.bdf },
  { head: 'VGPUS', text: (item) => String(item.vgpus), right: true },
  ...columns<GpuStatsView>(),
]

/** Utilisation of GPUs. */
export const GPU_STATS: View<GpuStatsView> = {
  kind: 'gpuStats',
  name: (item) => item.bdf,
  columns: [],
  picture: table(GPU_COLUMNS),
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
