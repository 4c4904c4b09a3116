import { MiB } from '../../abi/align.ts'
import { GspFwSRMeta, GspSystemInfo } from '../../abi/gsp-boot.ts'
import {
  NV_VGPU_MSG_EVENT_GSP_INIT_DONE,
  NV_VGPU_MSG_FUNCTION_GET_GSP_STATIC_INFO,
  NV_VGPU_MSG_FUNCTION_GSP_SET_SYSTEM_INFO,
  NV_VGPU_MSG_FUNCTION_SET_REGISTRY,
  NV_VGPU_MSG_FUNCTION_UNLOADING_GUEST_DRIVER,
  rpc_unloading_guest_driver_v1F_07,
} from '../../abi/gsp-rpc.ts'
import { GSP_STATIC_INFO } from '../../abi/gsp-static-info.ts'
import {
  PCI_BASE_ADDRESS_0,
  PCI_BASE_ADDRESS_1,
  PCI_BASE_ADDRESS_2,
  PCI_BASE_ADDRESS_3,
  PCI_BASE_ADDRESS_4,
  parseBdf,
} from '../../abi/pci.ts'
import {
  GSP_FW_WPR_META_MAGIC,
  GSP_FW_WPR_META_REVISION,
  GSP_FW_WPR_META_VERIFIED,
  GspFwWprMeta,
} from '../../abi/wpr-meta.ts'
import type { Board } from '../../catalog/boards.ts'
import type { Profile } from '../../catalog/profiles.ts'
import { NvError } from '../../errors/nv-error.ts'
import { type Clock, COST } from '../clock.ts'
import type { Faults } from '../faults.ts'
import { type Bar0, CONFIG_MIRROR, SCRUBBER_DONE, SCRUBBER_STATUS } from '../hw/bar0.ts'
import type { ConfigSpace } from '../hw/config-space.ts'
import type { CopyEngine } from '../hw/copy-engine.ts'
import type { Framebuffer } from '../hw/framebuffer.ts'
import type { GspPort } from '../hw/msgq.ts'
import { readSriov } from '../hw/pf.ts'
import type { Klog } from '../klog.ts'
import { fromSparse, toSparse } from '../sparse.ts'
import type { BootStep, GpuState, NvkmState } from '../state.ts'
import type { Trace } from '../trace.ts'
import { NvkmBar1 } from './bar1.ts'
import { BootLog, GPU_LEVEL, libosArguments, radix3, rmArguments, srMeta } from './boot.ts'
import { NvkmChid } from './chid.ts'
import { runCpuSequencer } from './cpu-sequencer.ts'
import { readEngines } from './engines.ts'
import { type FbLayout, fbLayout, VGA_WORKSPACE_REGISTER, vgaWorkspaceAddr, wprHeapSize } from './fb-layout.ts'
import { NvkmFb } from './fbmem.ts'
import { GspEvents } from './gsp-events.ts'
import { GspRpc } from './gsp-rpc.ts'
import { packRegistry, registryEntries } from './registry.ts'
import { parseRegistryDwords } from './registry-dwords.ts'
import { Rm } from './rm.ts'
import { vfInfo } from './vf-info.ts'
import { NvkmVgpuMgr } from './vgpu-mgr.ts'
import { unsupportedReason } from './vgpu-support.ts'

/** Highest user virtual address for GSP: 47 bits of x86-64. */
const MAX_USER_VA = 0x7fff_ffff_f000
/** The boot firmware scrubs so much of the framebuffer's top. */
const SCRUBBED_AT_BOOT = 256 * MiB
/** RM clients of the driver's own engines (graphics and copy), ids 0 and 1. The first vGPU manager gets id 2. */
const OWN_CLIENTS = 2

export interface NvkmWiring {
  board: Board
  profile: Profile
  clock: Clock
  klog: Klog
  trace: Trace | null
  faults: Faults
  config: ConfigSpace
  bar0: Bar0
  framebuffer: Framebuffer
  copyEngine: CopyEngine
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
  readonly #boot: BootStep[]

