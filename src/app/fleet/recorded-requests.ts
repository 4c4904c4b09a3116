import { statSync } from 'node:fs'
import { boardTypeViews } from '../../engine/boards/types.ts'
import type { HostState } from '../../engine/state.ts'
import { NvError } from '../../errors/nv-error.ts'
import { shellQuote } from '../../errors/shell-quote.ts'
import { shortTypeName } from '../../errors/type-name.ts'
import type { ReplayedChange } from '../../store/history.ts'
import type { Path } from '../../store/json/diff.ts'
import { fileError } from '../file-error.ts'
import { Side } from '../migration/side.ts'

/** A vGPU of the history. */
interface Recorded {
  readonly type: string
  readonly arrival: string
  departure: string
}

/** Whether a path names a directory, and so a host whose history is meant. */
export function isHistory(path: string): boolean {
  try {
    return path !== '-' && statSync(path, { throwIfNoEntry: false })?.isDirectory() === true
  } catch (error) {
    throw fileError(error, path, 'read')
  }
}

/**
 * The vGPUs of a host's history as a trace with types and times. A vGPU that was there before the first kept change arrives with it; one
 * that is still there never leaves; a migration within the host is neither.
 * @param dir a state directory
 * @throws NvError not-found for a history without vGPUs; corrupt, newer-schema and the like
 */
export function recordedRequests(dir: string): Uint8Array {
  const found: Recorded[] = []
  const there = new Map<string, Recorded>()
  let isFirst = true
  new Side(dir, noChange).replay(({ change, tree }: ReplayedChange) => {
    const matters = isFirst || change.patch.some(([path]) => concernsVgpus(path))
    isFirst = false
    if (matters) note(vgpusOf(tree() as unknown as HostState), change.time, there, found)
  })
  if (found.length === 0) throw noVgpus(dir)
  const rows = found.map(({ type, arrival, departure }) => `${type},${arrival},${departure}\n`)
  return new TextEncoder().encode(`type,arrival,departure\n${rows.join('')}`)
}

/** `gpus.N.mgr.vgpus.…`, or something that contains it. */
function concernsVgpus(path: Path): boolean {
  const [gpus = 'gpus', , manager = 'mgr', vgpus = 'vgpus'] = path
  return gpus === 'gpus' && manager === 'mgr' && vgpus === 'vgpus'
}

/** The vGPUs that run, with their types, by UUID and type. */
function vgpusOf({ gpus }: HostState): Map<string, string> {
  const found = new Map<string, string>()
  for (const { board, mgr } of gpus)
    for (const vgpu of Object.values(mgr?.vgpus ?? {})) {
      if (vgpu === undefined || vgpu === null || !vgpu.status) continue
      const view = boardTypeViews(board).find(({ id }) => id === vgpu.vgpuType)
      const type = view === undefined ? String(vgpu.vgpuType) : shortTypeName(view.name)
      found.set(`${vgpu.uuid} ${type}`, type)
    }
  return found
}

function note(now: ReadonlyMap<string, string>, time: string, there: Map<string, Recorded>, found: Recorded[]): void {
  for (const [key, recorded] of there) {
    if (now.has(key)) continue
    recorded.departure = time
    there.delete(key)
  }
  for (const [key, type] of now) {
    if (there.has(key)) continue
    const recorded = { type, arrival: time, departure: '' }
    there.set(key, recorded)
    found.push(recorded)
  }
}

function noVgpus(dir: string): NvError {
  return new NvError({
    errno: 'ENOENT',
    code: 'not-found',
    at: 'fleet simulate',
    message: `the history of ${dir} has no vGPU`,
    hint: `nvgpu --state-dir ${shellQuote(dir)} history list`,
    object: dir,
  })
}

function noChange(): never {
  throw new Error('a recorded host is never changed')
}
