import type { Call } from '../call.ts'
import type { Client } from '../client.ts'
import { NvmlError } from '../error.ts'
import { type Rows, row } from '../row.ts'

/** Bits of nvmlInitWithFlags: no GPUs is no error, and no attach. */
const NO_GPUS = 1
const KNOWN_FLAGS = 3

/** The count of nvmlInit lives in the client, so a server may start again under it. */
function setCount(call: Call, client: Client, count: number): void {
  const bytes = Buffer.alloc(8)
  bytes.writeUInt32LE(count)
  call.pokes.push({ address: client.initAddress, bytes })
}

function init(call: Call, client: Client, needsGpu: boolean): void {
  const { facts } = call
  const isLoaded = Array.from({ length: facts.count }, (_, index) => index).some((index) => facts.isUp(index))
  if (needsGpu && !isLoaded) throw new NvmlError('DRIVER_NOT_LOADED')
  setCount(call, client, call.initCount + 1)
}

export const INIT_ROWS: Rows = {
  nvmlInit: row('gpu list: a driver is bound', (call, client) => init(call, client, true)),
  nvmlInit_v2: row('gpu list: a driver is bound', (call, client) => init(call, client, true)),
  nvmlInitWithFlags: row('gpu list: a driver is bound', (call, client) => {
    if (call.number(0) > KNOWN_FLAGS) throw new NvmlError('INVALID_ARGUMENT')
    init(call, client, (call.number(0) & NO_GPUS) === 0)
  }),
  nvmlShutdown: row('count of the client', (call, client) => {
    if (call.initCount === 0) throw new NvmlError('UNINITIALIZED')
    setCount(call, client, call.initCount - 1)
  }),
  nvmlErrorString: row('table in the library', () => {}),
}
