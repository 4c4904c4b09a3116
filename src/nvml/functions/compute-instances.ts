import type { AnyStruct } from '../../abi/layout.ts'
import {
  nvmlComputeInstanceInfo_t,
  nvmlComputeInstancePlacement_t,
  nvmlComputeInstanceProfileInfo_t,
  nvmlComputeInstanceProfileInfo_v2_t,
  nvmlComputeInstanceProfileInfo_v3_t,
} from '../../abi/nvml/mig.ts'
import type { SmiComputeProfile } from '../../engine/smi/view.ts'
import { destroyComputeInstance } from '../../engine/verbs/destroy-instances.ts'
import { createComputeInstances } from '../../engine/verbs/gpu-instances.ts'
import type { Call } from '../call.ts'
import type { Client } from '../client.ts'
import { NvmlError } from '../error.ts'
import { handleOf } from '../handles.ts'
import { computeOf, type InstanceAt, instanceHandle, instanceOf } from '../instances.ts'
import { change, type Rows, row } from '../row.ts'
import { longs } from './gpu-instances.ts'

/** NVML_COMPUTE_INSTANCE_PROFILE_COUNT, and the only engine profile. */
const PROFILES = 9
const SHARED_ENGINES = 0
/** NVML_GPU_INSTANCE_PROFILE_CAPS_GFX. */
const CAPS_GFX = 2

/** The profile at NVML's number in argument 1; its id is the same number. @throws NvmlError INVALID_ARGUMENT, NOT_SUPPORTED */
function byNumber(call: Call): InstanceAt & { readonly profile: SmiComputeProfile } {
  const at = instanceOf(call)
  if (call.number(1) >= PROFILES || call.number(2) !== SHARED_ENGINES) throw new NvmlError('INVALID_ARGUMENT')
  const profile = at.instance.computeProfiles.find(({ id }) => id === call.number(1))
  if (profile === undefined) throw new NvmlError('NOT_SUPPORTED')
  return { ...at, profile }
}

/** The profile whose id is argument 1. @throws NvmlError INVALID_ARGUMENT */
function byId(call: Call): InstanceAt & { readonly profile: SmiComputeProfile } {
  const at = instanceOf(call)
  const profile = at.instance.computeProfiles.find(({ id }) => id === call.number(1))
  if (profile === undefined) throw new NvmlError('INVALID_ARGUMENT')
  return { ...at, profile }
}

function figures({ instance, profile }: ReturnType<typeof byNumber>) {
  const { engines } = instance
  return {
    id: profile.id,
    sliceCount: profile.size,
    instanceCount: profile.total,
    multiprocessorCount: profile.multiprocessors,
    sharedCopyEngineCount: engines.copy,
    sharedDecoderCount: engines.decoders,
    sharedEncoderCount: engines.encoders,
    sharedJpegCount: engines.jpeg,
    sharedOfaCount: engines.ofa,
  }
}

function versioned(call: Call): void {
  const at = byNumber(call)
  const struct = call.versionOf<AnyStruct>(3, nvmlComputeInstanceProfileInfo_v2_t, nvmlComputeInstanceProfileInfo_v3_t)
  const info = { ...figures(at), name: `MIG ${at.profile.name}` }
  if (struct === nvmlComputeInstanceProfileInfo_v2_t) call.putVersioned(3, nvmlComputeInstanceProfileInfo_v2_t, info)
  else {
    const capabilities = at.profile.name.endsWith('+gfx') ? CAPS_GFX : 0
    call.putVersioned(3, nvmlComputeInstanceProfileInfo_v3_t, { ...info, capabilities })
  }
}

