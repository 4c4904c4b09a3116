import {
  NVC637_CTRL_CMD_EXEC_PARTITIONS_CREATE as CREATE,
  NVC637_CTRL_CMD_EXEC_PARTITIONS_DELETE as DELETE,
  NVC637_CTRL_CMD_EXEC_PARTITIONS_GET as GET,
  NVC637_CTRL_MAX_EXEC_PARTITIONS,
  NVC637_CTRL_DMA_EXEC_PARTITIONS_CREATE_REQUEST as REQUEST,
} from '../../abi/ctrlc637.ts'
import {
  NV_ERR_INSUFFICIENT_RESOURCES,
  NV_ERR_INVALID_ARGUMENT,
  NV_ERR_NOT_SUPPORTED,
  NV_ERR_OBJECT_NOT_FOUND,
  NV_OK,
} from '../../errors/nv-status.ts'
import { freeComputeStarts } from '../mig/compute.ts'
import { type InstanceProfile, profileById } from '../mig/table.ts'
import type { ComputeInstanceState, GpuInstanceState } from '../state.ts'
import type { ControlContext } from './control-context.ts'
import { instanceOf } from './gpu-instances.ts'

interface Answer {
  status: number
  params?: Uint8Array
}

/** The GPU instance that the reference under a control names, with its profile. */
interface Referred {
  readonly instance: GpuInstanceState
  readonly profile: InstanceProfile
}

type Run = (at: Referred, params: Uint8Array) => Answer

/** A control on a reference to a GPU instance. */
function onInstance(run: Run): (gsp: ControlContext, params: Uint8Array) => Answer {
  return ({ state, board, object }, params) => {
    const instance = instanceOf(state, object.swizzId ?? -1)
    if (instance === undefined || board.mig === null) return { status: NV_ERR_OBJECT_NOT_FOUND }
    return run({ instance, profile: profileById(board.mig, instance.profileId) }, params)
  }
}

/** Creates the listed compute instances in order, all or none. The answer has their ids and places. */
export const execPartitionsCreate = onInstance(({ instance, profile }, params) => {
  const { bQuery, flags, execPartCount, execPartInfo, execPartId } = CREATE.params.decode(params)
  if (bQuery) return { status: NV_ERR_NOT_SUPPORTED }
  if (execPartCount < 1 || execPartCount > execPartInfo.length) return { status: NV_ERR_INVALID_ARGUMENT }
  let placed = instance.computeInstances
  const made: ComputeInstanceState[] = []
  for (const [nth, { computeSize, spanStart }] of execPartInfo.slice(0, execPartCount).entries()) {
    const start = flags & REQUEST.AT_SPAN ? spanStart : null
    const id = flags & REQUEST.WITH_PART_ID ? (execPartId[nth] ?? 0) : lowestFree(placed)
    const one = place(profile, placed, computeSize, { start, id })
    if (typeof one === 'number') return { status: one }
    made.push(one)
    placed = [...placed, one].sort((a, b) => a.id - b.id)
  }
  instance.computeInstances = placed
  return {
    status: NV_OK,
    params: CREATE.params.encode({
      flags,
      execPartCount,
      execPartInfo: made.map(({ profileId, start }) => ({ computeSize: profileId, spanStart: start })),
      execPartId: made.map(({ id }) => id),
    }),
  }
})

function lowestFree(placed: readonly ComputeInstanceState[]): number {
  const taken = new Set(placed.map(({ id }) => id))
  let id = 0
  while (taken.has(id)) id += 1
  return id
}

/** @returns the compute instance, or an NV_STATUS */
function place(
  { compute }: InstanceProfile,
  placed: readonly ComputeInstanceState[],
  profileId: number,
  { start: wanted, id }: { start: number | null; id: number },
): ComputeInstanceState | number {
  const profile = compute.find(({ id }) => id === profileId)
  if (profile === undefined) return NV_ERR_INVALID_ARGUMENT
  if (wanted !== null && !profile.starts.includes(wanted)) return NV_ERR_INVALID_ARGUMENT
  const free = freeComputeStarts(placed, profile)
  const start = wanted === null ? free[0] : free.find((one) => one === wanted)
  const taken = id >= NVC637_CTRL_MAX_EXEC_PARTITIONS || placed.some((other) => other.id === id)
  if (start === undefined || taken) return NV_ERR_INSUFFICIENT_RESOURCES
  return { id, profileId, start, size: profile.size }
}

/** Frees the listed compute instances, all or none. */
export const execPartitionsDelete = onInstance(({ instance }, params) => {
  const { execPartCount, execPartId } = DELETE.params.decode(params)
  if (execPartCount < 1 || execPartCount > execPartId.length) return { status: NV_ERR_INVALID_ARGUMENT }
  const ids = execPartId.slice(0, execPartCount)
  if (!ids.every((id) => instance.computeInstances.some((one) => one.id === id)))
    return { status: NV_ERR_OBJECT_NOT_FOUND }
  instance.computeInstances = instance.computeInstances.filter(({ id }) => !ids.includes(id))
  return { status: NV_OK }
})

/** Lists the compute instances. */
export const execPartitionsGet = onInstance(({ instance: { computeInstances } }) => ({
  status: NV_OK,
  params: GET.params.encode({
    execPartCount: computeInstances.length,
    execPartId: computeInstances.map(({ id }) => id),
    execPartInfo: computeInstances.map(({ profileId, start }) => ({ computeSize: profileId, spanStart: start })),
  }),
}))
