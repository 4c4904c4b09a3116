import type { GpuInstanceRequest } from '../../engine/declare/desired.ts'
import { given } from '../given.ts'
import type { Cursor } from './cursor.ts'

/** More than any GPU has. */
const MOST_INSTANCES = 64
const MOST_SLOTS = 64

/** A member of `gpuInstances`: a profile, or a map. */
export function gpuInstanceRequest(cursor: Cursor): GpuInstanceRequest {
  const { at } = cursor
  if (!cursor.isMap) return { at, profile: cursor.word(), count: 1 }
  const found = cursor.members(['profile', 'start', 'computeInstances', 'mode', 'count'])
  const { profile, start, computeInstances, mode, count } = found
  if (profile === undefined) throw cursor.refuse('profile is missing')
  const alike = count?.count(0, MOST_INSTANCES) ?? 1
  if (alike !== 1 && start !== undefined) throw start.refuse(`${alike} GPU instances cannot share it`)
  return {
    at,
    profile: profile.word(),
    ...given({
      start: start?.count(0, MOST_SLOTS),
      computeInstances: computeInstances?.items().map(computeInstance),
      mode: mode?.choice(['homogeneous', 'heterogeneous']),
    }),
    count: alike,
  }
}

function computeInstance(cursor: Cursor): { profile: string; start?: number } {
  if (!cursor.isMap) return { profile: cursor.word() }
  const { profile, start } = cursor.members(['profile', 'start'])
  if (profile === undefined) throw cursor.refuse('profile is missing')
  return { profile: profile.word(), ...given({ start: start?.count(0, MOST_SLOTS) }) }
}
