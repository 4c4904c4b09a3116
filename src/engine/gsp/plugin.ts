import { asciiBytes } from '../../abi/bytes.ts'
import { NV2080_GUEST_VM_INFO } from '../../abi/ctrl2080.ts'
import {
  GSP_PLUGIN_BOOTLOADED,
  NV_VGPU_CPU_RPC_DATA_COPY_CONFIG_PARAMS,
  NV_VGPU_CPU_RPC_DATA_UPDATE_BME_STATE,
  NV_VGPU_CPU_RPC_DATA_VERSION_NEGOTIATION,
  NV_VGPU_CPU_RPC_MSG_GET_GUEST_INFO,
  NV_VGPU_CPU_RPC_MSG_RESET,
  NV_VGPU_CPU_RPC_MSG_SETUP_CONFIG_PARAMS_AND_INIT,
  NV_VGPU_CPU_RPC_MSG_UPDATE_BME_STATE,
  NV_VGPU_CPU_RPC_MSG_VERSION_NEGOTIATION,
  NV_VGPU_HOST_CPU_ARCH_X86_64,
  VGPU_CPU_GSP_CTRL_BUFF_REGION,
  VGPU_CPU_GSP_CTRL_BUFF_VERSION,
  VGPU_CPU_GSP_RESPONSE_BUFF_REGION,
  VM_UUID_SIZE,
} from '../../abi/vgpu-gsp.ts'
import type { Framebuffer } from '../hw/framebuffer.ts'
import type { PluginState } from '../state.ts'
import { uuidText } from '../uuid.ts'
import { guestVmInfo } from './guest-info.ts'
import { type MigrationMailbox, migrationMessage } from './plugin-migration.ts'
import type { TypedVgpu } from './type-rules.ts'

/** Result codes of a plugin task, modelled: the real ones are unknown. */
const RESULT = { ok: 0, outOfOrder: 1, unknownMessage: 2, badConfig: 3 } as const

/** The only platform of the simulated firmware: KVM with pages of 4 KiB. */
const HYPERVISOR_KVM = 4
const HOST_PAGE_SIZE = 4096

const CONTROL = VGPU_CPU_GSP_CTRL_BUFF_REGION.fields
const RESPONSE = VGPU_CPU_GSP_RESPONSE_BUFF_REGION.fields
/** Members with the offsets of the regions behind the control region, in ascending order. */
const REGIONS = ['response_buff_offset', 'message_buff_offset', 'migration_buff_offset', 'error_buff_offset'] as const
/** States that accept a reset. */
const RESETTABLE: readonly PluginState['state'][] = ['running', 'stopped-work', 'saving', 'restoring', 'failed']

/**
 * The firmware task of one vGPU. It sees its own record, its heap, its log buffers, GSP's rules of types, and the
 * doorbell. The host reaches it only through the mailbox at the start of the heap.
 */
export class PluginTask {
  readonly #state: PluginState
  readonly #fb: Framebuffer
  readonly #mayRun: (vgpu: TypedVgpu) => boolean

  /** @param mayRun the firmware's rules of types */
  constructor(state: PluginState, fb: Framebuffer, mayRun: (vgpu: TypedVgpu) => boolean) {
    this.#state = state
    this.#fb = fb
    this.#mayRun = mayRun
  }

  /** Whether this task belongs to a record. */
  isOf(state: PluginState): boolean {
    return this.#state === state
  }

