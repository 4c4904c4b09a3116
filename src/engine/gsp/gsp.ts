import { asciiBytes, joined } from '../../abi/bytes.ts'
import { controlName } from '../../abi/controls.ts'
import {
  GSP_ARGUMENTS_CACHED,
  GSP_VF_INFO,
  GspSystemInfo,
  PACKED_REGISTRY_ENTRY,
  PACKED_REGISTRY_TABLE,
} from '../../abi/gsp-boot.ts'
import {
  NV_VGPU_MSG_EVENT_GSP_INIT_DONE,
  NV_VGPU_MSG_EVENT_OS_ERROR_LOG,
  NV_VGPU_MSG_EVENT_RC_TRIGGERED,
  NV_VGPU_MSG_EVENT_UCODE_LIBOS_PRINT,
  NV_VGPU_MSG_FUNCTION_CONTINUATION_RECORD,
  NV_VGPU_MSG_FUNCTION_FREE,
  NV_VGPU_MSG_FUNCTION_GET_GSP_STATIC_INFO,
  NV_VGPU_MSG_FUNCTION_GSP_RM_ALLOC,
  NV_VGPU_MSG_FUNCTION_GSP_RM_CONTROL,
  NV_VGPU_MSG_FUNCTION_GSP_SET_SYSTEM_INFO,
  NV_VGPU_MSG_FUNCTION_NOP,
  NV_VGPU_MSG_FUNCTION_SET_REGISTRY,
  NV_VGPU_MSG_FUNCTION_UNLOADING_GUEST_DRIVER,
  rpc_free_v03_00,
  rpc_gsp_rm_alloc_v03_00,
  rpc_gsp_rm_control_v03_00,
  rpc_os_error_log_v17_00,
  rpc_rc_triggered_v17_02,
  rpc_unloading_guest_driver_v1F_07,
} from '../../abi/gsp-rpc.ts'
import { GSP_STATIC_INFO } from '../../abi/gsp-static-info.ts'
import { NVA081_CTRL_VGPU_INFO } from '../../abi/nva081.ts'
import { NV01_DEVICE_0, NV01_ROOT, NV20_SUBDEVICE_0, NVOS00_PARAMETERS_v03_00 } from '../../abi/rm-objects.ts'
import { GSP_FW_WPR_META_VERIFIED, GspFwWprMeta } from '../../abi/wpr-meta.ts'
import { NvError } from '../../errors/nv-error.ts'
import {
  NV_ERR_INVALID_ARGUMENT,
  NV_ERR_INVALID_OBJECT_HANDLE,
  NV_ERR_NOT_SUPPORTED,
  NV_OK,
  statusByName,
} from '../../errors/nv-status.ts'
import { metadataString } from '../board-of.ts'
import type { Faults } from '../faults.ts'
import type { Framebuffer } from '../hw/framebuffer.ts'
import { type GspPort, MAX_PAYLOAD_BYTES, type Message, MsgqEnd } from '../hw/msgq.ts'
import { fromPvmrl, limiterActive } from '../load/scheduler.ts'
import { peekSparse, sparseEnd, toSparse } from '../sparse.ts'
import type { Extent, GspState, PluginState } from '../state.ts'
import { firstChannel } from './bootload.ts'
import { CONTROLS } from './controls.ts'
import { readGuestInfo } from './guest-info.ts'
import { soundSrMeta, soundWprMeta } from './meta-blocks.ts'
import { PluginTask } from './plugin.ts'
import { RmTree } from './rm.ts'
import { typeStatus } from './type-rules.ts'
import type { TypeStore } from './type-store.ts'

/** Facts of the silicon that the firmware runs on. */
export interface GspBoard {
  deviceId: number
  subsystemId: number
  eccSupported: boolean
  /** Framebuffer the RM reports, bytes, with ECC off and on. */
  fbTotal: { eccOff: number; eccOn: number }
  /** channel ids */
  channels: number
  /** NV2080 engine types in device-info order, SW and SEC2 included. */
  engines: readonly number[]
}

/** newLevel of UNLOADING_GUEST_DRIVER. */
const LEVEL = { unload: 0, suspend: 3 } as const
/** Vector of a gfid that wakes its plugin task; every gfid owns 32 vectors. */
const CPU_TO_PLUGIN_VECTOR = 17
const VECTORS_PER_GFID = 32
/** Simulated handles of GSP's own client, outside the range of host client ids. */
const INTERNAL = { client: 0xc2000000, device: 0xde1d0000, subdevice: 0x5d1d0000 } as const

interface Pending {
  function: number
  parts: Uint8Array[]
  missing: number
}

