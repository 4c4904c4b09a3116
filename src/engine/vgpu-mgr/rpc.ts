import { NV2080_GUEST_VM_INFO } from '../../abi/ctrl2080.ts'
import {
  cpuRpcMessageName,
  GSP_PLUGIN_BOOTLOADED,
  NV_VF_DOORBELL_OFFSET,
  NV_VF_PLUGIN_VECTOR,
  NV_VF_VECTORS_PER_GFID,
  NV_VGPU_CPU_RPC_DATA_COPY_CONFIG_PARAMS,
  NV_VGPU_CPU_RPC_DATA_UPDATE_BME_STATE,
  NV_VGPU_CPU_RPC_MSG_GET_GUEST_INFO,
  NV_VGPU_CPU_RPC_MSG_MAX,
  NV_VGPU_CPU_RPC_MSG_SETUP_CONFIG_PARAMS_AND_INIT,
  NV_VGPU_CPU_RPC_MSG_UPDATE_BME_STATE,
  NV_VGPU_CPU_RPC_MSG_VERSION_NEGOTIATION,
  NV_VGPU_HOST_CPU_ARCH_X86_64,
  VGPU_CPU_GSP_CTRL_BUFF_REGION,
  VGPU_CPU_GSP_CTRL_BUFF_VERSION,
  VGPU_CPU_GSP_ERROR_BUFF_OFFSET,
  VGPU_CPU_GSP_MESSAGE_BUFF_OFFSET,
  VGPU_CPU_GSP_MESSAGE_BUFF_REGION_SIZE,
  VGPU_CPU_GSP_MIGRATION_BUFF_OFFSET,
  VGPU_CPU_GSP_RESPONSE_BUFF_OFFSET,
  VGPU_CPU_GSP_RESPONSE_BUFF_REGION,
} from '../../abi/vgpu-gsp.ts'
import type { Profile, RpcTexts } from '../../catalog/profiles.ts'
import { NvError } from '../../errors/nv-error.ts'
import { type Clock, COST } from '../clock.ts'
import type { Klog } from '../klog.ts'
import type { Bar0Map, Bar1Map } from '../nvkm/ops.ts'
import type { VgpuState } from '../state.ts'
import type { Trace } from '../trace.ts'

const NO_DATA: Uint8Array = new Uint8Array(0)
const CONTROL = VGPU_CPU_GSP_CTRL_BUFF_REGION.fields
const RESPONSE = VGPU_CPU_GSP_RESPONSE_BUFF_REGION.fields

/** Template values of message 2 without an override in the series: KVM, x86-64, migration feature bits. */
const HYPERVISOR_KVM = 4
const MIGRATION_FEATURE = 0x4000
const HOST_PAGE_SIZE = 4096

export interface VgpuRpcWiring {
  clock: Clock
  klog: Klog
  trace: Trace | null
  profile: Pick<Profile, 'rpcTexts'>
}

/** The host's end of a vGPU's mailbox (vgpu_mgr/rpc.c, patch 28). Data uses BAR1, the doorbell BAR0. */
export class VgpuRpc {
  readonly #vgpu: VgpuState
  readonly #map: Bar1Map
  readonly #bar0: Bar0Map
  readonly #clock: Clock
  readonly #klog: Klog
  readonly #trace: Trace | null
  readonly #texts: RpcTexts

  constructor(vgpu: VgpuState, map: Bar1Map, bar0: Bar0Map, wiring: VgpuRpcWiring) {
    this.#vgpu = vgpu
    this.#map = map
    this.#bar0 = bar0
    this.#clock = wiring.clock
    this.#klog = wiring.klog
    this.#trace = wiring.trace
    this.#texts = wiring.profile.rpcTexts
  }

