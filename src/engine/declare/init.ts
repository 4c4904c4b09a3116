import { boardNames, findBoard } from '../../catalog/boards.ts'
import { profileOf } from '../../catalog/profiles.ts'
import { noSuchBoard } from '../boards/no-such-board.ts'
import type { InitOptions } from '../new-host.ts'
import { configured } from '../select.ts'
import type { HostState } from '../state.ts'
import type { Desired, HostRequest } from './desired.ts'
import { refusal } from './refusal.ts'

export interface BoardRun {
  readonly board: string
  readonly count: number
}

/**
 * The options of a new host when profile, boards or module options differ; null when they do not.
 * @throws NvError conflict (unlisted vGPUs or definitions would be lost), unsupported (boards of several models), not-found
 */
export function initOptions({ host: request, vgpus, definitions }: Desired, state: HostState): InitOptions | null {
  if (request === null || !differs(request, state)) return null
  const lost = configured(state).length
  if (vgpus === null && lost > 0) {
    const what = lost === 1 ? 'a vGPU' : `${lost} vGPUs`
    throw refusal(
      request.at,
      'EBUSY',
      'conflict',
      `the host has to be made anew, which drops ${what} that the document does not speak of; a list "vgpus: []" gives them up`,
      'nvgpu export',
    )
  }
  const defined = Object.keys(state.definitions).length
  if (definitions === null && defined > 0) {
    const what = `the host has to be made anew, which drops definitions (${defined}) that the document does not speak of; "definitions: []" gives them up`
    throw refusal(request.at, 'EBUSY', 'conflict', what, 'nvgpu export')
  }
  const [run, ...others] = request.boards?.map(known(request)) ?? boardRuns(state)
  const [first] = state.gpus
  if (run === undefined || others.length > 0)
    throw refusal(
      request.at,
      'EINVAL',
      'unsupported',
      'a host is made of boards of one model',
      'nvgpu host init --help',
    )
  return {
    board: run.board,
    gpus: run.count,
    profile: request.profile ?? state.profile,
    ...faceOf(request, state),
    vgpu: request.vgpuSupport ?? first?.nvkm.supportVgpuMgr ?? true,
    registryDwords: request.registryDwords ?? first?.nvkm.registryDwords ?? '',
  }
}

/** The boards by slot. Equal neighbours count as one run. */
export function boardRuns(state: HostState): BoardRun[] {
  const runs: { board: string; gpus: number }[] = []
  for (const { board } of state.gpus) {
    const last = runs.at(-1)
    if (last?.board === board) last.gpus += 1
    else runs.push({ board, gpus: 1 })
  }
  return runs.map(({ board, gpus }) => ({ board, count: gpus / (findBoard(board)?.gpusPerBoard ?? 1) }))
}

/** The requested face; without one a host keeps its face while it keeps its profile. */
function faceOf({ profile, face }: HostRequest, state: HostState): Pick<InitOptions, 'face'> {
  if (face !== undefined) return { face }
  return (profile ?? state.profile) === state.profile && state.face !== null ? { face: state.face } : {}
}

function differs(request: HostRequest, state: HostState): boolean {
  const { profile, face, boards, vgpuSupport, registryDwords } = request
  return (
    (profile !== undefined && profile !== state.profile) ||
    (face !== undefined && face !== profileOf(state).face) ||
    (boards !== undefined && textOf(joined(boards.map(known(request)))) !== textOf(boardRuns(state))) ||
    state.gpus.some(
      ({ nvkm }) =>
        (vgpuSupport !== undefined && vgpuSupport !== nvkm.supportVgpuMgr) ||
        (registryDwords !== undefined && registryDwords !== nvkm.registryDwords),
    )
  )
}

/** A board under its name in the catalogue. */
function known({ at }: HostRequest) {
  return ({ board, count }: BoardRun): BoardRun => {
    const found = findBoard(board)
    if (found) return { board: found.name, count }
    const { errno, code, message, hint } = noSuchBoard(at, board, boardNames(), () => 'nvgpu host boards')
    throw refusal(at, errno, code, message, hint)
  }
}

function joined(runs: readonly BoardRun[]): BoardRun[] {
  const together: BoardRun[] = []
  for (const run of runs) {
    const last = together.at(-1)
    if (last?.board === run.board) together[together.length - 1] = { ...last, count: last.count + run.count }
    else if (run.count > 0) together.push(run)
  }
  return together
}

function textOf(runs: readonly BoardRun[]): string {
  return runs.map(({ board, count }) => `${board} ${count}`).join()
}