/**
 * The GSP firmware. It knows only the queue, the framebuffer and its own state. The host's drivers reach it through
 * those bytes alone.
 */
export class Firmware {
  readonly state: GspState
  readonly board: GspBoard
  readonly version: string
  readonly storage: TypeStore
  /** handle of the client whose control runs */
  caller = 0
  readonly #fb: Framebuffer
  readonly #port: GspPort
  readonly #queue: MsgqEnd
  readonly #rm: RmTree
  readonly #faults: Faults
  /** woken tasks by gfid */
  readonly #tasks = new Map<number, PluginTask>()
  #pending: Pending | null = null

  constructor(
    state: GspState,
    wiring: { board: GspBoard; version: string; fb: Framebuffer; port: GspPort; faults: Faults; storage: TypeStore },
  ) {
    this.state = state
    this.board = wiring.board
    this.version = wiring.version
    this.#fb = wiring.fb
    this.#port = wiring.port
    this.#faults = wiring.faults
    this.storage = wiring.storage
    this.#queue = new MsgqEnd(this.#port.status, this.#port.command, state.queue, 'checks')
    this.#rm = new RmTree(state.clients)
  }

  /**
   * booter_load: verifies the meta block and starts the firmware, which reads the queued messages and announces
   * GSP_INIT_DONE. A cold boot takes a WPR meta block and marks it; a resume takes the meta block of the suspend. A
   * refused block leaves GSP failed.
   */
  boot(meta: Uint8Array, rmArguments: Uint8Array): void {
    const resume = GSP_ARGUMENTS_CACHED.decode(rmArguments).srInitArguments.bInPMTransition
    const before = this.state.power
    this.state.power = 'booting'
    if (
      this.#faults.at('gsp.boot') !== null ||
      !(resume ? before === 'suspended' && soundSrMeta(meta, this.#wprMeta()) : soundWprMeta(meta, this.#fb.size))
    ) {
      this.state.power = 'failed'
      return
    }
    if (!resume) {
      GspFwWprMeta.set(meta, 'verified', GSP_FW_WPR_META_VERIFIED)
      this.state.wprMeta = toSparse(meta)
      this.#rm.alloc(INTERNAL.client, INTERNAL.client, INTERNAL.client, NV01_ROOT)
      this.#rm.alloc(INTERNAL.client, INTERNAL.client, INTERNAL.device, NV01_DEVICE_0)
      this.#rm.alloc(INTERNAL.client, INTERNAL.device, INTERNAL.subdevice, NV20_SUBDEVICE_0)
    }
    this.state.power = 'running'
    this.doorbell()
    this.postEvent(NV_VGPU_MSG_EVENT_GSP_INIT_DONE, new Uint8Array(0))
  }

  /** UNLOADING_GUEST_DRIVER: level 3 saves everything for a resume; level 0 drops objects, types and tasks. */
  #unloading(payload: Uint8Array): void {
    const { bInPMTransition, newLevel } = rpc_unloading_guest_driver_v1F_07.decode(payload)
    if (newLevel !== (bInPMTransition ? LEVEL.suspend : LEVEL.unload)) {
      this.#queue.push({
        function: NV_VGPU_MSG_FUNCTION_UNLOADING_GUEST_DRIVER,
        result: NV_ERR_INVALID_ARGUMENT,
        payload,
      })
      return
    }
    this.#reply(NV_VGPU_MSG_FUNCTION_UNLOADING_GUEST_DRIVER, payload)
    if (bInPMTransition) {
      this.state.power = 'suspended'
      return
    }
    this.state.power = 'off'
    for (const client of Object.keys(this.state.clients)) delete this.state.clients[client]
    for (const gfid of Object.keys(this.state.plugins)) delete this.state.plugins[gfid]
    this.state.types = []
  }

  /** The command doorbell: reads the command ring until it is empty. A stopped firmware does nothing. */
  doorbell(): void {
    if (this.state.power !== 'running') return
    for (let message = this.#next(); message !== null; message = this.#next()) {
      if (message === 'unreadable') continue
      const whole = this.#assemble(message.function, message.payload)
      if (whole) this.#dispatch(whole.function, whole.payload)
    }
  }

  /** The next command. One that cannot be read is printed and gets no answer: the host's wait ends by its own clock. */
  #next(): Message | 'unreadable' | null {
    try {
      return this.#queue.pop()
    } catch (error) {
      if (!(error instanceof NvError)) throw error
      this.#print(error.message)
      return 'unreadable'
    }
  }

  /** A line of the firmware's log, sent as LIBOS print; the host's driver drops it. */
  #print(line: string): void {
    this.postEvent(NV_VGPU_MSG_EVENT_UCODE_LIBOS_PRINT, asciiBytes(line))
  }

  /** The virtual-function doorbell: gfid * 32 + 17 wakes that gfid's plugin task; any other value does nothing. */
  ring(value: number): void {
    if (this.state.power !== 'running' || value % VECTORS_PER_GFID !== CPU_TO_PLUGIN_VECTOR) return
    const plugin = this.state.plugins[(value - CPU_TO_PLUGIN_VECTOR) / VECTORS_PER_GFID]
    if (plugin) this.#task(plugin).onDoorbell((message) => this.#pluginFault(message))
  }

  startPlugin(plugin: PluginState): void {
    if (this.#faults.at('plugin.boot') !== null) return
    this.#task(plugin).start()
  }

  /**
   * A guest's driver loads and sends NV2080_GUEST_VM_INFO to its plugin task. Their channel is not modelled.
   * @param limited the plugin parameter frame_rate_limiter
   * @param since virtual time
   */
  guestDriver(gfid: number, info: Uint8Array, limited: boolean, since: number): void {
    const plugin = this.state.plugins[gfid]
    if (!plugin) return
    plugin.guest = { ...readGuestInfo(info), since }
    this.limitFrameRate(gfid, limited)
  }

  /** Sets or removes the frame-rate limit of a guest with a loaded driver. */
  limitFrameRate(gfid: number, limited: boolean): void {
    const plugin = this.state.plugins[gfid]
    if (plugin?.guest) plugin.guest.frameRateLimit = limited ? this.#frameRateLimit(plugin.vgpuType) : 0
  }

  /** Frame-rate limit of the type's guests, Hz; 0 while the limiter is off. */
  #frameRateLimit(vgpuType: number): number {
    const record = this.typeRecord(vgpuType)
    if (record === null || !limiterActive(fromPvmrl(this.state.scheduler))) return 0
    return NVA081_CTRL_VGPU_INFO.get(record, 'frlEnable') ? NVA081_CTRL_VGPU_INFO.get(record, 'frlConfig') : 0
  }

  /** The record of an uploaded type, as it came; null for an unknown type. Shared: read only. */
  typeRecord(vgpuType: number): Uint8Array | null {
    const known = this.state.types.find((type) => type.vgpuType === vgpuType)
    return known ? this.storage.peek(known) : null
  }

  /** Clears the heap of an ended task. */
  clearHeap(plugin: PluginState): void {
    this.#fb.scrub(plugin.heap.addr, plugin.heap.size)
  }

  /** Sends an event. A channel error stops the plugin task that owns the channel, until its reset. */
  postEvent(event: number, payload: Uint8Array): void {
    const channel = failedChannel(event, payload)
    if (channel !== null) this.#failOwner(channel)
    this.#queue.push({ function: event, result: 0, payload })
  }

  #failOwner(channel: number): void {
    for (const plugin of Object.values(this.state.plugins)) {
      const first = firstChannel(plugin)
      if (channel < first || channel >= first + plugin.numChannels || plugin.state !== 'running') continue
      plugin.state = 'failed'
      plugin.busMaster = false
    }
  }

  /** Number of partitions with reserved heap, from the boot loader's arguments. */
  partitions(): number {
    return GspFwWprMeta.get(this.#wprMeta(), 'gspFwHeapVfPartitionCount')
  }

  /** Framebuffer below the firmware's own regions. */
  usableFb(): Extent {
    return { addr: 0, size: GspFwWprMeta.get(this.#wprMeta(), 'nonWprHeapOffset') }
  }

  /** totalVFs of the system-info message; 0 without vGPU support. */
  totalVfs(): number {
    const info = peekSparse(this.state.systemInfo, GspSystemInfo.size)
    return GSP_VF_INFO.get(info, 'totalVFs', GspSystemInfo.fields.gspVFInfo.offset)
  }

  /** RMSetSriovMode of the registry message. */
  sriovMode(): boolean {
    if (this.state.registry === '') return false
    return registryDword(peekSparse(this.state.registry, sparseEnd(this.state.registry) + 1), 'RMSetSriovMode') === 1
  }

  engines(): readonly number[] {
    return this.board.engines
  }

  /** The GPU's identity for a migration peer; must be equal on both hosts. */
  metadataString(): string {
    return metadataString(this.board, this.state.eccEnabled)
  }

  #task(plugin: PluginState): PluginTask {
    const known = this.#tasks.get(plugin.gfid)
    if (known?.isOf(plugin)) return known
    const task = new PluginTask(plugin, this.#fb, (vgpu) => typeStatus(this, vgpu) === NV_OK)
    this.#tasks.set(plugin.gfid, task)
    return task
  }

  #pluginFault(message: number): number | 'drop' | null {
    const effect = this.#faults.at(() => `rpc.${message}`)
    if (effect === null) return null
    return effect === 'drop' ? 'drop' : Number(effect) || 1
  }

  #wprMeta(): Uint8Array {
    return peekSparse(this.state.wprMeta, GspFwWprMeta.size)
  }

  /** Assembles a control that is longer than one message from its continuation records. */
  #assemble(fn: number, payload: Uint8Array): { function: number; payload: Uint8Array } | null {
    if (fn === NV_VGPU_MSG_FUNCTION_CONTINUATION_RECORD) {
      const pending = this.#pending
      if (!pending) return null
      pending.parts.push(payload.slice())
      pending.missing -= payload.length
      if (pending.missing > 0) return null
      this.#pending = null
      return { function: pending.function, payload: joined(pending.parts) }
    }
    this.#pending = null
    const missing = payload.length < MAX_PAYLOAD_BYTES ? 0 : this.#wanted(fn, payload) - payload.length
    if (missing <= 0) return { function: fn, payload }
    this.#pending = { function: fn, parts: [payload.slice()], missing }
    return null
  }

  #wanted(fn: number, payload: Uint8Array): number {
    if (fn === NV_VGPU_MSG_FUNCTION_GSP_RM_CONTROL)
      return rpc_gsp_rm_control_v03_00.size + rpc_gsp_rm_control_v03_00.get(payload, 'paramsSize')
    if (fn === NV_VGPU_MSG_FUNCTION_SET_REGISTRY) return PACKED_REGISTRY_TABLE.get(payload, 'size')
    return payload.length
  }

  #dispatch(fn: number, payload: Uint8Array): void {
    switch (fn) {
      case NV_VGPU_MSG_FUNCTION_GSP_SET_SYSTEM_INFO:
        this.state.systemInfo = toSparse(payload)
        break
      case NV_VGPU_MSG_FUNCTION_SET_REGISTRY:
        // a table of another size than it says is not read
        if (PACKED_REGISTRY_TABLE.get(payload, 'size') !== payload.length) break
        this.state.registry = toSparse(payload)
        this.state.scheduler = registryDword(payload, 'RmPVMRL') ?? 0
        break
      case NV_VGPU_MSG_FUNCTION_GET_GSP_STATIC_INFO:
        this.#reply(fn, this.#staticInfo())
        break
      case NV_VGPU_MSG_FUNCTION_GSP_RM_ALLOC:
        this.#alloc(payload)
        break
      case NV_VGPU_MSG_FUNCTION_FREE:
        this.#free(payload)
        break
      case NV_VGPU_MSG_FUNCTION_GSP_RM_CONTROL:
        this.#control(payload)
        break
      case NV_VGPU_MSG_FUNCTION_UNLOADING_GUEST_DRIVER:
        this.#unloading(payload)
        break
      case NV_VGPU_MSG_FUNCTION_NOP:
        this.#reply(fn, payload)
        break
      default:
        this.#queue.push({ function: fn, result: NV_ERR_NOT_SUPPORTED, payload: new Uint8Array(0) })
    }
  }

  #reply(fn: number, payload: Uint8Array, tail?: Uint8Array): void {
    this.#queue.push(
      tail === undefined ? { function: fn, result: 0, payload } : { function: fn, result: 0, payload, tail },
    )
  }

  #staticInfo(): Uint8Array {
    return GSP_STATIC_INFO.encode({
      hInternalClient: INTERNAL.client,
      hInternalDevice: INTERNAL.device,
      hInternalSubdevice: INTERNAL.subdevice,
      numFbRegions: 1,
      fbRegionBase: 0,
      fbRegionLimit: this.usableFb().size - 1,
      fbTotal: this.state.eccEnabled ? this.board.fbTotal.eccOn : this.board.fbTotal.eccOff,
    })
  }

  #alloc(payload: Uint8Array): void {
    const layout = rpc_gsp_rm_alloc_v03_00
    const hClass = layout.get(payload, 'hClass')
    const injected = this.#faults.at(() => `gsp.alloc.0x${hClass.toString(16)}`)
    if (injected === 'drop') return
    const status =
      injected !== null
        ? faultStatus(injected)
        : layout.get(payload, 'paramsSize') !== payload.length - layout.size
          ? NV_ERR_INVALID_ARGUMENT
          : this.#rm.alloc(
              layout.get(payload, 'hClient'),
              layout.get(payload, 'hParent'),
              layout.get(payload, 'hObject'),
              hClass,
            )
    const header = payload.slice(0, layout.size)
    layout.set(header, 'status', status)
    this.#reply(NV_VGPU_MSG_FUNCTION_GSP_RM_ALLOC, header, payload.subarray(layout.size))
  }

  #free(payload: Uint8Array): void {
    const params = NVOS00_PARAMETERS_v03_00
    const injected = this.#faults.at('gsp.free')
    if (injected === 'drop') return
    const status =
      injected === null
        ? this.#rm.free(params.get(payload, 'hRoot'), params.get(payload, 'hObjectOld'))
        : faultStatus(injected)
    const reply = payload.slice(0, rpc_free_v03_00.size)
    params.set(reply, 'status', status)
    this.#reply(NV_VGPU_MSG_FUNCTION_FREE, reply)
  }

  /** Answers a control. The reply repeats header and parameters, or the header alone for a request in several parts. */
  #control(payload: Uint8Array): void {
    const layout = rpc_gsp_rm_control_v03_00
    const cmd = layout.get(payload, 'cmd')
    const params = payload.subarray(layout.size)
    const injected = this.#faults.at(() => `gsp.${controlName(cmd)}`)
    if (injected === 'drop') return
    const { status, params: written = params } =
      injected === null
        ? this.#runControl(
            layout.get(payload, 'hClient'),
            layout.get(payload, 'hObject'),
            cmd,
            params,
            layout.get(payload, 'paramsSize'),
          )
        : { status: faultStatus(injected) }
    const header = payload.slice(0, layout.size)
    layout.set(header, 'status', status)
    if (payload.length > MAX_PAYLOAD_BYTES) this.#reply(NV_VGPU_MSG_FUNCTION_GSP_RM_CONTROL, header)
    else this.#reply(NV_VGPU_MSG_FUNCTION_GSP_RM_CONTROL, header, written)
  }

  #runControl(
    hClient: number,
    hObject: number,
    cmd: number,
    params: Uint8Array,
    paramsSize: number,
  ): { status: number; params?: Uint8Array } {
    const object = this.#rm.find(hClient, hObject)
    if (typeof object === 'number') return { status: object }
    if (object.class !== NV20_SUBDEVICE_0) return { status: NV_ERR_INVALID_OBJECT_HANDLE }
    const control = CONTROLS.get(cmd)
    if (!control) return { status: NV_ERR_NOT_SUPPORTED }
    if (params.length !== control.params.size || params.length !== paramsSize)
      return { status: NV_ERR_INVALID_ARGUMENT }
    this.caller = hClient
    return control.run(this, params)
  }
}

