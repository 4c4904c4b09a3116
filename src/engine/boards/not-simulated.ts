import { canBeGiven } from '../../catalog/given-board.ts'
import { type ListedRow, listedBoards, MISSING } from '../../catalog/listed-boards.ts'
import { NvError } from '../../errors/nv-error.ts'

/** The figures of a listed board that no source gives, and that a simulated PF needs. */
export function missingOf([, , , chip, , , , , sriov, totalVfs, , ,]: ListedRow): string[] {
  return [
    ...(chip === null ? ['chip'] : []),
    ...MISSING.filter((figure) => sriov !== false || !figure.startsWith('VF')),
    ...(sriov !== false && totalVfs === null ? ['number of VFs'] : []),
  ]
}

/** The names of the figures that make it a whole board; none where more is unknown. */
export function figuresFor(row: ListedRow): string[] {
  if (!canBeGiven(row)) return []
  return ['framebuffer', 'bar1', 'vfBar1', 'vmmuSegment', ...(row[9] === null ? ['vfs'] : [])]
}

/** The refusal of a listed board, which names the figures that are not published. */
export function notSimulated(at: string, row: ListedRow): NvError {
  const figures = figuresFor(row)
  if (figures.length > 0) {
    return new NvError({
      errno: 'EOPNOTSUPP',
      code: 'unsupported',
      at,
      message: `${row[0]} cannot be simulated: unknown are ${missingOf(row).join(', ')}; those of a real card are given by --figures: ${figures.join(', ')}`,
      hint: 'nvgpu host init --help',
    })
  }
  const mdev = row[8] === false ? '; it has no VFs, and mdev types on the PF are not simulated' : ''
  return new NvError({
    errno: 'EOPNOTSUPP',
    code: 'unsupported',
    at,
    message: `${row[0]} cannot be simulated: unknown are ${missingOf(row).join(', ')}${mdev}`,
    hint: `nvgpu types list --board ${row[0]}`,
  })
}

/** The listed board that has types of that name, by the first part of the name: "t4-8q", "dc-1-24q". */
export function listedBoardOfType(name: string): ListedRow | undefined {
  const [prefix] = name.toLowerCase().split(' ').at(-1)?.split('-') ?? []
  return listedBoards().find((row) => row[13]?.toLowerCase() === prefix)
}
