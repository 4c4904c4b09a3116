import { type Board, boardNames, findBoard } from '../../catalog/boards.ts'
import { listedBoard } from '../../catalog/listed-board.ts'
import type { GivenFigures } from '../../contract/state/figures.ts'
import { NvError } from '../../errors/nv-error.ts'
import { boardOfFigures } from './figures.ts'
import { noSuchBoard } from './no-such-board.ts'
import { notSimulated } from './not-simulated.ts'

const AT = 'host init'

/**
 * The board of a new host by its name or product name, with the figures that the user gives.
 * @throws NvError ENODEV (no such board), EOPNOTSUPP (figures are missing), EINVAL (figures that it has, or cannot have)
 */
export function boardNamed(name: string, figures: GivenFigures | undefined): Board {
  const board = findBoard(name)
  const listed = board === undefined ? listedBoard(name) : undefined
  if (listed !== undefined) {
    if (figures === undefined) throw notSimulated(AT, listed)
    return boardOfFigures(AT, listed, figures)
  }
  if (board === undefined) throw noSuchBoard(AT, name, boardNames(), (near) => `nvgpu host init --board ${near}`)
  if (figures === undefined) return board
  throw new NvError({
    errno: 'EINVAL',
    code: 'invalid-argument',
    at: AT,
    message: `the figures of ${board.name} are known: none can be given`,
    hint: `nvgpu host init --board ${board.name}`,
  })
}
