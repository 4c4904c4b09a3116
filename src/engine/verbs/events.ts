import {
  eventNumber,
  NV_VGPU_MSG_EVENT_FIRST_EVENT,
  NV_VGPU_MSG_EVENT_GPUACCT_PERFMON_UTIL_SAMPLES,
  NV_VGPU_MSG_EVENT_OS_ERROR_LOG,
  NV_VGPU_MSG_EVENT_RC_TRIGGERED,
  rpc_os_error_log_v17_00,
  rpc_rc_triggered_v17_02,
} from '../../abi/gsp-rpc.ts'
import type { Change } from '../../contract/views/change.ts'
import type { EventView } from '../../contract/views/gsp.ts'
import type { HostView } from '../../contract/views/host.ts'
import { NvError } from '../../errors/nv-error.ts'
import { duePerfmon, PERFMON_PERIOD, perfmonPayload, SAMPLE_SLOTS } from '../load/perfmon.ts'
import { gpuIndex, stateAt } from '../select.ts'
import type { HostState } from '../state.ts'
import { eventViews } from '../views/events.ts'
import { hostView } from '../views/host.ts'
import { onMachine } from './run.ts'

const MAX_EVENT_PAYLOAD = 65456
/** A year of virtual time in microseconds. */
const MAX_ADVANCE = 365 * 24 * 3600 * 1_000_000

/** Switches tracing. Every switch empties the record. */
export function setTracing(host: HostState, on: boolean): Change<HostView> {
  const changed = host.tracing !== on
  host.tracing = on
  if (changed) for (const gpu of host.gpus) gpu.trace = { next: 0, records: [] }
  return { changed, items: [hostView(host)], warnings: changed ? [] : [`tracing is ${on ? 'on' : 'off'} already`] }
}

/**
 * GSP reports an error on a channel: RC_TRIGGERED and OS_ERROR_LOG through the status ring.
 * @throws NvError EINVAL for a channel or Xid out of range, EIO when GSP is not running
 */
export function injectXid(
  host: HostState,
  request: { gpu?: string; channel: number; xid: number; text?: string },
): Change<EventView> {
  const index = gpuIndex(host, request.gpu)
  const total = stateAt(host, index).nvkm.chid.used.size
  const { channel, xid, text = 'injected' } = request
  if (!(channel >= 0 && channel < total))
    throw refused(`channel ${channel} is not one of 0 to ${total - 1}`, 'nvgpu chid map')
  if (!(xid >= 1 && xid <= 0xffff))
    throw refused(`${xid} is not an Xid (1 to 65535)`, 'nvgpu gsp inject xid --channel 512 --xid 31')
  return post(host, index, [
    [
      NV_VGPU_MSG_EVENT_RC_TRIGGERED,
      rpc_rc_triggered_v17_02.encode({ nv2080EngineType: 1, chid: channel * 8, exceptType: xid, scope: 1 }),
    ],
    [
      NV_VGPU_MSG_EVENT_OS_ERROR_LOG,
      rpc_os_error_log_v17_00.encode({ exceptType: xid, runlistId: 0, chid: channel, errString: text.slice(0, 255) }),
    ],
  ])
}

/** GSP posts any event, by number or name, with a payload. @throws NvError EINVAL, EIO */
export function injectEvent(
  host: HostState,
  request: { gpu?: string; event: string; payload: Uint8Array },
): Change<EventView> {
  const index = gpuIndex(host, request.gpu)
  const number = /^(0x[0-9a-f]+|[0-9]+)$/i.test(request.event) ? Number(request.event) : eventNumber(request.event)
  if (number === undefined || number < NV_VGPU_MSG_EVENT_FIRST_EVENT || number > 0xffff) {
    throw refused(
      `"${request.event.slice(0, 64)}" is no GSP event (0x1000 and up)`,
      `nvgpu gsp inject event --event 0x1011 --gpu ${stateAt(host, index).bdf}`,
    )
  }
  if (request.payload.length > MAX_EVENT_PAYLOAD)
    throw refused(
      `${request.payload.length} bytes do not fit one message`,
      `nvgpu gsp inject event --event 0x1011 --gpu ${stateAt(host, index).bdf}`,
    )
  return post(host, index, [[number, request.payload]])
}

/** Advances virtual time and delivers the perfmon samples of each second. */
export function advance(host: HostState, us: number): Change<HostView> {
  if (!(Number.isInteger(us) && us > 0 && us <= MAX_ADVANCE))
    throw refused(`${us} us is not a time to let pass`, 'nvgpu host advance 5s', 'host advance')
  const from = host.now
  const to = from + us
  for (const index of host.gpus.keys()) deliverSamples(host, index, from, to)
  host.now = to
  return { changed: true, items: [hostView(host)], warnings: [] }
}

/** Posts the samples of each second that passed, at most as many as the host keeps. */
function deliverSamples(host: HostState, index: number, from: number, to: number): void {
  const gpu = stateAt(host, index)
  const running = Object.values(gpu.gsp.plugins).filter((plugin) => plugin.state === 'running').length
  if (running === 0 || !gpu.nvkm.running) return
  const kept = Math.ceil(SAMPLE_SLOTS / running) * PERFMON_PERIOD
  onMachine(host, index, (machine) => {
    for (const at of duePerfmon(Math.max(from, to - kept), to)) {
      host.now = at
      machine.gsp.postEvent(NV_VGPU_MSG_EVENT_GPUACCT_PERFMON_UTIL_SAMPLES, perfmonPayload(gpu.gsp, gpu.load.seed, at))
      machine.interrupt()
    }
  })
}

/** Posts events on GSP's side and takes the interrupt on the host's. */
function post(host: HostState, index: number, events: readonly (readonly [number, Uint8Array])[]): Change<EventView> {
  const gpu = stateAt(host, index)
  if (!gpu.nvkm.running)
    throw new NvError({
      errno: 'EIO',
      code: 'not-running',
      at: 'gsp inject',
      message: `GSP of ${gpu.bdf} is not running`,
      hint: `nvgpu gsp boot --gpu ${gpu.bdf}`,
    })
  const before = gpu.klog.seq
  onMachine(host, index, (machine) => {
    for (const [event, payload] of events) machine.gsp.postEvent(event, payload)
    machine.interrupt()
  })
  const items = eventViews(host, { gpu: gpu.bdf }).filter((event) => event.seq >= before)
  return { changed: true, items, warnings: [] }
}

function refused(message: string, hint: string, at = 'gsp inject'): NvError {
  return new NvError({ errno: 'EINVAL', code: 'invalid-argument', at, message, hint })
}
