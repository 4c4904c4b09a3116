import {
  gspEventName,
  NV_VGPU_MSG_EVENT_GPUACCT_PERFMON_UTIL_SAMPLES,
  NV_VGPU_MSG_EVENT_GSP_RUN_CPU_SEQUENCER,
  NV_VGPU_MSG_EVENT_GSP_SEND_USER_SHARED_DATA,
  NV_VGPU_MSG_EVENT_MMU_FAULT_QUEUED,
  NV_VGPU_MSG_EVENT_OS_ERROR_LOG,
  NV_VGPU_MSG_EVENT_PERF_BRIDGELESS_INFO_UPDATE,
  NV_VGPU_MSG_EVENT_POST_EVENT,
  NV_VGPU_MSG_EVENT_RC_TRIGGERED,
  NV_VGPU_MSG_EVENT_UCODE_LIBOS_PRINT,
  NV_VGPU_MSG_EVENT_VGPU_CONFIG,
  NV_VGPU_MSG_EVENT_VGPU_GSP_PLUGIN_TRIGGERED,
  rpc_os_error_log_v17_00,
  rpc_post_event_v17_00,
  rpc_rc_triggered_v17_02,
  rpc_run_cpu_sequencer_v17_00,
  rpc_vgpu_config_event_v17_00,
  rpc_vgpu_gsp_plugin_triggered_v17_00,
} from '../../abi/gsp-rpc.ts'
import { NvError } from '../../errors/nv-error.ts'
import type { Klog } from '../klog.ts'

type Handler = ((payload: Uint8Array) => void) | null

/** Capacity of the core driver's handler table (r535_gsp_msg_ntfy_add). */
const TABLE_SIZE = 16
const DUMP_BYTES = 32

/**
 * Table of GSP events. A null handler means known and dropped: patch 7 registers the perfmon samples that way, because
 * an unknown event is dumped at warning level.
 */
export class GspEvents {
  readonly #klog: Klog
  /** lazy */
  #table: Map<number, Handler> | undefined
  readonly #seen: Record<string, number>

  /** Handler of channel errors: the index, the Xid and its text. The owner of the channels sets it. */
  onChannelError: (channel: number, xid: number, text: string) => void = () => {}
  /** Handler of perfmon samples, the payload of event 0x1008. */
  onPerfmonSamples: (payload: Uint8Array) => void = () => {}
  /** Runs the register script of event 0x1002. */
  onCpuSequencer: (payload: Uint8Array) => void = () => {}
  /** Handler of event 0x100d: the plugin task of a gfid asks for service. */
  onPluginTriggered: (gfid: number, notifyIndex: number) => void = () => {}
  /** Handler of event 0x1010: a notification of class 0xa081. */
  onVgpuConfig: (notifyIndex: number) => void = () => {}

  /** @param seen counters by event name, stored in the state */
  constructor(klog: Klog, seen: Record<string, number>) {
    this.#klog = klog
    this.#seen = seen
  }

  /** @throws NvError ENOSPC when the table is full */
  register(event: number, handler: Handler): void {
    const table = this.#handlers()
    if (!table.has(event) && table.size >= TABLE_SIZE) {
      throw new NvError({
        errno: 'ENOSPC',
        code: 'unsupported',
        at: 'r535_gsp_msg_ntfy_add',
        message: `no room to register ${gspEventName(event)}`,
      })
    }
    table.set(event, handler)
  }

  /** Counts an event. */
  count(event: number): void {
    const name = gspEventName(event)
    this.#seen[name] = (this.#seen[name] ?? 0) + 1
  }

  dispatch(event: number, payload: Uint8Array): void {
    this.count(event)
    const handler = this.#handlers().get(event)
    if (handler) handler(payload)
    else if (handler === undefined)
      this.#klog.warn(`gsp: unknown event 0x${event.toString(16)} ${gspEventName(event)}: ${dump(payload)}`)
  }