  constructor(gpu: GpuState, wiring: NvkmWiring) {
    this.state = gpu.nvkm
    this.wiring = wiring
    this.#bdf = gpu.bdf
    this.#boot = gpu.gsp.boot
    this.events = new GspEvents(wiring.klog, this.state.events)
    this.events.onCpuSequencer = (payload) =>
      runCpuSequencer(payload, {
        bar0: wiring.bar0,
        delay: (us) => wiring.clock.advance(us),
        klog: wiring.klog,
      })
    this.rpc = new GspRpc(wiring.port, this.state.queue, {
      bdf: gpu.bdf,
      clock: wiring.clock,
      events: this.events,
      trace: wiring.trace,
      isRunning: () => this.state.running,
    })
    this.rm = new Rm(this.rpc, wiring.klog, this.state.clientIds)
    this.chid = new NvkmChid(this.state.chid, gpu.bdf)
    this.fb = new NvkmFb(this.state.fb, () => this.state.vmmuSegmentSize, wiring.klog, gpu.bdf)
    this.bar1 = new NvkmBar1(this.state.bar1, wiring.framebuffer, wiring.faults, gpu.bdf)
  }

  /** The reason why this PF carries no vGPUs, or null (nvkm_vgpu_mgr_is_supported). */
  unsupported(): string | null {
    return unsupportedReason({
      parameter: this.state.supportVgpuMgr,
      architecture: this.wiring.board.architecture,
      supportedArchitectures: this.wiring.profile.supportedArchitectures,
      totalVfs: readSriov(this.wiring.config)?.totalVfs ?? null,
    })
  }

  /**
   * Probe of the PF: channel ids, GSP boot, the driver's own clients, vGPU support last.
   * @param handover a warm update: the pools of the previous driver stay, with their allocations
   * @throws NvError with the failed step's errno; GSP is then in state failed and no driver is bound
   */
  probe(handover = false): void {
    const supported = this.unsupported() === null
    const { board, profile, clock, faults, port } = this.wiring
    this.#boot.length = 0
    const boot = new BootLog(this.#boot, clock, faults)
    const layout = this.#layout(supported)
    if (!handover) this.#reserveChannels(supported)
    boot.loadFirmware(board.chip, profile.gspVersion)
    boot.step('radix3', () => {
      const { pages, level2, level1 } = radix3(layout.elf.size)
      return `${pages} pages, ${level2} of level 2, ${level1} of level 1`
    })
    boot.step(
      'FB layout',
      () => `heap 0x${layout.heap.size.toString(16)}, usable up to 0x${layout.nonWprHeap.addr.toString(16)}`,
    )
    this.state.fb.size = layout.nonWprHeap.addr
    this.state.bar1.size = board.pfBar1Size
    this.#scrubHeap(boot, layout)
    boot.step('FWSEC-FRTS', () => `0x${layout.frts.addr.toString(16)} + 0x${layout.frts.size.toString(16)}`)
    boot.step('log buffers', () => `${libosArguments().length} bytes of LIBOS arguments`)
    const meta = this.#wprMeta(layout, supported)
    boot.step(
      'WPR meta',
      () => `${meta.length} bytes, ${GspFwWprMeta.get(meta, 'gspFwHeapVfPartitionCount')} partitions`,
    )
    boot.step('GSP_SET_SYSTEM_INFO', () =>
      this.#queue(NV_VGPU_MSG_FUNCTION_GSP_SET_SYSTEM_INFO, this.#systemInfo(supported)),
    )
    boot.step('SET_REGISTRY', () => this.#queue(NV_VGPU_MSG_FUNCTION_SET_REGISTRY, this.#registry(supported)))
    this.#start(boot, () => {
      port.boot(meta, rmArguments(false))
      return GspFwWprMeta.get(meta, 'verified') === GSP_FW_WPR_META_VERIFIED
    })
    boot.step('GET_GSP_STATIC_INFO', () => this.#staticInfo())
    for (let i = 0; i < OWN_CLIENTS; i += 1) this.rm.allocClient()
    this.state.engines = readEngines((cmd, params) => this.internalControl(cmd, params))
    if (supported) this.vgpuMgr().init(null)
    this.state.driver = 'nvkm'
  }

  /** Unbinding the driver from the PF: vGPU support first, then GSP is unloaded. */
  remove(): void {
    if (this.state.enabled) this.vgpuMgr().fini()
    if (this.state.running) this.#unload(false)
    this.state.driver = null
  }

  /** GSP suspend (2.5): the firmware saves itself and stops. A stopped GSP is left alone. @throws NvError EIO */
  suspend(): void {
    if (!this.state.running) return
    this.wiring.faults.check('gsp.suspend', 'r535_gsp_fini')
    const wpr2 = this.#wpr2Size()
    this.#unload(true)
    this.state.srMeta = toSparse(srMeta(wpr2))
  }

  /** GSP resume from the suspend meta block, without static info and registry. @throws NvError EIO, ETIMEDOUT */
  resume(): void {
    if (this.state.running || this.state.srMeta === '') return
    const boot = new BootLog(this.#boot, this.wiring.clock, this.wiring.faults)
    this.#start(boot, () => {
      this.wiring.port.boot(fromSparse(this.state.srMeta, GspFwSRMeta.size), rmArguments(true))
      return true
    })
    this.state.srMeta = ''
  }

