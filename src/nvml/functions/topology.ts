import type { Call } from '../call.ts'
import { NvmlError } from '../error.ts'
import { handleOf } from '../handles.ts'
import { type Rows, row } from '../row.ts'

/** nvmlGpuTopologyLevel_t: the same GPU, and a common PCIe host bridge. */
const INTERNAL = 0
const HOST_BRIDGE = 30
const LEVELS = [0, 10, 20, 30, 40, 50]
/** Processors of the one node, as `smi topo -m` has them. */
const CPUS = 16
const NODE_0 = 1
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

/** Writes a set as an array of unsigned long whose length the caller gives. */
function putSet(call: Call, first: number): void {
  call.gpu()
  const words = call.number(1)
  if (words === 0 || words > MOST_WORDS) throw new NvmlError('INVALID_ARGUMENT')
  const set = Buffer.alloc(8 * words)
  set.writeUInt32LE(first)
  call.put(2, set)
}

function scoped(first: number) {
  return (call: Call) => {
    if (call.number(3) >= SCOPES) throw new NvmlError('INVALID_ARGUMENT')
    putSet(call, first)
  }
}

const FACT = 'smi topo -m'
const OF_CPUS = 2 ** CPUS - 1

export const TOPOLOGY_ROWS: Rows = {
  nvmlDeviceGetTopologyCommonAncestor: row(FACT, (call) => {
    const [one, other] = [call.gpu(0), call.gpu(1)]
    call.putInt(2, one.index === other.index ? INTERNAL : HOST_BRIDGE)
  }),
  nvmlDeviceGetTopologyNearestGpus: row(FACT, nearest),
  nvmlSystemGetTopologyGpuSet: row(FACT, (call) => {
    if (call.number(0) >= CPUS) call.putList(1, 2, [])
    else putGpus(call, 1, 2)
  }),
  nvmlDeviceGetCpuAffinity: row(FACT, (call) => putSet(call, OF_CPUS)),
  nvmlDeviceGetCpuAffinityWithinScope: row(FACT, scoped(OF_CPUS)),
  nvmlDeviceGetMemoryAffinity: row(FACT, scoped(NODE_0)),
}