  #handlers(): Map<number, Handler> {
    this.#table ??= new Map<number, Handler>([
      [
        NV_VGPU_MSG_EVENT_GSP_RUN_CPU_SEQUENCER,
        this.#whole(rpc_run_cpu_sequencer_v17_00, (payload) => this.onCpuSequencer(payload)),
      ],
      [NV_VGPU_MSG_EVENT_POST_EVENT, this.#whole(rpc_post_event_v17_00, (payload) => this.#postEvent(payload))],
      [NV_VGPU_MSG_EVENT_RC_TRIGGERED, this.#whole(rpc_rc_triggered_v17_02, (payload) => this.#rcTriggered(payload))],
      [NV_VGPU_MSG_EVENT_MMU_FAULT_QUEUED, null],
      [NV_VGPU_MSG_EVENT_OS_ERROR_LOG, this.#whole(rpc_os_error_log_v17_00, (payload) => this.#osErrorLog(payload))],
      [NV_VGPU_MSG_EVENT_GPUACCT_PERFMON_UTIL_SAMPLES, (payload) => this.onPerfmonSamples(payload)],
      [NV_VGPU_MSG_EVENT_UCODE_LIBOS_PRINT, null],
      [
        NV_VGPU_MSG_EVENT_VGPU_GSP_PLUGIN_TRIGGERED,
        this.#whole(rpc_vgpu_gsp_plugin_triggered_v17_00, (payload) => this.#pluginTriggered(payload)),
      ],
      [NV_VGPU_MSG_EVENT_PERF_BRIDGELESS_INFO_UPDATE, null],
      [
        NV_VGPU_MSG_EVENT_VGPU_CONFIG,
        this.#whole(rpc_vgpu_config_event_v17_00, (payload) =>
          this.onVgpuConfig(rpc_vgpu_config_event_v17_00.get(payload, 'notifyIndex')),
        ),
      ],
      [NV_VGPU_MSG_EVENT_GSP_SEND_USER_SHARED_DATA, null],
    ])
    return this.#table
  }

  /** A message with an rpc_result that nobody waits for. */
  refused(fn: number, payload: Uint8Array, result: number): void {
    this.#klog.err(`gsp: message 0x${fn.toString(16)} with rpc_result 0x${result.toString(16)}: ${dump(payload)}`)
  }

  unexpected(name: string): void {
    this.#klog.warn(`gsp: unexpected reply ${name}`)
  }

  /** Logs a warning for a message shorter than its structure and drops it, like each of nouveau's handlers. */
  #whole({ name, size }: { name: string; size: number }, handle: (payload: Uint8Array) => void) {
    return (payload: Uint8Array) => {
      if (payload.length >= size) handle(payload)
      else this.#klog.warn(`gsp: ${name} has ${payload.length} bytes, ${size} expected: ${dump(payload)}`)
    }
  }

  #postEvent(payload: Uint8Array): void {
    const { hClient, hEvent, notifyIndex } = rpc_post_event_v17_00.decode(payload)
    this.#klog.err(
      `gsp: event 0x${hEvent.toString(16)} index ${notifyIndex} for unknown client 0x${hClient.toString(16)}`,
    )
  }

  /** RC_TRIGGERED. The message gives a byte offset in the channel table: nouveau divides by 8. */
  #rcTriggered(payload: Uint8Array): void {
    const { chid, exceptType } = rpc_rc_triggered_v17_02.decode(payload)
    const channel = Math.floor(chid / 8)
    this.#klog.err(`fifo: channel ${channel} is dead, exception ${exceptType}`)
    this.onChannelError(channel, exceptType, `robust channel error, exception ${exceptType}`)
  }

  #pluginTriggered(payload: Uint8Array): void {
    const { gfid, notifyIndex } = rpc_vgpu_gsp_plugin_triggered_v17_00.decode(payload)
    this.onPluginTriggered(gfid, notifyIndex)
  }

  #osErrorLog(payload: Uint8Array): void {
    const { exceptType, chid, errString } = rpc_os_error_log_v17_00.decode(payload)
    this.#klog.err(`gsp: Xid:${exceptType} ${errString}`)
    this.onChannelError(chid, exceptType, errString)
  }
}

function dump(payload: Uint8Array): string {
  const shown = Array.from(payload.subarray(0, DUMP_BYTES), (byte) => byte.toString(16).padStart(2, '0')).join(' ')
  return payload.length > DUMP_BYTES ? `${shown} … ${payload.length} bytes` : shown
}
