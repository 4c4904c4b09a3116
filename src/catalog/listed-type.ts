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

/** Boards, each with a type a line (the columns: listed-types-newer.ts). */
export function parseListed(text: string): ListedType[] {
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
