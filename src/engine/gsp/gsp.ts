import { asciiBytes } from '../../abi/bytes.ts'
import { GSP_ARGUMENTS_CACHED, PACKED_REGISTRY_TABLE } from '../../abi/gsp-boot.ts'
import {
  NV_VGPU_MSG_EVENT_GSP_INIT_DONE,
  NV_VGPU_MSG_EVENT_UCODE_LIBOS_PRINT,
  NV_VGPU_MSG_FUNCTION_FREE,
  NV_VGPU_MSG_FUNCTION_GET_GSP_STATIC_INFO,
  NV_VGPU_MSG_FUNCTION_GSP_RM_ALLOC,
  NV_VGPU_MSG_FUNCTION_GSP_RM_CONTROL,
  NV_VGPU_MSG_FUNCTION_GSP_SET_SYSTEM_INFO,
  NV_VGPU_MSG_FUNCTION_NOP,
  NV_VGPU_MSG_FUNCTION_SET_REGISTRY,
  NV_VGPU_MSG_FUNCTION_UNLOADING_GUEST_DRIVER,
  rpc_unloading_guest_driver_v1F_07,
} from '../../abi/gsp-rpc.ts'
import { GSP_FW_WPR_META_VERIFIED, GspFwWprMeta } from '../../abi/wpr-meta.ts'
import { NV_ERR_INVALID_ARGUMENT, NV_ERR_NOT_SUPPORTED } from '../../errors/nv-status.ts'
import type { Faults } from '../faults.ts'
import type { Framebuffer } from '../hw/framebuffer.ts'
import { type GspPort, MsgqEnd } from '../hw/msgq.ts'
import { toSparse } from '../sparse.ts'
import type { GspState } from '../state.ts'
import type { GspBoard } from './board.ts'
import { wprMetaOf } from './boot-facts.ts'
import { CommandReader } from './command-reader.ts'
import { failedChannel } from './failed-channel.ts'
import { allocInternalClient, staticInfo } from './internal-client.ts'
import { soundSrMeta, soundWprMeta } from './meta-blocks.ts'
import { registryDword } from './registry-table.ts'
import { RmTree } from './rm.ts'
import { RmRpc } from './rm-rpc.ts'
import { PluginTasks } from './tasks.ts'
import type { TypeStore } from './type-store.ts'

/** newLevel of UNLOADING_GUEST_DRIVER. */
const LEVEL = { unload: 0, suspend: 3 } as const

interface FirmwareWiring {
  board: GspBoard
  version: string
  fb: Framebuffer
  port: GspPort
  faults: Faults
  storage: TypeStore
}

/**
 * The GSP firmware. It knows only the queue, the framebuffer and its own state. The host's drivers reach it through
 * those bytes alone.
 */
export class Firmware {
  readonly board: GspBoard
  readonly tasks: PluginTasks
  readonly #state: GspState
  readonly #fbSize: number
  readonly #faults: Faults
  readonly #queue: MsgqEnd
  readonly #commands: CommandReader
  readonly #tree: RmTree
  readonly #rm: RmRpc

  constructor(state: GspState, { board, version, fb, port, faults, storage }: FirmwareWiring) {
    this.board = board
    this.tasks = new PluginTasks({ state, storage }, fb, faults)
    this.#state = state
    this.#fbSize = fb.size
    this.#faults = faults
    this.#queue = new MsgqEnd(port.status, port.command, state.queue, 'checks')
    this.#commands = new CommandReader(this.#queue, (line) => this.#print(line))
    this.#tree = new RmTree(state.clients)
    const context = { state, storage, board, version, tasks: this.tasks }
    this.#rm = new RmRpc(this.#tree, context, faults, (fn, payload, tail) => this.#reply(fn, payload, tail))
  }

