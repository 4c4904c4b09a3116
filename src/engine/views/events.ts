import type { BootStepView, EventView, KernelLogView } from '../../contract/views/gsp.ts'
import { statusName } from '../../errors/nv-status.ts'
import { klogLines } from '../klog.ts'
import { gpuIndices, stateAt } from '../select.ts'
import { fromSparse } from '../sparse.ts'
import type { GpuState, HostState, TraceRecord } from '../state.ts'
import { traceRecords } from '../trace.ts'
import { eachGpu } from './each-gpu.ts'
import { gspBootSteps } from './gsp-inside.ts'
import { hex } from './words.ts'

export interface EventFilter {
  gpu?: string
  kinds?: readonly EventView['kind'][]
  /** Include payloads. */
  bytes?: boolean
}

/** Kernel log and trace of the GPUs, sorted by virtual time, GPU and sequence number. */
export function eventViews(host: HostState, filter: EventFilter = {}): EventView[] {
  const wanted = (kind: EventView['kind']) => !filter.kinds || filter.kinds.length === 0 || filter.kinds.includes(kind)
  return gpuIndices(host, filter.gpu)
    .flatMap((index) => ofGpu(stateAt(host, index), index, filter.bytes ?? false))
    .filter((event) => wanted(event.kind))
    .sort((a, b) => a.at - b.at || a.gpu - b.gpu || a.seq - b.seq)
}

/** Boot steps of the GSP of one GPU, or of each. @throws NvError as eachGpu */
export function bootSteps(host: HostState, gpu?: string): BootStepView[] {
  return eachGpu(host, gpu, (index) => gspBootSteps(stateAt(host, index)).map((step) => ({ gpu: index, ...step })))
}

/** Kernel log of one GPU, or of each in turn. @throws NvError as eachGpu */
export function kernelLog(host: HostState, gpu?: string): KernelLogView[] {
  return eachGpu(host, gpu, (index) => klogLines(stateAt(host, index).klog).map((line) => ({ gpu: index, ...line })))
}

function ofGpu(gpu: GpuState, index: number, bytes: boolean): EventView[] {
  const lines = klogLines(gpu.klog).map(
    (line): EventView => ({
      gpu: index,
      seq: line.seq,
      at: line.at,
      kind: 'log',
      level: line.level,
      direction: null,
      text: line.text,
      client: null,
      object: null,
      size: 0,
      status: null,
      bytes: '',
    }),
  )
  return [...lines, ...traceRecords(gpu.trace).map((record) => traced(record, index, bytes))]
}

function traced(record: TraceRecord, gpu: number, bytes: boolean): EventView {
  return {
    gpu,
    seq: record.seq,
    at: record.at,
    kind: record.kind,
    level: null,
    direction: record.direction,
    text: record.name,
    client: record.client === null ? null : hex(record.client),
    object: record.object === null ? null : hex(record.object),
    size: record.size,
    status: record.status === null ? null : { value: record.status, name: statusName(record.status) },
    bytes: bytes ? toHex(fromSparse(record.bytes, record.size)) : '',
  }
}

function toHex(bytes: Uint8Array): string {
  let text = ''
  for (const byte of bytes) text += byte.toString(16).padStart(2, '0')
  return text
}
