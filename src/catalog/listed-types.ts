import { shortTypeName } from '../errors/type-name.ts'
import { NEWER_TYPES } from './listed-types-newer.ts'
import { OLDER_TYPES } from './listed-types-older.ts'
import type { Certainty, Series } from './type-table.ts'

/** A type of a listed board. Null is unknown. */
export interface ListedType {
  readonly board: string
  readonly id: number | null
  readonly idCertainty: Certainty
  readonly name: string
  readonly series: Series
  readonly sizeGiB: number
  readonly maxInstance: number
  /** the count is printed by NVIDIA; otherwise it follows from another type's */
  readonly maxIsPublished: boolean
  readonly subsystem: number | null
  readonly framebufferMiB: number | null
  readonly fbReservationMiB: number | null
  readonly bar1MiB: number | null
  readonly maxResolution: string | null
  readonly maxPixels: number | null
  readonly multiVgpu: boolean | null
  /** GPU instance behind a MIG-backed type */
  readonly mig: string | null
  readonly mixedSizeMax: number | null
}

/** The types of all listed boards, in NVIDIA's order. */
export function listedTypes(): readonly ListedType[] {
  parsed ??= [...parse(OLDER_TYPES), ...parse(NEWER_TYPES)]
  return parsed
}

let parsed: readonly ListedType[] | undefined

/**
 * The type of a listed board by id or name; NVIDIA and GRID are optional, and the last word of a name of several words is
 * enough, as in vgpu-device-manager ("DC-48Q").
 */
export function listedTypeByName(word: string): ListedType | undefined {
  const plain = shortTypeName(word).toLowerCase()
  const short = ({ name }: ListedType) => shortTypeName(name).toLowerCase()
  const types = listedTypes()
  return (
    types.find((type) => short(type) === plain || (type.id !== null && String(type.id) === plain)) ??
    types.find((type) => short(type).split(' ').at(-1) === plain)
  )
}

function parse(text: string): ListedType[] {
  let board = ''
  return text
    .trim()
    .split('\n')
    .flatMap((line) => {
      if (!line.startsWith('#')) return typeOf(board, line.split('|'))
      board = line.slice(1)
      return []
    })
}

function typeOf(board: string, cells: readonly string[]): ListedType {
  const [
    id,
    idCertainty,
    name = '',
    series,
    size,
    max,
    from,
    subsystem,
    fb,
    reserved,
    bar1,
    head,
    pixels,
    several,
    mig,
    mixed,
  ] = cells
  return {
    board,
    id: number(id),
    idCertainty: idCertainty === 'documented' || idCertainty === 'derived' ? idCertainty : 'guess',
    name,
    series: series === 'B' || series === 'Q' || series === 'A' ? series : 'C',
    sizeGiB: Number(size),
    maxInstance: Number(max),
    maxIsPublished: from === 'published',
    subsystem: number(subsystem),
    framebufferMiB: number(fb),
    fbReservationMiB: number(reserved),
    bar1MiB: number(bar1),
    maxResolution: word(head),
    maxPixels: number(pixels),
    multiVgpu: several === undefined || several === '-' ? null : several === '1',
    mig: word(mig),
    mixedSizeMax: number(mixed),
  }
}

function word(cell = '-'): string | null {
  return cell === '-' ? null : cell
}

function number(cell = '-'): number | null {
  return cell === '-' ? null : Number(cell)
}