  /**
   * Starts the channel: buffers, boot magic, version negotiation, configuration.
   * @throws NvError ETIMEDOUT when the plugin does not start within (virtual) 10 s, EINVAL when a call fails
   */
  setup(config: { uuid: Uint8Array }): void {
    this.#vgpu.rpcSeq = 0
    this.#initControl()
    this.#waitBootloaded()
    this.#step(this.#texts.negotiate, () => this.#exchange(NV_VGPU_CPU_RPC_MSG_VERSION_NEGOTIATION))
    this.#step(this.#texts.init, () =>
      this.#exchange(NV_VGPU_CPU_RPC_MSG_SETUP_CONFIG_PARAMS_AND_INIT, this.#configParams(config.uuid)),
    )
    this.#klog.debug(`nvidia-vgpu ${this.#vgpu.id}: ${this.#texts.done}`)
  }

  /** Message 13: enables or disables bus mastering of the VF in the plugin. */
  updateBmeState(enable: boolean): void {
    this.#exchange(
      NV_VGPU_CPU_RPC_MSG_UPDATE_BME_STATE,
      NV_VGPU_CPU_RPC_DATA_UPDATE_BME_STATE.encode({ enable, allowed: false }),
    )
  }

  /** Message 14: the plugin's facts about the guest. The payload is modelled (unpublished): NV2080_GUEST_VM_INFO. */
  getGuestInfo(): ReturnType<typeof NV2080_GUEST_VM_INFO.decode> {
    const room = new Uint8Array(NV2080_GUEST_VM_INFO.size)
    return NV2080_GUEST_VM_INFO.decode(this.call(NV_VGPU_CPU_RPC_MSG_GET_GUEST_INFO, room))
  }

  /**
   * One call: write data, type and sequence number, ring the doorbell, wait, read result and data.
   * @returns the message region's bytes after the call, as many as sent
   * @throws NvError EINVAL for a bad request, a time-out after (virtual) 120 s, or a result other than 0
   */
  call(type: number, data = NO_DATA): Uint8Array {
    this.#exchange(type, data)
    return this.#map.read(VGPU_CPU_GSP_MESSAGE_BUFF_OFFSET, data.length)
  }

  #exchange(type: number, data = NO_DATA): void {
    if (type >= NV_VGPU_CPU_RPC_MSG_MAX || data.length > VGPU_CPU_GSP_MESSAGE_BUFF_REGION_SIZE) {
      throw this.#refused('invalid-argument', `message ${type} with ${data.length} bytes is invalid`)
    }
    const { id, gfid } = this.#vgpu
    if (data.length > 0) this.#map.write(VGPU_CPU_GSP_MESSAGE_BUFF_OFFSET, data)
    const sequence = (this.#vgpu.rpcSeq ?? 0) + 1
    this.#vgpu.rpcSeq = sequence
    this.#map.write32(CONTROL.message_type.offset, type)
    this.#map.write32(CONTROL.message_seq_num.offset, sequence)
    this.#record('vgpu-mgr>plugin', type, data)
    this.#bar0.write32(NV_VF_DOORBELL_OFFSET, gfid * NV_VF_VECTORS_PER_GFID + NV_VF_PLUGIN_VECTOR)
    // the read flushes the write
    this.#bar0.read32(NV_VF_DOORBELL_OFFSET)
    const processed = VGPU_CPU_GSP_RESPONSE_BUFF_OFFSET + RESPONSE.message_seq_num_processed.offset
    const answered = this.#clock.wait(this.#map.read32(processed) === sequence, COST.hostRpc, COST.hostRpcTimeout)
    const result = this.#map.read32(VGPU_CPU_GSP_RESPONSE_BUFF_OFFSET + RESPONSE.result_code.offset)
    if (answered && this.#trace)
      this.#record('plugin>vgpu-mgr', type, this.#map.read(VGPU_CPU_GSP_MESSAGE_BUFF_OFFSET, data.length), result)
    if (!answered || result !== 0) {
      this.#klog.err(`nvidia-vgpu ${id}: fail to recv RPC: result ${result}`)
      // a time-out is EINVAL too, by the ABI of the call; the message names the cause
      throw answered
        ? this.#refused('firmware-refusal', `message ${type} of vGPU ${id} returned result ${result}`)
        : this.#refused('timeout', `the plugin task of vGPU ${id} did not answer message ${type} within 120 s`)
    }
  }

  #record(direction: string, type: number, payload: Uint8Array, status?: number): void {
    if (!this.#trace) return
    const name = `${cpuRpcMessageName(type)} gfid ${this.#vgpu.gfid} seq ${this.#vgpu.rpcSeq}`
    this.#trace.add({ kind: 'rpc', direction, name, payload, ...(status === undefined ? {} : { status }) })
  }

  #initControl(): void {
    const control = VGPU_CPU_GSP_CTRL_BUFF_REGION
    const head = control.encode({
      version: VGPU_CPU_GSP_CTRL_BUFF_VERSION,
      response_buff_offset: VGPU_CPU_GSP_RESPONSE_BUFF_OFFSET,
      message_buff_offset: VGPU_CPU_GSP_MESSAGE_BUFF_OFFSET,
      migration_buff_offset: VGPU_CPU_GSP_MIGRATION_BUFF_OFFSET,
      error_buff_offset: VGPU_CPU_GSP_ERROR_BUFF_OFFSET,
    })
    // keep message_seq_num: until the first call it has GSP's boot magic
    const offsets = CONTROL.response_buff_offset.offset
    this.#map.write(CONTROL.version.offset, head.subarray(CONTROL.version.offset, CONTROL.message_type.offset))
    this.#map.write(offsets, head.subarray(offsets, CONTROL.migration_buf_cpu_access_offset.offset))
  }

  #waitBootloaded(): void {
    const up = this.#map.read32(CONTROL.message_seq_num.offset) === GSP_PLUGIN_BOOTLOADED
    if (this.#clock.wait(up, COST.pluginBoot, COST.pluginBootTimeout)) return
    this.#klog.err(`nvidia-vgpu ${this.#vgpu.id}: ${this.#texts.bootTimeout}`)
    throw new NvError({
      errno: 'ETIMEDOUT',
      code: 'timeout',
      at: 'wait_bootload',
      message: `the plugin task of vGPU ${this.#vgpu.id} did not start within 10 s`,
      hint: 'nvgpu gsp plugins',
    })
  }

  #step(line: string, act: () => void): void {
    try {
      act()
    } catch (error) {
      this.#klog.err(`nvidia-vgpu ${this.#vgpu.id}: ${line}`)
      throw error
    }
  }

  /** Payload of message 2: the template of the series with its overrides. */
  #configParams(uuid: Uint8Array): Uint8Array {
    const { dbdf, client, vgpuType, pid, chid, gpuInstanceId } = this.#vgpu
    return NV_VGPU_CPU_RPC_DATA_COPY_CONFIG_PARAMS.encode({
      vgpu_uuid: uuid,
      dbdf,
      vgpu_device_instance_id: client ?? 0,
      vgpu_type: vgpuType,
      vm_pid: pid,
      swizz_id: gpuInstanceId ?? 0,
      num_channels: chid?.num ?? 0,
      num_plugin_channels: chid?.plugin ?? 0,
      migration_feature: MIGRATION_FEATURE,
      hypervisor_type: HYPERVISOR_KVM,
      host_cpu_arch: NV_VGPU_HOST_CPU_ARCH_X86_64,
      host_page_size: HOST_PAGE_SIZE,
      vmm_migration_supported: true,
      enable_console_vnc: true,
      use_non_stall_linux_events: true,
    })
  }

  #refused(code: 'invalid-argument' | 'firmware-refusal' | 'timeout', message: string): NvError {
    return new NvError({ errno: 'EINVAL', code, at: 'nvidia_vgpu_rpc_call', message, hint: 'nvgpu gsp plugins' })
  }
}