  /** booter_load, then waits for GSP_INIT_DONE. */
  #start(boot: BootLog, load: () => boolean): void {
    boot.step('booter_load', () => {
      if (load()) return 'RISC-V active'
      throw new NvError({
        errno: 'EIO',
        code: 'firmware-refusal',
        at: 'r535_gsp_booter_load',
        message: `the booter did not accept the meta block of ${this.#bdf}`,
        hint: `nvgpu gsp boot --gpu ${this.#bdf}`,
      })
    })
    boot.step('GSP_INIT_DONE', () => {
      this.wiring.clock.advance(COST.gspBoot)
      if (this.rpc.waitEvent(NV_VGPU_MSG_EVENT_GSP_INIT_DONE)) return 'received'
      throw new NvError({
        errno: 'ETIMEDOUT',
        code: 'timeout',
        at: 'r535_gsp_init',
        message: 'GSP_INIT_DONE did not arrive',
        hint: `nvgpu gsp boot --gpu ${this.#bdf}`,
      })
    })
    this.state.running = true
  }

  #staticInfo(): string {
    const reply = this.rpc.call(NV_VGPU_MSG_FUNCTION_GET_GSP_STATIC_INFO, new Uint8Array(0), GSP_STATIC_INFO.size)
    const info = GSP_STATIC_INFO.decode(reply)
    this.state.internal = {
      client: info.hInternalClient,
      device: info.hInternalDevice,
      subdevice: info.hInternalSubdevice,
    }
    this.state.fbTotal = info.fbTotal
    // without a usable region there is no framebuffer
    const { numFbRegions, fbRegionBase, fbRegionLimit } = info
    this.state.fb.base = fbRegionBase
    this.state.fb.size = numFbRegions === 0 ? 0 : fbRegionLimit + 1 - fbRegionBase
    return `client 0x${info.hInternalClient.toString(16)}`
  }

  #unload(suspend: boolean): void {
    const newLevel = suspend ? GPU_LEVEL.suspend : GPU_LEVEL.unload
    const request = rpc_unloading_guest_driver_v1F_07.encode({ bInPMTransition: suspend, newLevel })
    this.rpc.call(NV_VGPU_MSG_FUNCTION_UNLOADING_GUEST_DRIVER, request, 0)
    this.state.running = false
  }

  #wpr2Size(): number {
    return this.#layout(this.unsupported() === null).wpr2.size
  }

  #layout(supported: boolean): FbLayout {
    const { framebuffer, bar0, profile } = this.wiring
    const { size } = framebuffer
    const vga = vgaWorkspaceAddr(size, bar0.read32(VGA_WORKSPACE_REGISTER))
    return fbLayout(size, wprHeapSize(size, supported ? profile.wprHeapSize : null), undefined, vga)
  }

  /** The boot firmware scrubs the top 256 MiB only; the scrubber microcode does the rest of a larger heap. */
  #scrubHeap(boot: BootLog, { heap }: FbLayout): void {
    if (heap.size <= SCRUBBED_AT_BOOT) return
    boot.step('FB scrub', () => {
      const { bar0, framebuffer, faults } = this.wiring
      if (faults.at('hw.scrubber') === null) bar0.runScrubber(() => framebuffer.scrub(heap.addr, heap.size))
      if (bar0.read32(SCRUBBER_STATUS) >>> 29 >= SCRUBBER_DONE) return `0x${heap.size.toString(16)} bytes`
      throw new NvError({
        errno: 'ENOSPC',
        code: 'firmware-refusal',
        at: 'ad102_gsp_scrubber',
        message: `the memory scrubber did not clear the heap of ${this.#bdf}`,
        hint: `nvgpu gsp boot --gpu ${this.#bdf}`,
      })
    })
  }

  #queue(fn: number, payload: Uint8Array): string {
    this.rpc.queue(fn, payload)
    return `${payload.length} bytes`
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

  /** Patch 9: removes ids 512 to 2047 (the profile's range) from the host's bitmap. */
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

  #wprMeta(layout: FbLayout, supported: boolean): Uint8Array {
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
