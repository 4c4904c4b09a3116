import { findBoard } from '../../catalog/boards.ts'
import type { InitOptions } from '../new-host.ts'
import { configured } from '../select.ts'
import type { HostState } from '../state.ts'
import type { Desired, HostWish } from './desired.ts'
import { refusal } from './refusal.ts'

export interface BoardRun {
  readonly board: string
  readonly count: number
}

/**
 * How to make the host anew, where profile, boards or module options are to be others than they are; null where they are not.
 * @throws NvError conflict (vGPUs would be lost that nobody spoke of), unsupported (boards of several models), not-found
 */
export function initOptions({ host: wish, vgpus, definitions }: Desired, state: HostState): InitOptions | null {
  if (wish === null || !differs(wish, state)) return null
  const lost = configured(state).length
  if (vgpus === null && lost > 0) {
    const what = lost === 1 ? 'a vGPU' : `${lost} vGPUs`
    throw refusal(
      wish.at,
      'EBUSY',
      'conflict',
      `the host has to be made anew, which drops ${what} that the document does not speak of`,
      'nvgpu export tells them; a list "vgpus: []" gives them up',
    )
  }
  const defined = Object.keys(state.definitions).length
  if (definitions === null && defined > 0) {
    const what = `the host has to be made anew, which drops definitions (${defined}) that the document does not speak of`
    throw refusal(wish.at, 'EBUSY', 'conflict', what, 'nvgpu export tells them; "definitions: []" gives them up')
  }
  const [run, ...others] = wish.boards?.map(known(wish)) ?? boardRuns(state)
  const [first] = state.gpus
  if (run === undefined || others.length > 0)
    throw refusal(wish.at, 'EINVAL', 'unsupported', 'a host is made of boards of one model', 'nvgpu host init --help')
  return {
    board: run.board,
    gpus: run.count,
    profile: wish.profile ?? state.profile,
    vgpu: wish.vgpuSupport ?? first?.nvkm.supportVgpuMgr ?? true,
    registryDwords: wish.registryDwords ?? first?.nvkm.registryDwords ?? '',
  }
}

/** The boards in the slots, those alike side by side as one. */
export function boardRuns(state: HostState): BoardRun[] {
  const runs: { board: string; gpus: number }[] = []
  for (const { board } of state.gpus) {
    const last = runs.at(-1)
    if (last?.board === board) last.gpus += 1
    else runs.push({ board, gpus: 1 })
  }
  return runs.map(({ board, gpus }) => ({ board, count: gpus / (findBoard(board)?.gpusPerBoard ?? 1) }))
}

function differs(wish: HostWish, state: HostState): boolean {
  const { profile, boards, vgpuSupport, registryDwords } = wish
  return (
    (profile !== undefined && profile !== state.profile) ||
    (boards !== undefined && textOf(joined(boards.map(known(wish)))) !== textOf(boardRuns(state))) ||
    state.gpus.some(
      ({ nvkm }) =>
        (vgpuSupport !== undefined && vgpuSupport !== nvkm.supportVgpuMgr) ||
        (registryDwords !== undefined && registryDwords !== nvkm.registryDwords),
    )
  )
}

/** A board by the name the catalogue has for it. */
function known({ at }: HostWish) {
  return ({ board, count }: BoardRun): BoardRun => {
    const found = findBoard(board)
    if (found) return { board: found.name, count }
    throw refusal(at, 'ENODEV', 'not-found', `there is no board "${board}"`, 'nvgpu host init --help')
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