  /**
   * booter_load: verifies the meta block and starts the firmware, which reads the queued messages and announces
   * GSP_INIT_DONE. A cold boot takes a WPR meta block and marks it; a resume takes the meta block of the suspend. A
   * refused block leaves GSP failed.
   */
  boot(meta: Uint8Array, rmArguments: Uint8Array): void {
    const resume = GSP_ARGUMENTS_CACHED.decode(rmArguments).srInitArguments.bInPMTransition
    const before = this.#state.power
    this.#state.power = 'booting'
    if (
      this.#faults.at('gsp.boot') !== null ||
      !(resume ? before === 'suspended' && soundSrMeta(meta, wprMetaOf(this.#state)) : soundWprMeta(meta, this.#fbSize))
    ) {
      this.#state.power = 'failed'
      return
    }
    if (!resume) {
      GspFwWprMeta.set(meta, 'verified', GSP_FW_WPR_META_VERIFIED)
      this.#state.wprMeta = toSparse(meta)
      allocInternalClient(this.#tree)
    }
    this.#state.power = 'running'
    this.doorbell()
    this.postEvent(NV_VGPU_MSG_EVENT_GSP_INIT_DONE, new Uint8Array(0))
  }

  /** The command doorbell: reads the command ring until it is empty. A stopped firmware does nothing. */
  doorbell(): void {
    if (this.#state.power !== 'running') return
    for (let command = this.#commands.next(); command !== null; command = this.#commands.next())
      this.#dispatch(command.function, command.payload)
  }

  /** Sends an event. A channel error stops the plugin task that owns the channel, until its reset. */
  postEvent(event: number, payload: Uint8Array): void {
    const channel = failedChannel(event, payload)
    if (channel !== null) this.tasks.channelFailed(channel)
    this.#queue.push({ function: event, result: 0, payload })
  }

  /** GPU instances end when a driver unbinds, also for a moment as sriov-manage does it. */
  endInstances(): void {
    this.#state.mig.instances = []
  }

  /** A line of the firmware's log, sent as LIBOS print; the host's driver drops it. */
  #print(line: string): void {
    this.postEvent(NV_VGPU_MSG_EVENT_UCODE_LIBOS_PRINT, asciiBytes(line))
  }

  #dispatch(fn: number, payload: Uint8Array): void {
    switch (fn) {
      case NV_VGPU_MSG_FUNCTION_GSP_SET_SYSTEM_INFO:
        this.#state.systemInfo = toSparse(payload)
        break
      case NV_VGPU_MSG_FUNCTION_SET_REGISTRY:
        this.#setRegistry(payload)
        break
      case NV_VGPU_MSG_FUNCTION_GET_GSP_STATIC_INFO:
        this.#reply(fn, staticInfo(this.#state, this.board))
        break
      case NV_VGPU_MSG_FUNCTION_GSP_RM_ALLOC:
        this.#rm.alloc(payload)
        break
      case NV_VGPU_MSG_FUNCTION_FREE:
        this.#rm.free(payload)
        break
      case NV_VGPU_MSG_FUNCTION_GSP_RM_CONTROL:
        this.#rm.control(payload)
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

  /** SET_REGISTRY. A table of another size than it says is not read. */
  #setRegistry(table: Uint8Array): void {
    if (PACKED_REGISTRY_TABLE.get(table, 'size') !== table.length) return
    this.#state.registry = toSparse(table)
    this.#state.scheduler = registryDword(table, 'RmPVMRL') ?? 0
  }

  /** UNLOADING_GUEST_DRIVER: level 3 saves everything for a resume; level 0 drops objects, types, tasks and instances. */
  #unloading(payload: Uint8Array): void {
    const fn = NV_VGPU_MSG_FUNCTION_UNLOADING_GUEST_DRIVER
    const { bInPMTransition, newLevel } = rpc_unloading_guest_driver_v1F_07.decode(payload)
    if (newLevel !== (bInPMTransition ? LEVEL.suspend : LEVEL.unload)) {
      this.#queue.push({ function: fn, result: NV_ERR_INVALID_ARGUMENT, payload })
      return
    }
    this.#reply(fn, payload)
    if (bInPMTransition) {
      this.#state.power = 'suspended'
      return
    }
    this.#state.power = 'off'
    for (const client of Object.keys(this.#state.clients)) delete this.#state.clients[client]
    for (const gfid of Object.keys(this.#state.plugins)) delete this.#state.plugins[gfid]
    this.#state.types = []
    this.endInstances()
    if (!this.board.mig?.modeInRom) this.#state.mig.enabled = false
  }

  #reply(fn: number, payload: Uint8Array, tail?: Uint8Array): void {
    this.#queue.push({ function: fn, result: 0, payload, ...(tail && { tail }) })
  }
}
