import type { AnyStruct } from '../../abi/layout.ts'
import {
  nvmlActiveVgpuInstanceInfo_v1_t,
  nvmlVgpuCreatablePlacementInfo_v1_t,
  nvmlVgpuHeterogeneousMode_v1_t,
  nvmlVgpuTypeIdInfo_v1_t,
} from '../../abi/nvml/vgpu.ts'
import { isCreatableOn } from '../../engine/smi/creatable-on.ts'
import { setInstanceMode } from '../../engine/verbs/instance-sharing.ts'
import type { Call } from '../call.ts'
import type { Client } from '../client.ts'
import { NvmlError } from '../error.ts'
import { type InstanceAt, instanceOf } from '../instances.ts'
import { change, coded, type Rows, row } from '../row.ts'

/** The scheduler of one GPU instance, which is not modelled. */
const SCHEDULER =
  'GetVgpuSchedulerState GetVgpuSchedulerState_v2 SetVgpuSchedulerState SetVgpuSchedulerState_v2 GetVgpuSchedulerLog GetVgpuSchedulerLog_v2'

/** A list of ids: version, count and array, in the same places in both structures. */
function putIds(call: Call, struct: AnyStruct, ids: readonly number[]): void {
  call.versionOf(1, struct)
  const address = call.word(1)
  const given = nvmlVgpuTypeIdInfo_v1_t.decode(call.memory(address, nvmlVgpuTypeIdInfo_v1_t.size))
  call.putArray(address + 4n, given.vgpuCount, given.vgpuTypeIds, ids.map(word))
}

function word(value: number): Uint8Array {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32LE(value)
  return bytes
}

/** The GPU instance of the handle, on a chip where vGPUs take turns on it. @throws NvmlError INVALID_ARGUMENT, NOT_SUPPORTED */
function sharedInstanceOf(call: Call): InstanceAt {
  const at = instanceOf(call)
  if (at.gpu.capabilities.migTimeSlicing === null) throw new NvmlError('NOT_SUPPORTED')
  return at
}

/** Placement ids of a type that are free in the instance: version, type, count and array, and the size. */
function creatablePlacements(call: Call): void {
  const { gpu, instance } = sharedInstanceOf(call)
  const struct = call.versionOf(1, nvmlVgpuCreatablePlacementInfo_v1_t)
  const { vgpuTypeId, count, placementIds } = struct.decode(call.memory(call.word(1), struct.size))
  const type = call.facts.typesOf(gpu.index).find(({ id }) => id === vgpuTypeId)
  if (type === undefined) throw new NvmlError('INVALID_ARGUMENT')
  if (type.placement === null) throw new NvmlError('NOT_SUPPORTED')
  call.put(1, word(type.placement.size), nvmlVgpuCreatablePlacementInfo_v1_t.fields.placementSize.offset)
  const free = type.creatableOn.find(({ id }) => id === instance.id)?.placementIds ?? []
  const offset = nvmlVgpuCreatablePlacementInfo_v1_t.fields.count.offset
  call.putArray(call.word(1) + BigInt(offset), count, placementIds, free.map(word))
}

async function setMode(call: Call, { changes }: Client): Promise<void> {
  const { gpu, instance } = sharedInstanceOf(call)
  call.versionOf(1, nvmlVgpuHeterogeneousMode_v1_t)
  const { mode } = nvmlVgpuHeterogeneousMode_v1_t.decode(call.memory(call.word(1), nvmlVgpuHeterogeneousMode_v1_t.size))
  if (mode > 1) throw new NvmlError('INVALID_ARGUMENT')
  const wanted = mode === 1 ? 'heterogeneous' : 'homogeneous'
  const command = ['gpu', 'mode', wanted, '--gpu', gpu.bdf, '--gpu-instance', String(instance.id)]
  await changes.run(command, (state) =>
    setInstanceMode(state, { gpu: gpu.bdf, gpuInstance: instance.id, mode: wanted }),
  )
}

export const GPU_INSTANCE_VGPU_ROWS: Rows = {
  nvmlGpuInstanceGetVgpuHeterogeneousMode: row('smi vgpu -ghm', (call) => {
    const { instance } = sharedInstanceOf(call)
    const mode = instance.vgpuMode === 'heterogeneous' ? 1 : 0
    call.putVersioned(1, call.versionOf(1, nvmlVgpuHeterogeneousMode_v1_t), { mode })
  }),
  nvmlGpuInstanceSetVgpuHeterogeneousMode: change('gpu mode --gpu-instance', setMode),
  nvmlGpuInstanceGetVgpuTypeCreatablePlacements: row('smi vgpu -c -v -gi', creatablePlacements),
  nvmlGpuInstanceGetActiveVgpus: row('query vgpu_id', (call) => {
    const { gpu, instance } = instanceOf(call)
    const own = gpu.vgpus.filter(({ gpuInstanceId }) => gpuInstanceId === instance.id)
    putIds(
      call,
      nvmlActiveVgpuInstanceInfo_v1_t,
      own.map(({ vgpuId }) => vgpuId),
    )
  }),
  nvmlGpuInstanceGetCreatableVgpus: row('smi vgpu -c -gi', (call) => {
    const { gpu, instance } = instanceOf(call)
    const types = call.facts.typesOf(gpu.index).filter((type) => isCreatableOn(type, instance))
    putIds(
      call,
      nvmlVgpuTypeIdInfo_v1_t,
      types.map(({ id }) => id),
    )
  }),
  ...Object.fromEntries(
    SCHEDULER.split(' ').map((name) => [
      `nvmlGpuInstance${name}`,
      coded('none: a GPU has one scheduler', (call) => {
        instanceOf(call)
        return 'NOT_SUPPORTED'
      }),
    ]),
  ),
}
