import type { GpuRequest } from '../../engine/declare/desired.ts'
import { LIMITS, type Scheduler } from '../../engine/load/scheduler.ts'
import { given } from '../given.ts'
import { parseSelector } from '../values.ts'
import type { Cursor } from './cursor.ts'
import { gpuInstanceRequest } from './gpu-instance-request.ts'
import { vgpuRequests } from './vgpu-request.ts'

const POLICIES = ['best-effort', 'equal-share', 'fixed-share'] as const
/** NumVFs of the SR-IOV capability has 16 bits. */
const MOST_VFS = 65_535

/** A member of `gpus`. */
export function gpuRequest(cursor: Cursor): GpuRequest {
  const found = cursor.members([
    'gpu',
    'vfs',
    'autoprobe',
    'ecc',
    'eccAfterReset',
    'mig',
    'migAfterReset',
    'migTimeSlicing',
    'gpuInstances',
    'mode',
    'scheduler',
    'persist',
    'vgpus',
  ])
  if (found.gpu === undefined) throw cursor.refuse('gpu is missing: an index, an address, a UUID, or all')
  const { vfs, autoprobe, ecc, eccAfterReset, mig, migAfterReset, gpuInstances, mode, scheduler, persist, vgpus } =
    found
  return {
    at: cursor.at,
    which: whichOf(found.gpu),
    ...given({
      vfs: vfs?.count(0, MOST_VFS),
      autoprobe: autoprobe?.flag(),
      ecc: ecc?.flag(),
      eccAfterReset: eccAfterReset?.flag(),
      mig: mig?.flag(),
      migAfterReset: migAfterReset?.flag(),
      migTimeSlicing: found.migTimeSlicing?.flag(),
      mode: mode?.choice(['homogeneous', 'heterogeneous']),
    }),
    ...(gpuInstances === undefined
      ? {}
      : { gpuInstances: { instances: gpuInstances.items().map(gpuInstanceRequest) } }),
    ...(scheduler === undefined ? {} : { scheduler: schedulerOf(scheduler) }),
    ...given({ persist: persist?.flag(), vgpus: vgpus?.items().flatMap(vgpuRequests) }),
  }
}

function whichOf(cursor: Cursor): GpuRequest['which'] {
  const word = cursor.word()
  if (word === 'all') return { indices: null, deviceIds: null }
  return { selector: cursor.checked(() => parseSelector(word)) }
}

/** A policy alone, or with its parameters. As on the command line, ARR is on unless a time slice is given. */
function schedulerOf(cursor: Cursor): Scheduler {
  if (!cursor.isMap) return schedulerWith(cursor.choice(POLICIES), true, {})
  const { policy, arr, frequency, averaging, timeSlice } = cursor.members([
    'policy',
    'arr',
    'frequency',
    'averaging',
    'timeSlice',
  ])
  if (policy === undefined) throw cursor.refuse('policy is missing')
  const chosen = policy.choice(POLICIES)
  const adaptive = arr?.flag() ?? timeSlice === undefined
  const foreign =
    chosen === 'best-effort'
      ? (arr ?? frequency ?? averaging ?? timeSlice)
      : adaptive
        ? timeSlice
        : (frequency ?? averaging)
  if (foreign !== undefined) {
    const why =
      chosen === 'best-effort' ? 'best effort has no parameters' : adaptive ? 'ARR has no time slice' : 'that is of ARR'
    throw foreign.refuse(why)
  }
  const within = (value: Cursor | undefined, { least, most }: { least: number; most: number }) =>
    value?.count(least, most)
  return schedulerWith(chosen, adaptive, {
    frequencyHz: within(frequency, LIMITS.frequencyHz),
    averaging: within(averaging, LIMITS.averaging),
    timeSliceMs: within(timeSlice, LIMITS.timeSliceMs),
  })
}

function schedulerWith(
  policy: Scheduler['policy'],
  arr: boolean,
  given: { frequencyHz?: number | undefined; averaging?: number | undefined; timeSliceMs?: number | undefined },
): Scheduler {
  return {
    policy,
    arr: policy !== 'best-effort' && arr,
    frequencyHz: given.frequencyHz ?? null,
    averaging: given.averaging ?? LIMITS.averaging.usual,
    timeSliceMs: given.timeSliceMs ?? null,
  }
}
