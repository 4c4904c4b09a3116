import type { FitView, MoveView, PlaceView, WhatIfView } from '../contract/views/plan.ts'
import { shellQuote } from '../errors/shell-quote.ts'
import { shortTypeName } from '../errors/type-name.ts'
import type { View } from './answer.ts'
import { equalGpus, indexRanges } from './equal-gpus.ts'
import { fold } from './fold.ts'
import { type Column, drawTable, paintTable } from './table.ts'

export const FITS: View<FitView> = {
  kind: 'fit',
  name: (fit) => (fit.fits ? 'fits' : 'does not fit'),
  columns: [],
  fields: ['fits', 'exact', 'type', 'gpu', 'gpuBdf', 'placementId', 'gpuInstance'],
  records: ({ fits, exact, placed }) =>
    placed.map(({ vgpuType, ...place }) => ({ fits, exact, type: shortTypeName(vgpuType.name), ...place })),
}

export function drawFits(fits: readonly FitView[], width: number | undefined): string {
  return fits.map((fit) => drawFit(fit, width)).join('\n')
}

/** A sentence, then the commands to type or the obstacles. */
function drawFit(fit: FitView, width: number | undefined): string {
  const wanted = fit.asked.map(({ vgpuType, count }) => `${count} x ${shortTypeName(vgpuType.name)}`).join(' and ')
  if (fit.fits) return text([`${wanted}: fits`, ...creations(fit.placed)])
  const head = [`${wanted}: does not fit`, ...reasons(fit.why).map((line) => fold(line, width, '    '))]
  if (fit.enable.length > 0) {
    const enable = fit.enable.map(({ gpu, vfs }) => `  nvgpu vf enable ${vfs} --gpu ${gpu}`)
    return text([...head, 'it would with more VFs:', ...enable, ...creations(fit.placed)])
  }
  if (fit.leftOut.length > 0) return text([...head, ...best(fit), ...moreInstances(fit)])
  if (fit.moves.length > 0) {
    return text([
      ...head,
      `it would after ${atMost(fit)}${count(fit.moves.length, 'move')}:`,
      ...fit.moves.map(moveLine),
      ...creations(fit.placed),
    ])
  }
  if (fit.stops.length > 0) {
    const stops = fit.stops.map((stop) => `  nvgpu vgpu destroy ${stop.vgpu}  # ${nameOf(stop)}, ${placeOf(stop)}`)
    return text([
      ...head,
      `no move helps; it would without ${atMost(fit)}${count(fit.stops.length, 'vGPU')}:`,
      ...stops,
      ...moreInstances(fit),
    ])
  }
  const none = fit.exact
    ? 'neither enabling VFs nor moving or destroying vGPUs helps'
    : 'no way was found within the bounds of the search'
  return text([...head, none, ...moreInstances(fit)])
}

function moreInstances({ why }: FitView): string[] {
  const hints = [...new Set(why.flatMap(({ hint }) => hint ?? []))]
  return hints.length === 0
    ? []
    : ['another GPU instance makes room for one more:', ...hints.map((hint) => `  ${hint}`)]
}

/** The most of the asked vGPUs, where not all have a place. */
function best(fit: FitView): string[] {
  const without = fit.leftOut.map(({ vgpuType, count }) => `${count} x ${shortTypeName(vgpuType.name)}`).join(' and ')
  if (fit.placed.length === 0)
    return [fit.exact ? 'nothing of it fits, whatever moves' : `no place was found for any of it${searched(fit)}`]
  const after = fit.moves.length === 0 ? '' : `, after ${count(fit.moves.length, 'move')}`
  const proved = fit.exact ? 'the most that fits' : `the most that was found${searched(fit)}`
  return [`${proved} is all but ${without}${after}:`, ...fit.moves.map(moveLine), ...creations(fit.placed)]
}

function searched({ proof }: FitView): string {
  return ` (${count(proof?.nodes ?? 0, 'position')} searched)`
}

function moveLine(move: MoveView): string {
  return `  move ${nameOf(move)} from ${placeOf(move.from)} to ${placeOf(move.to)}`
}

/** A migration that was made. */
export function moveText(move: MoveView): string {
  return `${nameOf(move)} moved from ${placeOf(move.from)} to ${placeOf(move.to)}`
}

