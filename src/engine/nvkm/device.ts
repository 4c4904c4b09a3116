import {
  GSP_FW_WPR_META_MAGIC,
  GSP_FW_WPR_META_REVISION,
  GSP_FW_WPR_META_VERIFIED,
  GspFwWprMeta,
  GspSystemInfo,
} from '../../abi/gsp-boot.ts'
import {
  NV_VGPU_MSG_EVENT_GSP_INIT_DONE,
  NV_VGPU_MSG_FUNCTION_GET_GSP_STATIC_INFO,
  NV_VGPU_MSG_FUNCTION_GSP_SET_SYSTEM_INFO,
  NV_VGPU_MSG_FUNCTION_SET_REGISTRY,
} from '../../abi/gsp-rpc.ts'
import { GSP_STATIC_INFO } from '../../abi/gsp-static-info.ts'
import { NvError } from '../../abi/nv-error.ts'
import {
  PCI_BASE_ADDRESS_0,
  PCI_BASE_ADDRESS_1,
  PCI_BASE_ADDRESS_2,
  PCI_BASE_ADDRESS_3,
  PCI_BASE_ADDRESS_4,
  parseBdf,
} from '../../abi/pci.ts'
import type { Board } from '../../catalog/boards.ts'
import type { Profile } from '../../catalog/profiles.ts'
import { type Clock, COST } from '../clock.ts'
import type { Faults } from '../faults.ts'
import { type Bar0, CONFIG_MIRROR } from '../hw/bar0.ts'
import type { ConfigSpace } from '../hw/config-space.ts'
import type { Framebuffer } from '../hw/framebuffer.ts'
import type { GspPort } from '../hw/msgq.ts'
import { readSriov } from '../hw/pf.ts'
import type { Klog } from '../klog.ts'
import type { GpuState, NvkmState } from '../state.ts'
import { NvkmBar1 } from './bar1.ts'
import { NvkmChid } from './chid.ts'
import { readEngines } from './engines.ts'
import { fbLayout, wprHeapSize } from './fb-layout.ts'
import { NvkmFb } from './fbmem.ts'
import { GspEvents } from './gsp-events.ts'
import { GspRpc } from './gsp-rpc.ts'
import { packRegistry, parseRegistryDwords, registryEntries } from './registry.ts'
import { Rm } from './rm.ts'
import { vfInfo } from './vf-info.ts'
import { NvkmVgpuMgr, unsupportedReason } from './vgpu-mgr.ts'

/** Highest user virtual address the driver tells GSP: 47 bits of x86-64. */
const MAX_USER_VA = 0x7fff_ffff_f000
/** RM clients of the driver's own engines (graphics and copy); they come first, so the first vGPU manager gets id 2. */
const OWN_CLIENTS = 2

export interface NvkmWiring {
  board: Board
  profile: Profile
  clock: Clock
  klog: Klog
  faults: Faults
  config: ConfigSpace
  bar0: Bar0
  framebuffer: Framebuffer
  port: GspPort
}

/** The core driver of one PF. */
export class Nvkm {
  readonly state: NvkmState
  readonly rpc: GspRpc
  readonly rm: Rm
  readonly chid: NvkmChid
  readonly fb: NvkmFb
  readonly bar1: NvkmBar1
  readonly events: GspEvents
  readonly wiring: NvkmWiring
  readonly #bdf: string

  constructor(gpu: GpuState, wiring: NvkmWiring) {
    this.state = gpu.nvkm
    this.wiring = wiring
    this.#bdf = gpu.bdf
    this.events = new GspEvents(wiring.klog, this.state.events)
    this.rpc = new GspRpc(wiring.port, this.state.queue, wiring.clock, this.events)
    this.rm = new Rm(this.rpc, wiring.klog, this.state.clientIds)
    this.chid = new NvkmChid(this.state.chid)
    this.fb = new NvkmFb(this.state.fb, () => this.state.vmmuSegmentSize, wiring.klog)
    this.bar1 = new NvkmBar1(this.state.bar1, wiring.framebuffer)
  }

  /** Why this PF carries no vGPUs, or null (nvkm_vgpu_mgr_is_supported: asked before `enabled` is set, too). */
  unsupported(): string | null {
    return unsupportedReason({
      parameter: this.state.supportVgpuMgr,
      architecture: this.wiring.board.architecture,
      supportedArchitectures: this.wiring.profile.supportedArchitectures,
      totalVfs: readSriov(this.wiring.config)?.totalVfs ?? null,
    })
  }

