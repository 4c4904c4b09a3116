import type { Board } from '../../catalog/boards.ts'
import { profileOf } from '../../catalog/profiles.ts'
import type { GivenFigures } from '../../contract/state/figures.ts'
import { NvError } from '../../errors/nv-error.ts'
import { boardOf } from '../board-of.ts'
import { boardNamed } from '../boards/board-named.ts'
import type { InitOptions } from '../new-host.ts'
import { configured } from '../select.ts'
import type { HostState } from '../state.ts'
import type { BoardWish, Desired, HostRequest } from './desired.ts'
import { refusal } from './refusal.ts'

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
    ...(run.figures === undefined ? {} : { figures: run.figures }),
    gpus: run.count,
    profile: request.profile ?? state.profile,
    ...faceOf(request, state),
    vgpu: request.vgpuSupport ?? first?.nvkm.supportVgpuMgr ?? true,
    registryDwords: request.registryDwords ?? first?.nvkm.registryDwords ?? '',
  }
}

/** The boards by slot. Equal neighbours count as one run. */
export function boardRuns(state: HostState): BoardWish[] {
  const runs: { board: Board; figures: GivenFigures | null; gpus: number }[] = []
  for (const gpu of state.gpus) {
    const { figures } = gpu
    const board = boardOf(gpu)
    const last = runs.at(-1)
    if (last?.board === board) last.gpus += 1
    else runs.push({ board, figures, gpus: 1 })
  }
  return runs.map(({ board: { name, gpusPerBoard }, figures, gpus }) => ({
    board: name,
    count: gpus / gpusPerBoard,
    ...(figures === null ? {} : { figures }),
  }))
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

/** A board under its name in the catalogue. @throws NvError as newHost */
function known({ at }: HostRequest) {
  return ({ board, count, figures }: BoardWish): BoardWish => {
    try {
      return { board: boardNamed(board, figures).name, count, ...(figures === undefined ? {} : { figures }) }
    } catch (error) {
      if (!(error instanceof NvError)) throw error
      const { errno, code, message } = error
      throw refusal(at, errno, code, message, 'nvgpu host boards')
    }
  }
}

function joined(runs: readonly BoardWish[]): BoardWish[] {
  const together: BoardWish[] = []
  for (const run of runs) {
    const last = together.at(-1)
    if (last !== undefined && modelOf(last) === modelOf(run))
      together[together.length - 1] = { ...last, count: last.count + run.count }
    else if (run.count > 0) together.push(run)
  }
  return together
}

function textOf(runs: readonly BoardWish[]): string {
  return runs.map((run) => `${modelOf(run)} ${run.count}`).join()
}

/** Board and figures as one text. */
function modelOf({ board, figures }: BoardWish): string {
  return `${board} ${Object.values(figures ?? {}).join('/')}`
}