  /** Clears its log buffers, announces itself in the mailbox and waits for the doorbell. */
  start(): void {
    const { heap, initTaskLog, vgpuTaskLog } = this.#state
    this.#fb.scrub(initTaskLog.addr, initTaskLog.size)
    this.#fb.scrub(vgpuTaskLog.addr, vgpuTaskLog.size)
    this.#log(
      initTaskLog,
      `init: gfid ${this.#state.gfid} heap 0x${heap.addr.toString(16)}+0x${heap.size.toString(16)}`,
    )
    this.#fb.write32(heap.addr + CONTROL.message_seq_num.offset, GSP_PLUGIN_BOOTLOADED)
    this.#state.state = 'ready'
  }

  /** Reads the mailbox. An already answered sequence number is not a new message. */
  onDoorbell(inject: (message: number) => number | 'drop' | null): void {
    if (this.#state.state === 'stopped') return
    const { addr } = this.#state.heap
    const control = addr + CONTROL.version.offset
    const sequence = this.#fb.read32(addr + CONTROL.message_seq_num.offset)
    const response = addr + this.#fb.read32(addr + CONTROL.response_buff_offset.offset)
    const message = addr + this.#fb.read32(addr + CONTROL.message_buff_offset.offset)
    const processed = response + RESPONSE.message_seq_num_processed.offset
    if (sequence === GSP_PLUGIN_BOOTLOADED || sequence === this.#fb.read32(processed)) return
    const type = this.#fb.read32(addr + CONTROL.message_type.offset)
    const injected = inject(type)
    if (injected === 'drop') return
    const result = injected ?? this.#answer(type, message, this.#fb.read32(control))
    this.#fb.write32(response + RESPONSE.result_code.offset, result)
    this.#fb.write32(processed, sequence)
  }

  #answer(type: number, message: number, hostVersion: number): number {
    switch (type) {
      case NV_VGPU_CPU_RPC_MSG_VERSION_NEGOTIATION:
        return this.#negotiate(message, hostVersion)
      case NV_VGPU_CPU_RPC_MSG_SETUP_CONFIG_PARAMS_AND_INIT:
        return this.#configure(message)
      case NV_VGPU_CPU_RPC_MSG_RESET:
        return this.#reset()
      case NV_VGPU_CPU_RPC_MSG_UPDATE_BME_STATE:
        return this.#whileRunning(() => this.#setBusMaster(message))
      case NV_VGPU_CPU_RPC_MSG_GET_GUEST_INFO:
        return this.#whileRunning(() => this.#fb.write(message, NV2080_GUEST_VM_INFO.encode(guestVmInfo(this.#state))))
      default:
        return migrationMessage(type, this.#state, this.#fb, this.#mailbox()) ?? RESULT.unknownMessage
    }
  }

  #negotiate(message: number, hostVersion: number): number {
    if (this.#state.state !== 'ready') return RESULT.outOfOrder
    if (hostVersion !== VGPU_CPU_GSP_CTRL_BUFF_VERSION || !this.#soundRegions()) return RESULT.outOfOrder
    const field = NV_VGPU_CPU_RPC_DATA_VERSION_NEGOTIATION.fields.version_negotiated
    this.#fb.write32(message + field.offset, hostVersion)
    this.#state.state = 'negotiated'
    return RESULT.ok
  }

  /** The four regions of the mailbox: page aligned, ascending, inside the heap. */
  #soundRegions(): boolean {
    const { addr, size } = this.#state.heap
    let end = 0
    for (const field of REGIONS) {
      const at = this.#fb.read32(addr + CONTROL[field].offset)
      if (at <= end || at % HOST_PAGE_SIZE !== 0 || at >= size) return false
      end = at
    }
    return true
  }

  #configure(message: number): number {
    if (this.#state.state !== 'negotiated') return RESULT.outOfOrder
    const config = NV_VGPU_CPU_RPC_DATA_COPY_CONFIG_PARAMS.fields
    const word = (field: { readonly offset: number }) => this.#fb.read32(message + field.offset)
    const { gfid, dbdf, swizzId, vgpuType: booted, instance, vmPid, numChannels, numPluginChannels, fb } = this.#state
    const vgpuType = word(config.vgpu_type)
    const fits =
      word(config.dbdf) === dbdf &&
      word(config.vgpu_device_instance_id) === instance &&
      word(config.vm_pid) === vmPid &&
      word(config.swizz_id) === swizzId &&
      word(config.num_channels) === numChannels &&
      word(config.num_plugin_channels) === numPluginChannels &&
      word(config.hypervisor_type) === HYPERVISOR_KVM &&
      word(config.host_cpu_arch) === NV_VGPU_HOST_CPU_ARCH_X86_64 &&
      word(config.host_page_size) === HOST_PAGE_SIZE &&
      (booted === 0 ? this.#mayRun({ gfid, vgpuType, swizzId, fbSize: fb.size }) : booted === vgpuType)
    if (!fits) return RESULT.badConfig
    this.#state.vgpuType = vgpuType
    this.#state.migratable = this.#fb.read(message + config.vmm_migration_supported.offset, 1)[0] === 1
    this.#state.uuid = uuidText(this.#fb.read(message + config.vgpu_uuid.offset, VM_UUID_SIZE))
    this.#state.state = 'running'
    this.#log(this.#state.vgpuTaskLog, `vgpu ${this.#state.uuid} type ${vgpuType} running`)
    return RESULT.ok
  }

  /** Message 3. Also recovers a task that failed, or that stopped in the middle of a migration. */
  #reset(): number {
    if (!RESETTABLE.includes(this.#state.state)) return RESULT.outOfOrder
    this.#state.state = 'running'
    this.#state.migration = null
    this.#state.busMaster = false
    return RESULT.ok
  }

  #mailbox(): MigrationMailbox {
    const { addr } = this.#state.heap
    return { control: addr, response: addr + this.#fb.read32(addr + CONTROL.response_buff_offset.offset) }
  }

  #setBusMaster(message: number): void {
    const { enable, allowed } = NV_VGPU_CPU_RPC_DATA_UPDATE_BME_STATE.fields
    this.#state.busMaster = (this.#fb.read32(message + enable.offset) & 0xff) !== 0
    this.#fb.write(message + allowed.offset, Uint8Array.of(1))
  }

  #whileRunning(act: () => void): number {
    if (this.#state.state !== 'running') return RESULT.outOfOrder
    act()
    return RESULT.ok
  }

  #log(buffer: { addr: number; size: number }, text: string): void {
    this.#fb.write(buffer.addr, asciiBytes(`${text}\n`))
  }
}
