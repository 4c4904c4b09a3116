import {
  nvmlVgpuInstancesUtilizationInfo_v1_t,
  nvmlVgpuInstanceUtilizationInfo_v1_t,
  nvmlVgpuInstanceUtilizationSample_t,
  nvmlVgpuProcessesUtilizationInfo_v1_t,
  nvmlVgpuProcessUtilizationInfo_v1_t,
  nvmlVgpuProcessUtilizationSample_t,
} from '../../abi/nvml/vgpu.ts'
import type { SmiVgpuView } from '../../engine/smi/view.ts'
import type { Call } from '../call.ts'
import { NvmlError } from '../error.ts'
import { type Rows, row } from '../row.ts'

const UNSIGNED_INT = 1

/** @throws NvmlError NOT_FOUND if the newest sample is not newer than the caller's */
function newer(call: Call, since: bigint): bigint {
  const at = BigInt(call.facts.sampleTime)
  if (at <= since) throw new NvmlError('NOT_FOUND')
  return at
}

function engines({ use }: SmiVgpuView) {
  return { smUtil: use.gpu, memUtil: use.memory, encUtil: use.encoder, decUtil: use.decoder }
}

function values({ use }: SmiVgpuView) {
  const of = (uiVal: number) => ({ uiVal })
  return { smUtil: of(use.gpu), memUtil: of(use.memory), encUtil: of(use.encoder), decUtil: of(use.decoder) }
}

/** A sample of each vGPU. Room without an array, or the reverse, is a mistake. */
function utilization(call: Call): void {
  const { vgpus } = call.vgpuHost()
  const room = call.memory(call.word(3), 4).readUInt32LE()
  if (call.word(4) !== 0n && room === 0 && vgpus.length > 0) throw new NvmlError('INVALID_ARGUMENT')
  const timeStamp = vgpus.length === 0 || call.word(4) === 0n ? 0n : newer(call, call.word(1))
  const rows = vgpus.map((vgpu) =>
    nvmlVgpuInstanceUtilizationSample_t.encode({ vgpuInstance: vgpu.vgpuId, timeStamp, ...values(vgpu) }),
  )
  call.putList(3, 4, rows)
  call.putInt(2, UNSIGNED_INT)
}

function instancesInfo(call: Call): void {
  const { vgpus } = call.vgpuHost()
  const struct = call.versionOf(1, nvmlVgpuInstancesUtilizationInfo_v1_t)
  const asked = struct.decode(call.memory(call.word(1), struct.size))
  const timeStamp = vgpus.length === 0 || asked.vgpuUtilArray === 0n ? 0n : newer(call, asked.lastSeenTimeStamp)
  const rows = vgpus.map((vgpu) =>
    nvmlVgpuInstanceUtilizationInfo_v1_t.encode({
      timeStamp,
      vgpuInstance: vgpu.vgpuId,
      ...values(vgpu),
      jpgUtil: { uiVal: vgpu.use.jpeg },
      ofaUtil: { uiVal: vgpu.use.ofa },
    }),
  )
  call.putArray(call.word(1) + 8n, asked.vgpuInstanceCount, asked.vgpuUtilArray, rows)
  const kind = Buffer.alloc(4)
  kind.writeUInt32LE(UNSIGNED_INT)
  call.put(1, kind, 4)
}

/** Guests whose process used an engine in this second. @throws NvmlError NOT_FOUND without one, or without a newer sample */
function working(call: Call, vgpus: readonly SmiVgpuView[], since: bigint) {
  const timeStamp = newer(call, since)
  const found = vgpus.flatMap((vgpu) =>
    vgpu.process !== null && vgpu.use.gpu + vgpu.use.encoder + vgpu.use.decoder > 0
      ? { timeStamp, vgpuInstance: vgpu.vgpuId, pid: vgpu.process.pid, processName: vgpu.process.name, vgpu }
      : [],
  )
  if (found.length === 0) throw new NvmlError('NOT_FOUND')
  return found
}

function processes(call: Call): void {
  const { vgpus } = call.vgpuHost()
  const room = call.memory(call.word(2), 4).readUInt32LE()
  // The size query gives the number of vGPUs.
  if (call.word(3) === 0n || room === 0) {
    call.putInt(2, vgpus.length)
    throw new NvmlError('INSUFFICIENT_SIZE')
  }
  const rows = working(call, vgpus, call.word(1)).map(({ vgpu, ...process }) =>
    nvmlVgpuProcessUtilizationSample_t.encode({ ...process, ...engines(vgpu) }),
  )
  call.putList(2, 3, rows)
}

function processesInfo(call: Call): void {
  const { vgpus } = call.vgpuHost()
  const struct = call.versionOf(1, nvmlVgpuProcessesUtilizationInfo_v1_t)
  const asked = struct.decode(call.memory(call.word(1), struct.size))
  const count = call.word(1) + 4n
  if (asked.vgpuProcUtilArray === 0n || asked.vgpuProcessCount === 0) {
    const needed = Buffer.alloc(4)
    needed.writeUInt32LE(vgpus.length)
    call.put(1, needed, 4)
    throw new NvmlError('INSUFFICIENT_SIZE')
  }
  const rows = working(call, vgpus, asked.lastSeenTimeStamp).map(({ vgpu, ...process }) =>
    nvmlVgpuProcessUtilizationInfo_v1_t.encode({
      ...process,
      ...engines(vgpu),
      jpgUtil: vgpu.use.jpeg,
      ofaUtil: vgpu.use.ofa,
    }),
  )
  call.putArray(count, asked.vgpuProcessCount, asked.vgpuProcUtilArray, rows)
}

export const VGPU_USE_ROWS: Rows = {
  nvmlDeviceGetVgpuUtilization: row('query utilization.* of vGPUs', utilization),
  nvmlDeviceGetVgpuInstancesUtilizationInfo: row('query utilization.* of vGPUs', instancesInfo),
  nvmlDeviceGetVgpuProcessUtilization: row('smi vgpu -p', processes),
  nvmlDeviceGetVgpuProcessesUtilizationInfo: row('smi vgpu -p', processesInfo),
}