  /**
   * Probe of the PF: channel ids, framebuffer layout, GSP boot, the driver's own clients, vGPU support last.
   * @throws NvError of the step that failed; the caller drops the device
   */
  probe(): void {
    const supported = this.unsupported() === null
    const { board, profile, port, clock } = this.wiring
    this.#reserveChannels(supported)
    const layout = fbLayout(
      this.wiring.framebuffer.size,
      wprHeapSize(this.wiring.framebuffer.size, supported ? profile.wprHeapSize : null),
    )
    this.state.fb.size = layout.nonWprHeap.addr
    this.state.bar1.size = board.pfBar1Size
    this.rpc.queue(NV_VGPU_MSG_FUNCTION_GSP_SET_SYSTEM_INFO, this.#systemInfo(supported))
    this.rpc.queue(NV_VGPU_MSG_FUNCTION_SET_REGISTRY, this.#registry(supported))
    const meta = this.#wprMeta(layout, supported)
    port.boot(meta)
    clock.advance(COST.gspBoot)
    if (GspFwWprMeta.get(meta, 'verified') !== GSP_FW_WPR_META_VERIFIED) {
      throw new NvError({
        errno: 'EIO',
        code: 'firmware-refusal',
        at: 'r535_gsp_booter_load',
        message: `the booter did not verify the WPR meta block of ${this.#bdf}`,
        hint: 'nvgpu host log',
      })
    }
    if (!this.rpc.waitEvent(NV_VGPU_MSG_EVENT_GSP_INIT_DONE)) {
      throw new NvError({
        errno: 'ETIMEDOUT',
        code: 'timeout',
        at: 'r535_gsp_init',
        message: 'GSP_INIT_DONE did not come',
      })
    }
    const info = GSP_STATIC_INFO.decode(
      this.rpc.call(NV_VGPU_MSG_FUNCTION_GET_GSP_STATIC_INFO, new Uint8Array(0), GSP_STATIC_INFO.size),
    )
    this.state.internal = {
      client: info.hInternalClient,
      device: info.hInternalDevice,
      subdevice: info.hInternalSubdevice,
    }
    this.state.fbTotal = info.fbTotal
    for (let i = 0; i < OWN_CLIENTS; i += 1) this.rm.allocClient()
    this.state.engines = readEngines((cmd, params) => this.internalControl(cmd, params))
    this.state.driver = 'nvkm'
    if (supported) this.vgpuMgr().init(null)
  }

  vgpuMgr(): NvkmVgpuMgr {
    return new NvkmVgpuMgr(this.state, this.wiring.klog, this.wiring.faults, (cmd, params) =>
      this.internalControl(cmd, params),
    )
  }

  /** A control on GSP's own subdevice. */
  internalControl(cmd: number, params: Uint8Array): Uint8Array {
    return this.rm.control({ handle: this.state.internal.client }, cmd, params, this.state.internal.subdevice)
  }

  /** Patch 9: ids 512 to 2047 (the profile's range) leave the host's bitmap. */
  #reserveChannels(supported: boolean): void {
    if (!supported) return
    const { first, count } = this.wiring.profile.channelsReserved
    this.chid.reserve(first, count)
  }

  #systemInfo(supported: boolean): Uint8Array {
    const { config, bar0 } = this.wiring
    const bar = (low: number, high?: number) =>
      config.read32(low) - (config.read32(low) & 0xf) + (high === undefined ? 0 : config.read32(high) * 0x1_0000_0000)
    return GspSystemInfo.encode({
      gpuPhysAddr: bar(PCI_BASE_ADDRESS_0),
      gpuPhysFbAddr: bar(PCI_BASE_ADDRESS_1, PCI_BASE_ADDRESS_2),
      gpuPhysInstAddr: bar(PCI_BASE_ADDRESS_3, PCI_BASE_ADDRESS_4),
      nvDomainBusDeviceFunc: parseBdf(this.#bdf) ?? 0,
      maxUserVa: MAX_USER_VA,
      pciConfigMirrorBase: CONFIG_MIRROR.base,
      pciConfigMirrorSize: CONFIG_MIRROR.size,
      ...(supported ? { gspVFInfo: vfInfo(config, bar0) } : {}),
    })
  }

  #registry(supported: boolean): Uint8Array {
    const user = parseRegistryDwords(this.state.registryDwords, (pair) =>
      this.wiring.klog.err(`gsp: malformed registry entry "${pair}"`),
    )
    return packRegistry(registryEntries(user, supported))
  }

  #wprMeta(layout: ReturnType<typeof fbLayout>, supported: boolean): Uint8Array {
    return GspFwWprMeta.encode({
      magic: GSP_FW_WPR_META_MAGIC,
      revision: GSP_FW_WPR_META_REVISION,
      sizeOfRadix3Elf: layout.elf.size,
      sizeOfBootloader: layout.boot.size,
      gspFwRsvdStart: layout.nonWprHeap.addr,
      nonWprHeapOffset: layout.nonWprHeap.addr,
      nonWprHeapSize: layout.nonWprHeap.size,
      gspFwWprStart: layout.wpr2.addr,
      gspFwHeapOffset: layout.heap.addr,
      gspFwHeapSize: layout.heap.size,
      gspFwOffset: layout.elf.addr,
      bootBinOffset: layout.boot.addr,
      frtsOffset: layout.frts.addr,
      frtsSize: layout.frts.size,
      gspFwWprEnd: layout.wprEnd,
      fbSize: layout.fbSize,
      vgaWorkspaceOffset: layout.vgaWorkspace.addr,
      vgaWorkspaceSize: layout.vgaWorkspace.size,
      gspFwHeapVfPartitionCount: supported ? this.wiring.profile.vfPartitionCount : 0,
    })
  }
}
