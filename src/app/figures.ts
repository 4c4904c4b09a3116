import type { GivenFigures } from '../contract/state/figures.ts'
import { usageError } from './usage.ts'
import { parseCount } from './values.ts'

/** The names under which figures of a board are given. */
export const FIGURE_NAMES = ['framebuffer', 'bar1', 'vfBar1', 'vmmuSegment', 'vfs'] as const
export type FigureName = (typeof FIGURE_NAMES)[number]

const SIZES = ['framebuffer', 'bar1', 'vfBar1', 'vmmuSegment'] as const
const UNITS: Readonly<Record<string, number>> = { '': 1, m: 1, mib: 1, g: 1024, gib: 1024 }

/** Figures as `framebuffer=97887,bar1=128G,…`. @throws NvError syntax */
export function parseFigures(text: string): GivenFigures {
  const words = new Map<string, string>()
  for (const part of text.split(',')) {
    const [name = '', value, ...more] = part.trim().split('=')
    if (value === undefined || more.length > 0) throw usageError(`'${part}' is not NAME=SIZE`)
    if (words.has(name)) throw usageError(`${name} is given twice`)
    words.set(name, value)
  }
  return figuresOf(words)
}

/** Figures by name. Sizes are MiB, or have a unit: 256M, 128GiB. @throws NvError syntax */
export function figuresOf(words: ReadonlyMap<string, string>): GivenFigures {
  const odd = [...words.keys()].find((name) => !FIGURE_NAMES.some((known) => known === name))
  if (odd !== undefined) throw usageError(`there is no figure '${odd}': ${FIGURE_NAMES.join(', ')}`)
  const missing = SIZES.filter((name) => !words.has(name))
  if (missing.length > 0) throw usageError(`figures are missing: ${missing.join(', ')}`)
  const size = (name: FigureName) => mebibytes(words.get(name) ?? '')
  const vfs = words.get('vfs')
  return {
    framebufferMiB: size('framebuffer'),
    bar1MiB: size('bar1'),
    vfBar1MiB: size('vfBar1'),
    vmmuSegmentMiB: size('vmmuSegment'),
    vfs: vfs === undefined ? null : parseCount(vfs),
  }
}

function mebibytes(text: string): number {
  const [, digits, unit = ''] = /^(\d{1,9})\s*([a-z]*)$/i.exec(text.trim()) ?? []
  const factor = UNITS[unit.toLowerCase()]
  if (digits === undefined || factor === undefined)
    throw usageError(`'${text}' is not a size such as 97887, 256M or 128G`)
  return Number(digits) * factor
}
