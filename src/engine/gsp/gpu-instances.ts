import { MiB } from '../../abi/align.ts'
import {
  NV2080_CTRL_CMD_GPU_GET_PARTITIONS as GET,
  NV2080_CTRL_GPU_PARTITION_FLAG_PLACE_AT_SPAN as PLACE_AT_SPAN,
  NV2080_CTRL_GPU_SET_PARTITIONING_MODE_REPARTITIONING as REPARTITIONING,
  NV2080_CTRL_CMD_GPU_SET_PARTITIONS as SET,
  NV2080_CTRL_CMD_GPU_SET_PARTITIONING_MODE as SET_MODE,
} from '../../abi/ctrl2080-partitions.ts'
import { AMPERE_SMC_PARTITION_REF } from '../../abi/rm-objects.ts'
import {
  NV_ERR_INSUFFICIENT_RESOURCES,
  NV_ERR_INVALID_ARGUMENT,
  NV_ERR_NOT_SUPPORTED,
  NV_ERR_OBJECT_NOT_FOUND,
  NV_ERR_RESET_REQUIRED,
  NV_ERR_STATE_IN_USE,
  NV_OK,
} from '../../errors/nv-status.ts'
import { gridOf } from '../mig/grid-of.ts'
import { chooseStart, freeStarts } from '../mig/placement.ts'
import { type MigTable, profileById } from '../mig/table.ts'
import type { GpuInstanceState, GspState } from '../state.ts'
import type { ControlContext } from './control-context.ts'

interface Answer {
  status: number
  params?: Uint8Array
}

const refuse = (status: number): Answer => ({ status })

/** Switches MIG on or off where that needs no GPU reset. Instances and plugin tasks are in the way. */
export function setPartitioningMode({ state, board }: ControlContext, params: Uint8Array): Answer {
  const on = SET_MODE.params.get(params, 'partitioningMode') !== REPARTITIONING.LEGACY
  if (board.mig === null) return refuse(NV_ERR_NOT_SUPPORTED)
  if (on === state.mig.enabled) return refuse(NV_OK)
  if (board.mig.modeInRom) return refuse(NV_ERR_RESET_REQUIRED)
  if (state.mig.instances.length > 0 || Object.keys(state.plugins).length > 0) return refuse(NV_ERR_STATE_IN_USE)
  state.mig.enabled = on
  return refuse(NV_OK)
}

/** Creates and frees GPU instances: the listed ones in order, all or none. The answer has id and place of each. */
export function setPartitions({ state, board, caller }: ControlContext, params: Uint8Array): Answer {
  const { partitionCount, partitionInfo } = SET.params.decode(params)
  if (board.mig === null || !state.mig.enabled) return refuse(NV_ERR_NOT_SUPPORTED)
  if (partitionCount < 1 || partitionCount > partitionInfo.length) return refuse(NV_ERR_INVALID_ARGUMENT)
  const before = state.mig.instances
  const answers: typeof partitionInfo = []
  for (const info of partitionInfo.slice(0, partitionCount)) {
    const done = info.bValid ? create(state, board.mig, info) : free(state, caller, info.swizzId)
    if (typeof done === 'number') {
      state.mig.instances = before
      return refuse(done)
    }
    const { swizzId, start, size } = done
    answers.push({ ...info, swizzId, placement: { lo: start, hi: start + size - 1 } })
  }
  return { status: NV_OK, params: SET.params.encode({ partitionCount, partitionInfo: answers }) }
}

type Wish = ReturnType<typeof SET.params.decode>['partitionInfo'][number]

/** @returns the instance, or an NV_STATUS */
function create(state: GspState, table: MigTable, { partitionFlag, placement }: Wish): GpuInstanceState | number {
  const placed = partitionFlag >= PLACE_AT_SPAN
  const id = placed ? partitionFlag - PLACE_AT_SPAN : partitionFlag
  const profile = table.profiles.find((known) => known.id === id)
  if (profile === undefined) return NV_ERR_INVALID_ARGUMENT
  const { instances } = state.mig
  // the first instance needs an idle GPU
  if (instances.length === 0 && Object.keys(state.plugins).length > 0) return NV_ERR_STATE_IN_USE
  const grid = gridOf(table, instances)
  if (placed && !profile.starts.includes(placement.lo)) return NV_ERR_INVALID_ARGUMENT
  if (placed && !freeStarts(grid, profile).includes(placement.lo)) return NV_ERR_INSUFFICIENT_RESOURCES
  const start = placed ? placement.lo : chooseStart(grid, profile)
  if (start === null) return NV_ERR_INSUFFICIENT_RESOURCES
  const swizzId = profile.ids[start] ?? 0
  const instance = { swizzId, profileId: id, start, size: profile.size, heterogeneous: false, computeInstances: [] }
  state.mig.instances = [...instances, instance].sort((a, b) => a.swizzId - b.swizzId)
  return instance
}

/** @returns the instance, or an NV_STATUS: a compute instance, another client's reference or a plugin task holds it */
function free(state: GspState, caller: number, swizzId: number): GpuInstanceState | number {
  const instance = instanceOf(state, swizzId)
  if (instance === undefined) return NV_ERR_OBJECT_NOT_FOUND
  const referred = Object.entries(state.clients).some(
    ([client, objects]) =>
      Number(client) !== caller &&
      Object.values(objects).some((object) => object.class === AMPERE_SMC_PARTITION_REF && object.swizzId === swizzId),
  )
  const runs = Object.values(state.plugins).some((plugin) => plugin.swizzId === swizzId)
  if (instance.computeInstances.length > 0 || referred || runs) return NV_ERR_STATE_IN_USE
  state.mig.instances = state.mig.instances.filter((other) => other !== instance)
  return instance
}

/** The answer to GET_PARTITIONS: every instance with its place and engines. */
export function getPartitions({ state, board: { mig } }: Pick<ControlContext, 'state' | 'board'>): Answer {
  if (mig === null || !state.mig.enabled) return refuse(NV_ERR_NOT_SUPPORTED)
  const queryPartitionInfo = state.mig.instances.map(({ swizzId, profileId, start, size, computeInstances }) => {
    const profile = profileById(mig, profileId)
    return {
      swizzId,
      partitionFlag: profileId,
      grEngCount: computeInstances.length,
      smCount: profile.multiprocessors ?? 0,
      ceCount: profile.copyEngines ?? 0,
      nvEncCount: profile.encoders,
      nvDecCount: profile.decoders ?? 0,
      nvJpgCount: profile.jpeg ?? 0,
      nvOfaCount: profile.ofa ?? 0,
      memSize: (profile.memoryMiB ?? 0) * MiB,
      span: { lo: start, hi: start + size - 1 },
      bValid: true,
    }
  })
  const validPartitionCount = queryPartitionInfo.length
  const params = GET.params.encode({ queryPartitionInfo, validPartitionCount, bGetAllPartitionInfo: true })
  return { status: NV_OK, params }
}

/** The GPU instance of an id. */
export function instanceOf({ mig }: Pick<GspState, 'mig'>, swizzId: number): GpuInstanceState | undefined {
  return mig.instances.find((instance) => instance.swizzId === swizzId)
}
