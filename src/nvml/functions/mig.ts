import { nvmlDeviceAttributes_t } from '../../abi/nvml/mig.ts'
import { setMigMode } from '../../engine/verbs/mig-mode.ts'
import type { Call } from '../call.ts'
import { NvmlError, numberOf } from '../error.ts'
import { handleOf } from '../handles.ts'
import { instanceHandle, migCapable, migDeviceOf } from '../instances.ts'
import { change, type Rows, row } from '../row.ts'
import { slices } from './gpu-instance-profiles.ts'

/** The MIG device of argument 0. @throws NvmlError NOT_SUPPORTED for a GPU */
function device(call: Call) {
  const found = migDeviceOf(call)
  if (found !== null) return found
  call.gpu()
  throw new NvmlError('NOT_SUPPORTED')
}

function attributes(call: Call): void {
  const { instance, compute } = device(call)
  const { engines } = instance
  call.putStruct(1, nvmlDeviceAttributes_t, {
    multiprocessorCount: compute.multiprocessors ?? 0,
    sharedCopyEngineCount: engines.copy,
    sharedDecoderCount: engines.decoders,
    sharedEncoderCount: engines.encoders,
    sharedJpegCount: engines.jpeg,
    sharedOfaCount: engines.ofa,
    gpuInstanceSliceCount: slices(instance.profile.name),
    computeInstanceSliceCount: compute.placement.size,
    memorySizeMB: instance.memoryMiB ?? 0,
  })
}

export const MIG_ROWS: Rows = {
  nvmlDeviceGetMigMode: row('query mig.mode.*', (call) => {
    const { gpu } = migCapable(call)
    call.putInt(1, gpu.migMode === 'Enabled' ? 1 : 0)
    call.putInt(2, gpu.migPending === 'Enabled' ? 1 : 0)
  }),
  nvmlDeviceSetMigMode: change('mig enable, mig disable', async (call, { changes }) => {
    const { bdf } = migCapable(call).gpu
    const mode = call.number(1)
    if (mode > 1 || call.word(2) === 0n) throw new NvmlError('INVALID_ARGUMENT')
    let isPending = false
    await changes.run(['mig', mode === 1 ? 'enable' : 'disable', bdf], (state) => {
      const [after] = setMigMode(state, { gpu: bdf, on: mode === 1 }).items
      isPending = after !== undefined && after.current !== after.pending
    })
    call.putInt(2, numberOf(isPending ? 'IN_USE' : 'SUCCESS'))
  }),
  nvmlDeviceGetMaxMigDeviceCount: row('mig profiles: max', (call) => {
    const { index } = call.gpu()
    const mig = call.facts.mig(index)
    call.putInt(1, mig?.enabled ? Math.max(...mig.profiles.map(({ max }) => max)) : 0)
  }),
  nvmlDeviceGetMigDeviceHandleByIndex: row('smi -L', (call) => {
    const { gpu } = migCapable(call)
    const found = gpu.gpuInstances
      .flatMap(({ id, computeInstances }) => computeInstances.map((compute) => ({ id, compute })))
      .find(({ compute }) => compute.device === call.number(1))
    if (found === undefined) throw new NvmlError('NOT_FOUND')
    call.putLong(2, instanceHandle('migDevice', gpu.index, found.id, found.compute.id))
  }),
  nvmlDeviceIsMigDeviceHandle: row('smi -L', (call) => {
    const found = migDeviceOf(call)
    if (found === null) call.gpu()
    call.putInt(1, found === null ? 0 : 1)
  }),
  nvmlDeviceGetDeviceHandleFromMigDeviceHandle: row('smi -L', (call) =>
    call.putLong(1, handleOf('device', device(call).gpu.index)),
  ),
  nvmlDeviceGetGpuInstanceId: row('mig list', (call) => call.putInt(1, device(call).instance.id)),
  nvmlDeviceGetComputeInstanceId: row('mig list', (call) => call.putInt(1, device(call).compute.id)),
  nvmlDeviceGetAttributes: row('mig show', attributes),
  nvmlDeviceGetAttributes_v2: row('mig show', attributes),
}
