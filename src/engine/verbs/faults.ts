import type { Change } from '../../contract/views/change.ts'
import type { FaultView } from '../../contract/views/host.ts'
import { isErrnoName } from '../../errors/errno.ts'
import { nearest } from '../../errors/nearest.ts'
import { NvError } from '../../errors/nv-error.ts'
import { statusByName } from '../../errors/nv-status.ts'
import { faultPoints } from '../fault-points.ts'
import type { HostState } from '../state.ts'

export interface FaultRequest {
  point: string
  effect?: string
  /** Visits before the first strike. */
  after?: number
  /** Number of strikes; 0 for no limit. */
  times?: number
  /** `after` is chosen from the seed, between 0 and `window` - 1. */
  seed?: number
  window?: number
}

const EFFECT = /^[A-Za-z0-9_-]{1,64}$/

/** Arms a fault. @throws NvError EINVAL for a point or effect that does not exist */
export function addFault(host: HostState, request: FaultRequest): Change<FaultView> {
  const points = faultPoints()
  const known = points.find((point) => point.point === request.point)
  if (!known) {
    const near = nearest(
      request.point,
      points.map((point) => point.point),
    )
    throw new NvError({
      errno: 'EINVAL',
      code: 'not-found',
      at: 'fault add',
      message: `there is no fault point "${request.point}"${near.length > 0 ? `; nearest: ${near.join(', ')}` : ''}`,
      hint: 'nvgpu fault points',
    })
  }
  const effect = request.effect ?? known.effect
  if (
    !EFFECT.test(effect) ||
    !(
      isErrnoName(effect) ||
      statusByName(effect) !== undefined ||
      known.effects.includes(effect) ||
      /^[0-9]+$/.test(effect)
    )
  ) {
    throw new NvError({
      errno: 'EINVAL',
      code: 'invalid-argument',
      at: 'fault add',
      message: `"${effect.slice(0, 32)}" is no effect of ${known.point}: an errno, an NV_STATUS name, a number${known.effects.length > 0 ? `, or ${known.effects.join(', ')}` : ''}`,
      hint: 'nvgpu fault points',
    })
  }
  const fault = {
    id: host.faults.reduce((most, { id }) => Math.max(most, id), 0) + 1,
    point: known.point,
    effect,
    after: request.after ?? (request.seed === undefined ? 0 : drawn(request.seed, request.window ?? 8)),
    times: request.times ?? 1,
    hits: 0,
    struck: 0,
  }
  host.faults.push(fault)
  return { changed: true, items: [{ ...fault }], warnings: [] }
}

/** Disarms the faults with these ids, or all. @throws NvError ENOENT for an id that is not there */
export function clearFaults(host: HostState, ids: readonly number[]): Change<FaultView> {
  for (const id of ids) {
    if (!host.faults.some((fault) => fault.id === id)) {
      throw new NvError({
        errno: 'ENOENT',
        code: 'not-found',
        at: 'fault clear',
        message: `there is no fault ${id}`,
        hint: 'nvgpu fault list',
      })
    }
  }
  const gone = ids.length === 0 ? host.faults : host.faults.filter((fault) => ids.includes(fault.id))
  host.faults = host.faults.filter((fault) => !gone.includes(fault))
  return { changed: gone.length > 0, items: gone.map((fault) => ({ ...fault })), warnings: [] }
}

/** A number below `window` from a seed (one round of a 32-bit mixer). */
function drawn(seed: number, window: number): number {
  let x = (seed ^ 0x9e3779b9) >>> 0
  x = Math.imul(x ^ (x >>> 16), 0x85ebca6b) >>> 0
  x = Math.imul(x ^ (x >>> 13), 0xc2b2ae35) >>> 0
  return ((x ^ (x >>> 16)) >>> 0) % Math.max(1, window)
}
