import { ENTRIES } from './hw/msgq.ts'
import { KLOG_SLOTS } from './klog.ts'
import { SAMPLE_SLOTS } from './load/perfmon.ts'
import type { GpuState, QueueState } from './state.ts'
import { TRACE_SLOTS } from './trace.ts'

type Rings = Pick<GpuState, 'klog' | 'trace' | 'load' | 'gsp' | 'nvkm'>

/** Contradictions between the rings of a GPU and their counters. Each sentence begins with the member below `path`. */
export function ringProblems({ klog, trace, load, gsp, nvkm }: Rings, path: string): string[] {
  return [
    ...slotProblems(`${path}.klog.lines`, klog.lines.length, klog.next, KLOG_SLOTS),
    ...slotProblems(`${path}.trace.records`, trace.records.length, trace.next, TRACE_SLOTS),
    ...slotProblems(`${path}.load.samples`, load.samples.length, load.next, SAMPLE_SLOTS),
    ...orderProblems({ klog, trace }, path),
    ...pointerProblems(`${path}.gsp.queue`, gsp.queue),
    ...pointerProblems(`${path}.nvkm.queue`, nvkm.queue),
    ...(gsp.power === 'running' ? pairProblems(nvkm.queue, gsp.queue, path) : []),
  ]
}

/** Entry n is in slot n % slots, so a ring is full or holds every entry. */
function slotProblems(member: string, length: number, next: number, slots: number): string[] {
  const wanted = Math.min(next, slots)
  return length === wanted ? [] : [`${member} has ${length} entries, and by its counter ${next} it has ${wanted}`]
}

/** Log lines and trace records are numbered together, in the order in which they were written. */
function orderProblems({ klog, trace }: Pick<Rings, 'klog' | 'trace'>, path: string): string[] {
  const wanted = klog.next + trace.next
  const broken = klog.seq === wanted ? [] : [`${path}.klog.seq is ${klog.seq}, and lines and records make ${wanted}`]
  const late = klog.lines.findIndex(({ seq }) => seq >= klog.seq)
  if (late >= 0) broken.push(`${path}.klog.lines[${late}].seq is not below klog.seq`)
  const lateRecord = trace.records.findIndex(({ seq }) => seq >= klog.seq)
  if (lateRecord >= 0) broken.push(`${path}.trace.records[${lateRecord}].seq is not below klog.seq`)
  return broken
}

function pointerProblems(member: string, { sent, received, writePtr, readPtr }: QueueState): string[] {
  return [
    ...Object.entries({ writePtr, readPtr })
      .filter(([, at]) => at >= ENTRIES)
      .map(([name, at]) => `${member}.${name} is ${at}, and the ring has ${ENTRIES} entries`),
    ...Object.entries({ sent, received })
      .filter(([, count]) => count > 0xffffffff)
      .map(([name, count]) => `${member}.${name} is ${count}, more than a message counts`),
  ]
}

/** Between two commands a running firmware and its driver have read all messages. */
function pairProblems(driver: QueueState, firmware: QueueState, path: string): string[] {
  const pairs = [
    ['nvkm.queue.writePtr', driver.writePtr, 'gsp.queue.readPtr', firmware.readPtr],
    ['gsp.queue.writePtr', firmware.writePtr, 'nvkm.queue.readPtr', driver.readPtr],
    ['nvkm.queue.sent', driver.sent, 'gsp.queue.received', firmware.received],
    ['gsp.queue.sent', firmware.sent, 'nvkm.queue.received', driver.received],
  ] as const
  return pairs
    .filter(([, written, , read]) => written !== read)
    .map(([writer, written, reader, read]) => `${path}.${writer} is ${written} and ${reader} is ${read}`)
}
