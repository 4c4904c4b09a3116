import { nvmlGpuInstanceInfo_t, nvmlGpuInstancePlacement_t } from '../../abi/nvml/mig.ts'
import { destroyGpuInstances } from '../../engine/verbs/destroy-instances.ts'
import { createGpuInstances } from '../../engine/verbs/gpu-instances.ts'
import type { Call } from '../call.ts'
import type { Client } from '../client.ts'
import { NvmlError } from '../error.ts'
import { handleOf } from '../handles.ts'
import { instanceHandle, instanceOf, migEnabled } from '../instances.ts'
import { change, type Rows, row } from '../row.ts'
import { profileById } from './gpu-instance-profiles.ts'

/** Creates an instance of the profile in argument 1, and puts its handle behind argument `out`. */
async function create(call: Call, { changes }: Client, out: number, start?: number): Promise<void> {
  const { gpu } = migEnabled(call)
  const { id, name } = profileById(call)
  if (call.word(out) === 0n) throw new NvmlError('INVALID_ARGUMENT')
  const wish = { profile: String(id), ...(start === undefined ? {} : { start }) }
  const words = start === undefined ? [name] : [name, '--placement', String(start)]
  let made: number | undefined
  await changes.run(['mig', 'create', ...words, '--gpu', gpu.bdf], (state) => {
    made = createGpuInstances(state, { gpu: gpu.bdf, instances: [wish], compute: false }).items[0]?.id
  })
  if (made !== undefined) call.putLong(out, instanceHandle('gpuInstance', gpu.index, made))
}

export const GPU_INSTANCE_ROWS: Rows = {
  nvmlDeviceCreateGpuInstance: change('mig create', (call, client) => create(call, client, 2)),
  nvmlDeviceCreateGpuInstanceWithPlacement: change('mig create --placement', (call, client) => {
    const { start, size } = nvmlGpuInstancePlacement_t.decode(
      call.memory(call.word(2), nvmlGpuInstancePlacement_t.size),
    )
    const profile = profileById(call)
    if (size !== profile.size || !profile.starts.includes(start)) throw new NvmlError('INVALID_ARGUMENT')
    return create(call, client, 3, start)
  }),
  nvmlDeviceGetGpuInstances: row('mig list', (call) => {
    const { gpu, mig } = migEnabled(call)
    const { id } = profileById(call)
    const found = mig.instances.filter(({ profile }) => profile.id === id)
    call.putAll(
      3,
      2,
      found.map((instance) => longs(instanceHandle('gpuInstance', gpu.index, instance.id))),
    )
  }),
  nvmlDeviceGetGpuInstanceById: row('mig list', (call) => {
    const { gpu, mig } = migEnabled(call)
    const id = call.number(1)
    if (!mig.instances.some((instance) => instance.id === id)) throw new NvmlError('NOT_FOUND')
    call.putLong(2, instanceHandle('gpuInstance', gpu.index, id))
  }),
  nvmlGpuInstanceGetInfo: row('mig show', (call) => {
    const { gpu, instance } = instanceOf(call)
    call.putStruct(1, nvmlGpuInstanceInfo_t, {
      device: handleOf('device', gpu.index),
      id: instance.id,
      profileId: instance.profile.id,
      placement: instance.placement,
    })
  }),
  nvmlGpuInstanceDestroy: change('mig destroy', async (call, { changes }) => {
    const { gpu, instance } = instanceOf(call)
    const request = { gpu: gpu.bdf, ids: [instance.id], withCompute: false }
    await changes.run(['mig', 'destroy', `${gpu.bdf}/${instance.id}`], (state) => {
      destroyGpuInstances(state, request)
    })
  }),
}

export function longs(value: bigint): Uint8Array {
  const bytes = Buffer.alloc(8)
  bytes.writeBigUInt64LE(value)
  return bytes
}
