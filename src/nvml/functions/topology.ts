import { PROCESSORS } from '../../engine/processors.ts'
import type { Call } from '../call.ts'
import { NvmlError } from '../error.ts'
import { handleOf } from '../handles.ts'
import { type Rows, row } from '../row.ts'

/** Of nvmlGpuTopologyLevel_t: two times the same GPU, and two GPUs below one PCIe host bridge. */
const INTERNAL = 0
const HOST_BRIDGE = 30
const LEVELS = [0, 10, 20, 30, 40, 50]
/** Scopes of an affinity: node and socket. */
const SCOPES = 2
/** More words than any machine has processors for. */
const MOST_WORDS = 1024

/** The GPUs with a driver, but for one. */
function putGpus(call: Call, count: number, list: number, but = -1): void {
  const { facts } = call
  const found = Array.from({ length: facts.count }, (_, index) => index).filter(
    (index) => index !== but && facts.isUp(index),
  )
  const handles = found.map((index) => {
    const bytes = Buffer.alloc(8)
    bytes.writeBigUInt64LE(handleOf('device', index))
    return bytes
  })
  call.putList(count, list, handles)
}

/** Every GPU is below a root port of its own, on one node. */
function nearest(call: Call): void {
  const { index } = call.gpu()
  const level = call.number(1)
  if (!LEVELS.includes(level)) throw new NvmlError('INVALID_ARGUMENT')
  if (level === HOST_BRIDGE) putGpus(call, 2, 3, index)
  else call.putList(2, 3, [])
}

/** Writes the processors as an array of unsigned long whose length the caller gives. One word has them all. */
function putProcessors(call: Call): void {
  checkWords(call)
  const set = Buffer.alloc(8 * call.number(1))
  set.writeBigUInt64LE((1n << BigInt(PROCESSORS.count)) - 1n)
  call.put(2, set)
}

function checkWords(call: Call): void {
  call.gpu()
  const words = call.number(1)
  if (words === 0 || words > MOST_WORDS) throw new NvmlError('INVALID_ARGUMENT')
}

function checkScope(call: Call): void {
  if (call.number(3) >= SCOPES) throw new NvmlError('INVALID_ARGUMENT')
}

const FACT = 'smi topo -m'

export const TOPOLOGY_ROWS: Rows = {
  nvmlDeviceGetTopologyCommonAncestor: row(FACT, (call) => {
    const [one, other] = [call.gpu(0), call.gpu(1)]
    call.putInt(2, one.index === other.index ? INTERNAL : HOST_BRIDGE)
  }),
  nvmlDeviceGetTopologyNearestGpus: row(FACT, nearest),
  nvmlSystemGetTopologyGpuSet: row(FACT, (call) => {
    if (call.number(0) >= PROCESSORS.count) call.putList(1, 2, [])
    else putGpus(call, 1, 2)
  }),
  nvmlDeviceGetCpuAffinity: row(FACT, putProcessors),
  nvmlDeviceGetCpuAffinityWithinScope: row(FACT, (call) => {
    checkScope(call)
    putProcessors(call)
  }),
  /** No GPU is on a NUMA node. */
  nvmlDeviceGetMemoryAffinity: row(FACT, (call) => {
    checkScope(call)
    checkWords(call)
    throw new NvmlError('NOT_SUPPORTED')
  }),
}
