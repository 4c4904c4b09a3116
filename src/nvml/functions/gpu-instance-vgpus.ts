import type { AnyStruct } from '../../abi/layout.ts'
import { nvmlActiveVgpuInstanceInfo_v1_t, nvmlVgpuTypeIdInfo_v1_t } from '../../abi/nvml/vgpu.ts'
import { creatableOn } from '../../engine/smi/creatable-on.ts'
import type { Call } from '../call.ts'
import { instanceOf } from '../instances.ts'
import { coded, type Rows, row } from '../row.ts'

/** Functions about several vGPUs on one GPU instance, which no simulated chip has. */
const SHARED =
  'GetVgpuTypeCreatablePlacements GetVgpuHeterogeneousMode SetVgpuHeterogeneousMode GetVgpuSchedulerState GetVgpuSchedulerState_v2 SetVgpuSchedulerState SetVgpuSchedulerState_v2 GetVgpuSchedulerLog GetVgpuSchedulerLog_v2'

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

export const GPU_INSTANCE_VGPU_ROWS: Rows = {
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
    const types = call.facts.typesOf(gpu.index).filter((type) => creatableOn(type, instance))
    putIds(
      call,
      nvmlVgpuTypeIdInfo_v1_t,
      types.map(({ id }) => id),
    )
  }),
  ...Object.fromEntries(
    SHARED.split(' ').map((name) => [
      `nvmlGpuInstance${name}`,
      coded('none: one vGPU has a GPU instance', (call) => {
        instanceOf(call)
        return 'NOT_SUPPORTED'
      }),
    ]),
  ),
}
