import {
  nvmlProcessDetail_v1_t,
  nvmlProcessDetailList_v1_t,
  nvmlProcessesUtilizationInfo_v1_t,
  nvmlProcessInfo_v1_t,
  nvmlProcessInfo_v2_t,
  nvmlProcessUtilizationInfo_v1_t,
  nvmlProcessUtilizationSample_t,
} from '../../abi/nvml/device.ts'
import type { SmiVgpuView } from '../../engine/smi/view.ts'
import type { Call } from '../call.ts'
import { NvmlError } from '../error.ts'
import { migDeviceOf } from '../instances.ts'
import { type Row, type Rows, row } from '../row.ts'

const MIB = 1_048_576
/** Ids of GPU and compute instance outside MIG. */
const NO_INSTANCE = 0xffff_ffff
/** Modes of a detail list: compute, graphics, MPS. */
const MODES = 3
const MPS = 2

const FACT = 'smi: Processes'

/** The vGPUs of a GPU. They use GPU instances, so a MIG device has none. */
function vgpusOf(call: Call): readonly SmiVgpuView[] {
  return migDeviceOf(call) === null ? call.gpu().vgpus : []
}

function oldList(call: Call): void {
  const rows = vgpusOf(call).map(({ pid, residentMiB }) =>
    nvmlProcessInfo_v1_t.encode({ pid, usedGpuMemory: residentMiB * MIB }),
  )
  call.putList(1, 2, rows)
}

function list(call: Call): void {
  const rows = vgpusOf(call).map((vgpu) => nvmlProcessInfo_v2_t.encode(processOf(vgpu)))
  call.putList(1, 2, rows)
}

function processOf({ pid, residentMiB, gpuInstanceId }: SmiVgpuView) {
  return {
    pid,
    usedGpuMemory: residentMiB * MIB,
    gpuInstanceId: gpuInstanceId ?? NO_INSTANCE,
    computeInstanceId: NO_INSTANCE,
  }
}

const noProcess: Row = row('none: no MPS', (call) => {
  vgpusOf(call)
  call.putList(1, 2, [])
})

/** A list in a structure, with its room and its array: a room that is too small gets the size that is needed. */
function details(call: Call): void {
  const vgpus = vgpusOf(call)
  const struct = call.versionOf(1, nvmlProcessDetailList_v1_t)
  const asked = struct.decode(call.memory(call.word(1), struct.size))
  if (asked.mode >= MODES) throw new NvmlError('INVALID_ARGUMENT')
  const rows = asked.mode === MPS ? [] : vgpus.map((vgpu) => nvmlProcessDetail_v1_t.encode(processOf(vgpu)))
  call.putArray(call.word(1) + 8n, asked.numProcArrayEntries, asked.procArray, rows)
}

/** Use of each VM with any, newer than a time. @throws NvmlError NOT_FOUND without one */
function busy(call: Call, since: bigint): SmiVgpuView[] {
  const gpu = call.gpu()
  if (gpu.migMode === 'Enabled') throw new NvmlError('NOT_SUPPORTED')
  const found =
    BigInt(call.facts.sampleTime) > since ? gpu.vgpus.filter(({ use }) => use.gpu + use.encoder + use.decoder > 0) : []
  if (found.length === 0) throw new NvmlError('NOT_FOUND')
  return found
}

function utilization(call: Call): void {
  const timeStamp = BigInt(call.facts.sampleTime)
  const rows = busy(call, call.word(3)).map(({ pid, use }) =>
    nvmlProcessUtilizationSample_t.encode({
      pid,
      timeStamp,
      smUtil: use.gpu,
      memUtil: use.memory,
      encUtil: use.encoder,
      decUtil: use.decoder,
    }),
  )
  call.putList(2, 1, rows)
}

function utilizationInfo(call: Call): void {
  call.gpu()
  const struct = call.versionOf(1, nvmlProcessesUtilizationInfo_v1_t)
  const asked = struct.decode(call.memory(call.word(1), struct.size))
  const timeStamp = BigInt(call.facts.sampleTime)
  const rows = busy(call, asked.lastSeenTimeStamp).map(({ pid, use }) =>
    nvmlProcessUtilizationInfo_v1_t.encode({
      timeStamp,
      pid,
      smUtil: use.gpu,
      memUtil: use.memory,
      encUtil: use.encoder,
      decUtil: use.decoder,
      jpgUtil: use.jpeg,
      ofaUtil: use.ofa,
    }),
  )
  call.putArray(call.word(1) + 4n, asked.processSamplesCount, asked.procUtilArray, rows)
}

export const PROCESS_ROWS: Rows = {
  nvmlDeviceGetComputeRunningProcesses: row(FACT, oldList),
  nvmlDeviceGetComputeRunningProcesses_v2: row(FACT, list),
  nvmlDeviceGetComputeRunningProcesses_v3: row(FACT, list),
  nvmlDeviceGetGraphicsRunningProcesses: row(FACT, oldList),
  nvmlDeviceGetGraphicsRunningProcesses_v2: row(FACT, list),
  nvmlDeviceGetGraphicsRunningProcesses_v3: row(FACT, list),
  nvmlDeviceGetMPSComputeRunningProcesses: noProcess,
  nvmlDeviceGetMPSComputeRunningProcesses_v2: noProcess,
  nvmlDeviceGetMPSComputeRunningProcesses_v3: noProcess,
  nvmlDeviceGetRunningProcessDetailList: row(FACT, details),
  nvmlDeviceGetProcessUtilization: row('pmon', utilization),
  nvmlDeviceGetProcessesUtilizationInfo: row('pmon', utilizationInfo),
}
