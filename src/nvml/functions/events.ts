import { nvmlEventData_t, nvmlGpmSupport_t } from '../../abi/nvml/device.ts'
import type { NvmlReturn } from '../../abi/nvml/return.ts'
import type { Call } from '../call.ts'
import type { Client } from '../client.ts'
import { NvmlError } from '../error.ts'
import { EVENT } from '../events.ts'
import { handleOf, indexOfHandle } from '../handles.ts'
import { coded, type Rows, row } from '../row.ts'

/** Ids of GPU and compute instance outside MIG. */
const NO_INSTANCE = 0xffff_ffff
const FACT = 'events list: Xids; query pstate'

/** Kinds of events that a GPU has: those of memory errors need ECC. */
function supported(call: Call): number {
  const ecc = call.gpu().eccMode === 'Enabled' ? EVENT.singleBitEcc | EVENT.doubleBitEcc : 0
  return EVENT.xid | EVENT.pstate | EVENT.clock | ecc
}

async function wait(call: Call, { events }: Client): Promise<NvmlReturn> {
  if (call.word(1) === 0n) throw new NvmlError('INVALID_ARGUMENT')
  const event = await events.wait(call.word(0), call.number(2))
  if (event === null) return 'TIMEOUT'
  call.putStruct(1, nvmlEventData_t, {
    device: handleOf('device', event.gpu),
    eventType: event.type,
    eventData: BigInt(event.data),
    gpuInstanceId: NO_INSTANCE,
    computeInstanceId: NO_INSTANCE,
  })
  return 'SUCCESS'
}

export const EVENT_ROWS: Rows = {
  nvmlDeviceGetSupportedEventTypes: row(FACT, (call) => call.putLong(1, supported(call))),
  nvmlEventSetCreate: row(FACT, (call, { events, pid }) => {
    if (call.word(0) === 0n) throw new NvmlError('INVALID_ARGUMENT')
    call.putLong(0, events.create(pid))
  }),
  nvmlDeviceRegisterEvents: row(FACT, (call, { events }) => {
    const known = supported(call)
    const kinds = Number(call.word(1))
    events.register(call.word(2), indexOfHandle('device', call.word(0)), 0)
    if (kinds === 0 || (BigInt(known) & call.word(1)) !== call.word(1)) throw new NvmlError('NOT_SUPPORTED')
    events.register(call.word(2), indexOfHandle('device', call.word(0)), kinds)
  }),
  nvmlEventSetWait: coded(FACT, wait),
  nvmlEventSetWait_v2: coded(FACT, wait),
  nvmlEventSetFree: row(FACT, (call, { events }) => events.free(call.word(0))),
  nvmlGpmQueryDeviceSupport: row('none: no GPM', (call) => {
    call.gpu()
    call.putVersioned(1, call.versionOf(1, nvmlGpmSupport_t), { isSupportedDevice: 0 })
  }),
}