/** A line for each GPU and type; GPUs with the same reason share one. */
function reasons(why: FitView['why']): string[] {
  const gpus = new Map<string, number[]>()
  for (const { vgpuType, gpu, creatable, reason } of why) {
    const room = creatable === 0 ? 'none' : `${creatable} by ${creatable === 1 ? 'itself' : 'themselves'}`
    const line = `${shortTypeName(vgpuType.name)}: ${room}${reason === null ? '' : `, then ${reason}`}`
    gpus.set(line, [...(gpus.get(line) ?? []), gpu])
  }
  return [...gpus].map(([line, indices]) => `  GPU${indices.length === 1 ? '' : 's'} ${indexRanges(indices)}, ${line}`)
}

/** A search that met its bounds gives an upper limit. */
function atMost({ exact }: FitView): string {
  return exact ? '' : 'at most '
}

function creations(placed: FitView['placed']): string[] {
  const lines = placed.map(({ vgpuType, gpu, placementId, gpuInstance }) => {
    const slot = placementId === null ? '' : ` --placement-id ${placementId}`
    const instance = gpuInstance === null ? '' : ` --gpu-instance ${gpuInstance}`
    return `  nvgpu vgpu create --type ${shellQuote(shortTypeName(vgpuType.name))} --gpu ${gpu}${slot}${instance}`
  })
  return [...new Set(lines)].map((line) => {
    const times = lines.filter((other) => other === line).length
    return times === 1 ? line : `${line}  # ${times} times`
  })
}

function nameOf({ vgpu, name, vgpuType }: { vgpu: string; name: string | null; vgpuType: { name: string } }): string {
  return `${name ?? vgpu.slice(0, 8)} (${shortTypeName(vgpuType.name)})`
}

export function placeOf({ gpu, placementId, gpuInstance }: PlaceView): string {
  if (gpuInstance !== null) return `GPU ${gpu} instance ${gpuInstance}`
  return `GPU ${gpu}${placementId === null ? '' : ` slot ${placementId}`}`
}

function count(number: number, word: string): string {
  return `${number} ${word}${number === 1 ? '' : 's'}`
}

function text(lines: readonly string[]): string {
  return lines.map((line) => `${line}\n`).join('')
}

interface Forecast extends Omit<WhatIfView, 'gpu' | 'bdf'> {
  /** The GPUs of which the row is true. */
  readonly gpus: readonly number[]
}

const FORECAST: readonly Column<Forecast>[] = [
  { head: 'GPU', text: (row) => indexRanges(row.gpus), right: true },
  { head: 'TYPE', text: (row) => shortTypeName(row.vgpuType.name) },
  { head: 'SIZE', text: (row) => `${row.profileSizeMiB} MiB`, right: true },
  { head: 'NOW', text: (row) => String(row.before), right: true },
  {
    head: 'THEN',
    text: (row) => String(row.after),
    right: true,
    mood: (row) => (row.after > row.before ? 'good' : row.after < row.before ? 'warn' : 'dim'),
  },
  { head: 'WHY NOT MORE', text: (row) => row.reason ?? '-', shrink: 0 },
]

/** A row for each type and GPU; equal GPUs share their rows. */
export const WHAT_IF: View<WhatIfView> = {
  kind: 'whatif',
  name: (row) => `${row.bdf}/${row.vgpuType.id}`,
  columns: [],
  picture: async (items, page) => {
    const rows = forecasts(items)
    if (!page.color) return drawTable(FORECAST, rows, page)
    return paintTable(FORECAST, rows, { ...page, paint: (await import('./paint.ts')).painter() })
  },
  fields: ['gpu', 'bdf', 'vgpuType.id', 'vgpuType.name', ['profileSizeMiB', 'MiB'], 'before', 'after', 'reason'],
}

function forecasts(items: readonly WhatIfView[]): Forecast[] {
  const gpus = new Map<number, { gpu: number; bdf: string; rows: Omit<WhatIfView, 'gpu' | 'bdf'>[] }>()
  for (const { gpu, bdf, ...row } of items) {
    const known = gpus.get(gpu) ?? { gpu, bdf, rows: [] }
    known.rows.push(row)
    gpus.set(gpu, known)
  }
  return equalGpus([...gpus.values()]).flatMap(({ first, indices }) =>
    first.rows.map((row) => ({ ...row, gpus: indices })),
  )
}
