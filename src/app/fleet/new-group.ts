import { boardNames } from '../../catalog/boards.ts'
import type { ProfileName } from '../../catalog/profiles.ts'
import { noSuchBoard } from '../../engine/boards/no-such-board.ts'
import { usageError } from '../usage.ts'
import { isBoard } from './board.ts'
import type { FleetGroup } from './fleet.ts'
import { asHostName } from './host-names.ts'
import { groupNameProblem, MOST_GPUS, MOST_HOSTS } from './read.ts'

/** A group as options give it. */
export interface GroupRequest {
  readonly name?: string | undefined
  readonly hosts?: number | undefined
  readonly board?: string | undefined
  readonly gpus?: number | undefined
  readonly vfs?: number | undefined
  readonly profile?: ProfileName | undefined
  readonly mode?: 'homogeneous' | 'heterogeneous' | undefined
  readonly ecc?: 'on' | 'off' | undefined
}

/** A group from options. @throws NvError syntax (counts, name), not-found or ambiguous (board) */
export function newGroup(request: GroupRequest): FleetGroup {
  const { hosts = 1, board, gpus = 1, vfs, profile, mode = 'homogeneous', ecc } = request
  if (board === undefined) throw usageError('--hosts needs the board: --board L40')
  if (!isBoard(board)) throw noSuchBoard('fleet', board, boardNames(), (near) => `nvgpu fleet init --board ${near}`)
  if (hosts < 1 || hosts > MOST_HOSTS) throw usageError(`--hosts takes a number from 1 to ${MOST_HOSTS}, not ${hosts}`)
  if (gpus > MOST_GPUS) throw usageError(`--gpus takes a number up to ${MOST_GPUS}, not ${gpus}`)
  const name = request.name ?? `${asHostName(board).replace(/\.+/g, '-')}-{1}`
  const problem = groupNameProblem(name, hosts)
  if (problem !== null) throw usageError(`--name: ${problem}`)
  return {
    name,
    hosts,
    board,
    model: null,
    gpus,
    vfs: vfs ?? null,
    profile: profile ?? null,
    mode,
    ecc: ecc === 'on',
    cpuMilli: null,
    memoryMiB: null,
    at: null,
  }
}