/** The channel of an RC_TRIGGERED (a byte offset in the channel table) or OS_ERROR_LOG; null for another event. */
function failedChannel(event: number, payload: Uint8Array): number | null {
  if (event === NV_VGPU_MSG_EVENT_RC_TRIGGERED && payload.length >= rpc_rc_triggered_v17_02.size)
    return Math.floor(rpc_rc_triggered_v17_02.get(payload, 'chid') / 8)
  if (event === NV_VGPU_MSG_EVENT_OS_ERROR_LOG && payload.length >= rpc_os_error_log_v17_00.size)
    return rpc_os_error_log_v17_00.get(payload, 'chid')
  return null
}

/** The NV_STATUS of an armed fault's effect: by name, by number, else the generic error. */
function faultStatus(effect: string): number {
  const status = statusByName(effect) ?? Number(effect)
  return Number.isInteger(status) && status !== NV_OK ? status : 0xffff
}

/** A dword of a packed registry table by name, or undefined. */
function registryDword(table: Uint8Array, name: string): number | undefined {
  const count = PACKED_REGISTRY_TABLE.get(table, 'numEntries')
  for (let i = 0; i < count; i += 1) {
    const at = PACKED_REGISTRY_TABLE.size + i * PACKED_REGISTRY_ENTRY.size
    if (!isNamed(table, PACKED_REGISTRY_ENTRY.get(table, 'nameOffset', at), name)) continue
    const isDword =
      PACKED_REGISTRY_ENTRY.get(table, 'type', at) === 1 && PACKED_REGISTRY_ENTRY.get(table, 'length', at) === 4
    if (isDword) return PACKED_REGISTRY_ENTRY.get(table, 'data', at)
  }
  return undefined
}

/** Whether the NUL-terminated name at `at` is `name`. */
function isNamed(table: Uint8Array, at: number, name: string): boolean {
  for (let i = 0; i < name.length; i += 1) if (table[at + i] !== name.charCodeAt(i)) return false
  return table[at + name.length] === 0
}