/** Creates an instance of the profile in argument 1, and puts its handle behind argument `out`. */
async function create(call: Call, { changes }: Client, out: number, start?: number): Promise<void> {
  const { gpu, instance, profile } = byId(call)
  if (call.word(out) === 0n) throw new NvmlError('INVALID_ARGUMENT')
  const before = instance.computeInstances.map(({ id }) => id)
  const wish = { profile: String(profile.id), ...(start === undefined ? {} : { start }) }
  const request = { gpu: gpu.bdf, gpuInstance: instance.id, instances: [wish] }
  const word = start === undefined ? profile.name : `${profile.name}:${start}`
  let made: number | undefined
  await changes.run(['mig', 'create', word, '--gpu-instance', String(instance.id), '--gpu', gpu.bdf], (state) => {
    const [after] = createComputeInstances(state, request).items
    made = after?.computeInstances.find(({ id }) => !before.includes(id))?.id
  })
  if (made !== undefined) call.putLong(out, instanceHandle('computeInstance', gpu.index, instance.id, made))
}

function info(call: Call): void {
  const { gpu, instance, compute } = computeOf(call)
  call.putStruct(1, nvmlComputeInstanceInfo_t, {
    device: handleOf('device', gpu.index),
    gpuInstance: instanceHandle('gpuInstance', gpu.index, instance.id),
    id: compute.id,
    profileId: compute.profile.id,
    placement: compute.placement,
  })
}

export const COMPUTE_INSTANCE_ROWS: Rows = {
  nvmlGpuInstanceGetComputeInstanceProfileInfo: row('smi mig -lcip', (call) =>
    call.putStruct(3, nvmlComputeInstanceProfileInfo_t, figures(byNumber(call))),
  ),
  nvmlGpuInstanceGetComputeInstanceProfileInfoV: row('smi mig -lcip', versioned),
  nvmlGpuInstanceGetComputeInstanceRemainingCapacity: row('smi mig -lcip', (call) =>
    call.putInt(2, byId(call).profile.free),
  ),
  nvmlGpuInstanceGetComputeInstancePossiblePlacements: row('smi mig -lcipp', (call) => {
    const { starts, size } = byId(call).profile
    call.putCounted(
      3,
      2,
      starts.map((start) => nvmlComputeInstancePlacement_t.encode({ start, size })),
    )
  }),
  nvmlGpuInstanceCreateComputeInstance: change('mig create --gpu-instance', (call, client) => create(call, client, 2)),
  nvmlGpuInstanceCreateComputeInstanceWithPlacement: change('mig create --gpu-instance', (call, client) => {
    const { size: bytes } = nvmlComputeInstancePlacement_t
    const { start, size } = nvmlComputeInstancePlacement_t.decode(call.memory(call.word(2), bytes))
    const { profile } = byId(call)
    if (size !== profile.size || !profile.starts.includes(start)) throw new NvmlError('INVALID_ARGUMENT')
    return create(call, client, 3, start)
  }),
  nvmlGpuInstanceGetComputeInstances: row('mig show', (call) => {
    const { gpu, instance, profile } = byId(call)
    const found = instance.computeInstances.filter((each) => each.profile.id === profile.id)
    call.putAll(
      3,
      2,
      found.map(({ id }) => longs(instanceHandle('computeInstance', gpu.index, instance.id, id))),
    )
  }),
  nvmlGpuInstanceGetComputeInstanceById: row('mig show', (call) => {
    const { gpu, instance } = instanceOf(call)
    const id = call.number(1)
    if (!instance.computeInstances.some((each) => each.id === id)) throw new NvmlError('NOT_FOUND')
    call.putLong(2, instanceHandle('computeInstance', gpu.index, instance.id, id))
  }),
  nvmlComputeInstanceGetInfo: row('mig show', info),
  nvmlComputeInstanceGetInfo_v2: row('mig show', info),
  nvmlComputeInstanceDestroy: change('mig destroy', async (call, { changes }) => {
    const { gpu, instance, compute } = computeOf(call)
    const request = { gpu: gpu.bdf, gpuInstance: instance.id, id: compute.id }
    await changes.run(['mig', 'destroy', `${gpu.bdf}/${instance.id}/${compute.id}`], (state) => {
      destroyComputeInstance(state, request)
    })
  }),
}
