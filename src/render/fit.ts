import type { FitView, PlaceView, WhatIfView } from '../contract/views/plan.ts'
import { shellQuote } from '../errors/shell-quote.ts'
import { shortTypeName } from '../errors/type-name.ts'
import type { View } from './answer.ts'

export const FITS: View<FitView> = {
  kind: 'fit',
  name: (fit) => (fit.fits ? 'fits' : 'does not fit'),
  columns: [],
  fields: ['fits', 'exact', 'type', 'gpu', 'gpuBdf', 'placementId'],
  records: ({ fits, exact, placed }) =>
    placed.map(({ vgpuType, ...place }) => ({ fits, exact, type: shortTypeName(vgpuType.name), ...place })),
}

export function drawFits(fits: readonly FitView[]): string {
  return fits.map(drawFit).join('\n')
}

/** A sentence, then the commands to type or the obstacles. */
function drawFit(fit: FitView): string {
  const wanted = fit.asked.map(({ vgpuType, count }) => `${count} x ${shortTypeName(vgpuType.name)}`).join(' and ')
  if (fit.fits) return text([`${wanted}: fits`, ...creations(fit.placed)])
  const why = fit.why.map(({ vgpuType, gpu, creatable, reason }) => {
    const room = creatable === 0 ? 'none' : `${creatable} by ${creatable === 1 ? 'itself' : 'themselves'}`
    return `  GPU ${gpu}, ${shortTypeName(vgpuType.name)}: ${room}${reason === null ? '' : `, then ${reason}`}`
  })
  const head = [`${wanted}: does not fit`, ...why]
  if (fit.enable.length > 0) {
    const enable = fit.enable.map(({ gpu, vfs }) => `  nvgpu vf enable ${vfs} --gpu ${gpu}`)
    return text([...head, 'it would with more VFs:', ...enable, ...creations(fit.placed)])
  }
  if (fit.moves.length > 0) {
    const moves = fit.moves.map((move) => `  move ${nameOf(move)} from ${placeOf(move.from)} to ${placeOf(move.to)}`)
    return text([
      ...head,
      `it would after ${atMost(fit)}${count(fit.moves.length, 'move')}:`,
      ...moves,
      ...creations(fit.placed),
    ])
  }
  if (fit.stops.length > 0) {
    const stops = fit.stops.map((stop) => `  nvgpu vgpu destroy ${stop.vgpu}  # ${nameOf(stop)}, ${placeOf(stop)}`)
    return text([
      ...head,
      `no move helps; it would without ${atMost(fit)}${count(fit.stops.length, 'vGPU')}:`,
      ...stops,
    ])
  }
  return text([
    ...head,
    fit.exact
      ? 'neither enabling VFs nor moving or destroying vGPUs helps'
      : 'no way was found within the bounds of the search',
  ])
}

/** A search that met its bounds gives an upper limit. */
function atMost({ exact }: FitView): string {
  return exact ? '' : 'at most '
}

function creations(placed: FitView['placed']): string[] {
  const lines = placed.map(({ vgpuType, gpu, placementId }) => {
    const slot = placementId === null ? '' : ` --placement-id ${placementId}`
    return `  nvgpu vgpu create --type ${shellQuote(shortTypeName(vgpuType.name))} --gpu ${gpu}${slot}`
  })
  return [...new Set(lines)].map((line) => {
    const times = lines.filter((other) => other === line).length
    return times === 1 ? line : `${line}  # ${times} times`
  })
}

function nameOf({ vgpu, name, vgpuType }: { vgpu: string; name: string | null; vgpuType: { name: string } }): string {
  return `${name ?? vgpu.slice(0, 8)} (${shortTypeName(vgpuType.name)})`
}

function placeOf({ gpu, placementId }: PlaceView): string {
  return `GPU ${gpu}${placementId === null ? '' : ` slot ${placementId}`}`
}

function count(number: number, word: string): string {
  return `${number} ${word}${number === 1 ? '' : 's'}`
}

function text(lines: readonly string[]): string {
  return lines.map((line) => `${line}\n`).join('')
}

export const WHAT_IF: View<WhatIfView> = {
  kind: 'whatif',
  name: (row) => `${row.bdf}/${row.vgpuType.id}`,
  columns: [
    { head: 'GPU', text: (row) => String(row.gpu), right: true },
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
  ],
  fields: ['gpu', 'bdf', 'vgpuType.id', 'vgpuType.name', ['profileSizeMiB', 'MiB'], 'before', 'after', 'reason'],
}
