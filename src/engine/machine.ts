import { MiB } from '../abi/align.ts'
import { NV2080_ENGINE_TYPE } from '../abi/engine-types.ts'
import { formatRoutingId, parseBdf } from '../abi/pci.ts'
import { type Board, pmcBoot0 } from '../catalog/boards.ts'
import { mostTypes } from '../catalog/most-types.ts'
import { type Profile, profileOf } from '../catalog/profiles.ts'
import { profileUnder } from '../catalog/releases.ts'
import { withDefaults } from '../contract/defaults.ts'
import { VF } from '../contract/state/vf.ts'
import { isErrnoName } from '../errors/errno.ts'
import { NvError } from '../errors/nv-error.ts'
import { vgpuParams } from './attributes.ts'
import { boardOf } from './board-of.ts'
import { Clock } from './clock.ts'
import { Faults } from './faults.ts'
import type { GspBoard } from './gsp/board.ts'
import { Firmware } from './gsp/gsp.ts'
import { driverRefusal, guestDriverInfo } from './guest/driver.ts'
import { notePid } from './guest/pids.ts'
import { Bar0 } from './hw/bar0.ts'
import { ConfigSpace } from './hw/config-space.ts'
import { CopyEngine } from './hw/copy-engine.ts'
import { Framebuffer } from './hw/framebuffer.ts'
import { type GspPort, makeRing } from './hw/msgq.ts'
import { gpuNumber, readSriov, writeNumVfs } from './hw/pf.ts'
import { vfResources } from './hw/resources.ts'
import { vfConfig } from './hw/vf.ts'
import { Klog } from './klog.ts'
import { knownType, knownTypes } from './known-types.ts'
import { consumePerfmon, forgetSamples } from './load/perfmon.ts'
import { damaged, isFileDamage, metadataFile } from './metadata-file.ts'
import { migTableOf } from './mig/table.ts'
import { MigrationDevice } from './migration/device.ts'
import { Nvkm, type NvkmWiring } from './nvkm/device.ts'
import type { NvkmVgpuMgrVfioOps } from './nvkm/ops.ts'
import { asPartitionClient, type Partitions } from './nvkm/partitions.ts'
import { sriovNumvfsStore } from './nvkm/sriov.ts'
import { vfioOps } from './nvkm/vfio-ops.ts'
import type { GpuState, HostState, VfState } from './state.ts'
import { supportMend } from './support-mend.ts'
import { Trace } from './trace.ts'
import { SHARED_TYPES } from './type-storage.ts'
import { VfioDevice, type VfioWiring } from './vfio/device.ts'
import { PF_EVENT, PfEventChain } from './vfio/pf-events.ts'
import { MgrEvents } from './vgpu-mgr/events.ts'
import { VgpuMgr } from './vgpu-mgr/mgr.ts'
import type { VgpuMgrWiring } from './vgpu-mgr/wiring.ts'

/** Test hooks between two actors. */
export interface Seams {
  port?(port: GspPort): GspPort
  ops?(ops: NvkmVgpuMgrVfioOps): NvkmVgpuMgrVfioOps
}

/** Shared memory of driver and firmware for their queues. */
export interface Rings {
  readonly command: Uint8Array
  readonly status: Uint8Array
}

export function makeRings(): Rings {
  return { command: makeRing(), status: makeRing() }
}

/** One GPU: the five actors and the connections between them. */
export class Machine {
  readonly gpu: GpuState
  readonly board: Board
  readonly profile: Profile
  readonly clock: Clock
  readonly klog: Klog
  readonly trace: Trace | null
  readonly config: ConfigSpace
  readonly framebuffer: Framebuffer
  readonly bar0: Bar0
  readonly gsp: Firmware
  readonly nvkm: Nvkm
  readonly ops: NvkmVgpuMgrVfioOps
  readonly mgr: VgpuMgr
  readonly pfEvents: PfEventChain
  readonly #host: HostState
  readonly #faults: Faults
  /** drivers of the VFs, created on first use */
  readonly #devices = new Map<VfState, VfioDevice>()
  readonly #driver: VfioWiring

  /** @param rings memory for this machine alone; of zeros if the queues have unread messages */
  constructor(host: HostState, gpu: GpuState, seams: Seams = {}, rings: Rings = makeRings()) {
    this.gpu = gpu
    this.#host = host
    this.board = boardOf(gpu)
    this.profile = profileUnder(profileOf(host), host.driverVersion)
    this.clock = new Clock(host)
    this.klog = new Klog(gpu.klog, this.clock)
    this.#faults = new Faults(host.faults)
    this.trace = host.tracing ? new Trace(gpu.trace, gpu.klog, this.clock) : null

    this.config = new ConfigSpace(gpu.hw.config, (bytes) => {
      gpu.hw.config = bytes
    })
    this.framebuffer = new Framebuffer(gpu.hw.fb)
    this.bar0 = new Bar0(gpu.hw, this.config, this.trace)

    const shared: GspPort = {
      ...rings,
      doorbell: () => this.gsp.doorbell(),
      boot: (meta, rmArguments) => this.gsp.boot(meta, rmArguments),
    }
    const port = seams.port?.(shared) ?? shared
    this.gsp = new Firmware(gpu.gsp, {
      board: gspBoard(this.board, gpu.bdf),
      version: this.profile.gspVersion,
      fb: this.framebuffer,
      port: shared,
      faults: this.#faults,
      storage: SHARED_TYPES,
    })
    this.bar0.onDoorbell = (value) => this.gsp.tasks.ring(value)

    const copyEngine = new CopyEngine(this.framebuffer)
    copyEngine.onNonstall = () => this.pfEvents.call(PF_EVENT.FIFO_NONSTALL)
    this.nvkm = new Nvkm(gpu, this.#nvkmWiring(port, copyEngine))
    const table = vfioOps(this.nvkm)
    this.ops = seams.ops?.(table) ?? table
    const mgrWiring = this.#mgrWiring()
    this.mgr = new VgpuMgr(mgrWiring)
    const mgrEvents = new MgrEvents(mgrWiring)
    this.pfEvents = new PfEventChain(gpu.nvkm.pfListeners, (index) => this.#listener(index), this.trace)
    this.#driver = this.#driverWiring()
    this.nvkm.events.onPerfmonSamples = (payload) => consumePerfmon(gpu.load, payload)
    this.nvkm.events.onPluginTriggered = (gfid, notifyIndex) => mgrEvents.pluginTriggered(gfid, notifyIndex)
    this.nvkm.events.onVgpuConfig = (notifyIndex) => mgrEvents.vgpuConfig(notifyIndex)
    this.nvkm.events.onChannelError = (channel, xid, text) => mgrEvents.channelError(channel, xid, text)
  }

  /** The PF's interrupt: dispatches all messages in the status ring. */
  interrupt(): void {
    this.nvkm.rpc.drain()
  }

  /** Acts on the GPU and compute instances of the PF, as one client. */
  partitions<T>(act: (partitions: Partitions) => T): T {
    return asPartitionClient(this.nvkm.rm, act)
  }

  /** The migration feature of a VF's open device. */
  migration(vf: VfState): MigrationDevice {
    return new MigrationDevice(vf, {
      migration: this.mgr.migration(vf.index),
      klog: this.klog,
      faults: this.#faults,
    })
  }

  /** The driver of a VF of this GPU. */
  vfio(vf: VfState): VfioDevice {
    const { vfs } = this.gpu
    const known = this.#devices.get(vf)
    if (known?.vfs === vfs) return known
    const device = new VfioDevice(vf, vfs, this.#driver)
    this.#devices.set(vf, device)
    return device
  }

  /**
   * Writes sriov_numvfs: refusals in the kernel's order, then VFs are added or removed. With autoprobe on, new VFs are
   * probed; a VF with a failed probe stays unbound.
   * @param by a direct write to the file, or the driver's own tool (sriov-manage of NVIDIA's release)
   * @returns the VFs whose probe failed, with the error
   */
  writeNumVfs(text: string, by: 'hand' | 'tool' = 'tool'): { vf: VfState; error: NvError }[] {
    const sriov = readSriov(this.config)
    const value = sriovNumvfsStore(
      text,
      {
        totalVfs: sriov?.totalVfs ?? 0,
        numVfs: this.gpu.hw.numVfs,
        driver: this.gpu.nvkm.driver,
        toolOnly: by === 'hand' && !this.profile.numVfsByHand,
        enabled: this.gpu.nvkm.enabled,
        managerAttached: this.gpu.nvkm.handle,
        bdf: this.gpu.bdf,
        isUsed: this.gpu.vfs.some((vf) => vf.uuid !== null || vf.opened !== null),
        unsupported: this.nvkm.unsupported(),
        mend: supportMend(this.gpu, this.profile),
      },
      this.klog,
      this.profile.sriovConfigure === 'event' ? (numVfs) => this.pfEvents.call(PF_EVENT.SRIOV_CONFIGURE, numVfs) : null,
    )
    if (value === null) return []
    // NVIDIA's sriov-manage unbinds the driver from the PF and binds it again; MIG itself stays on
    if (!this.profile.numVfsByHand) this.gsp.endInstances()
    if (value === 0) this.#disableSriov()
    else this.#enableSriov(value, this.#enabledOf(value))
    return this.gpu.nvkm.sriovDriversAutoprobe ? this.#probeAll() : []
  }

  /** PF event DRIVER_UNBIND: tears down the driver of every bound VF. @throws NvError EBUSY when a VM does not stop */
  notifyDriverUnbind(): void {
    this.pfEvents.call(PF_EVENT.DRIVER_UNBIND)
  }

  totalVfs(): number {
    return readSriov(this.config)?.totalVfs ?? 0
  }

  /** Writes the actors' decoded data into the state. */
  flush(): void {
    // the ring is not part of the state: dispatch its events first
    if (this.gpu.nvkm.running) this.interrupt()
    this.framebuffer.flush()
  }

  /** pci_enable_sriov. An armed fault makes the core enable fewer VFs. */
  #enabledOf(numVfs: number): number {
    const fewer = Number(this.#faults.at('pf.sriov') ?? numVfs)
    return Number.isInteger(fewer) && fewer < numVfs ? fewer : numVfs
  }

  #enableSriov(asked: number, numVfs: number): void {
    if (numVfs !== asked) this.klog.warn(`${this.gpu.bdf}: ${asked} VFs requested; only ${numVfs} enabled`)
    writeNumVfs(this.config, numVfs)
    this.gpu.hw.numVfs = numVfs
    const sriov = readSriov(this.config)
    const pf = parseBdf(this.gpu.bdf) ?? 0
    for (let index = 0; index < numVfs; index += 1) {
      this.gpu.vfs.push(
        withDefaults(VF, {
          index,
          bdf: formatRoutingId(pf + (sriov?.vfOffset ?? 0) + (sriov?.vfStride ?? 1) * index),
          config: vfConfig(this.config),
        }),
      )
    }
  }

  #nvkmWiring(port: GspPort, copyEngine: CopyEngine): NvkmWiring {
    return {
      board: this.board,
      profile: this.profile,
      clock: this.clock,
      klog: this.klog,
      trace: this.trace,
      faults: this.#faults,
      config: this.config,
      bar0: this.bar0,
      framebuffer: this.framebuffer,
      copyEngine,
      port,
    }
  }

  #mgrWiring(): VgpuMgrWiring {
    return {
      gpu: this.gpu,
      board: this.board,
      ops: this.ops,
      profile: this.profile,
      clock: this.clock,
      klog: this.klog,
      trace: this.trace,
      requestFirmware: (path) => this.#requestFirmware(path),
      runs: (index) => {
        const vf = this.gpu.vfs[index]
        return vf?.opened && vf.paused === null ? vf.bdf : null
      },
      mig: () => ({ table: migTableOf(this.board, gpuNumber(this.gpu.bdf)), ...this.gpu.gsp.mig }),
      knownTypes: () => knownTypes(this.#host, this.board),
      knownType: (id) => knownType(this.#host, this.board, id),
    }
  }

  #driverWiring(): VfioWiring {
    return {
      pf: this.gpu.bdf,
      mgr: this.mgr,
      profile: this.profile,
      clock: this.clock,
      klog: this.klog,
      faults: this.#faults,
      resources: (vf) => vfResources(this.config, this.board, vf),
      boot0: pmcBoot0(this.board),
      pfEvents: this.pfEvents,
      pfBound: () => this.gpu.nvkm.driver !== null,
      vmStarts: (opened, boots) => this.#vmStarts(opened, boots),
    }
  }

  #listener(index: number): VfioDevice | undefined {
    const vf = this.gpu.vfs[index]
    return vf && this.vfio(vf)
  }

  /** The guest boots. Its driver, if it fits the type, loads and sends its data to the plugin. */
  bootGuest(vf: VfState): void {
    const type = knownType(this.#host, this.board, vf.vgpuType)
    if (!vf.opened || type === undefined || driverRefusal(type, vf.opened) !== null) return
    const version = this.profile.vgpuVersion.newest
    const info = guestDriverInfo(vf.opened, this.profile, { vmPid: vf.opened.pid, version })
    this.gsp.tasks.guestDriver(vf.index + 1, info, vgpuParams(vf.attrs).frameRateLimiter, this.clock.now)
  }

  #vmStarts(vf: VfState, boots: boolean): void {
    forgetSamples(this.gpu.load, vf.index + 1)
    if (vf.opened) notePid(this.#host, vf.opened.pid)
    if (boots) this.bootGuest(vf)
  }

  /** The PCI core unbinds the driver of each VF, then removes the VF. */
  #disableSriov(): void {
    for (const vf of this.gpu.vfs) if (vf.driver === 'nvidia-vgpu-vfio') this.vfio(vf).remove()
    this.gpu.vfs = []
    writeNumVfs(this.config, 0)
    this.gpu.hw.numVfs = 0
  }

  /** The metadata file of the host's types. A fault makes it missing or damages it. @throws NvError ENOENT */
  #requestFirmware(path: string): Uint8Array {
    const effect = this.#faults.at('firmware.vgpu')
    if (effect !== null && !isFileDamage(effect)) {
      const errno = isErrnoName(effect) ? effect : 'ENOENT'
      const message = `firmware ${path} is missing`
      throw new NvError({ errno, code: 'firmware-refusal', at: 'request_firmware', message, hint: 'nvgpu fault list' })
    }
    const { gspVersion, metadata } = this.profile
    const release = { major: 0, minor: 0, ...metadata, gspVersion }
    const file = metadataFile(this.board.deviceId, knownTypes(this.#host, this.board), release)
    return effect === null ? file : damaged(file, effect)
  }

  #probeAll(): { vf: VfState; error: NvError }[] {
    const failed: { vf: VfState; error: NvError }[] = []
    for (const vf of this.gpu.vfs) {
      if (vf.driver !== null) continue
      try {
        this.vfio(vf).probe()
      } catch (error) {
        if (!(error instanceof NvError)) throw error
        failed.push({ vf, error })
      }
    }
    return failed
  }
}

/** Hardware facts for the firmware: ids, memory, and engines, SW and SEC2 included. */
function gspBoard(board: Board, bdf: string): GspBoard {
  const made = silicon.get(board) ?? siliconOf(board)
  silicon.set(board, made)
  return { ...made, mig: migTableOf(board, gpuNumber(bdf)) }
}

const silicon = new WeakMap<Board, Omit<GspBoard, 'mig'>>()

function siliconOf(board: Board): Omit<GspBoard, 'mig'> {
  const { engines, smiTotalMiB, fbBytes } = board
  const run = (first: number, count: number) => Array.from({ length: count }, (_, i) => first + i)
  return {
    deviceId: board.deviceId,
    subsystemId: board.subsystemId,
    eccSupported: board.eccSupported,
    channels: board.channels,
    mostTypes: mostTypes(board),
    fbTotal: {
      eccOff: smiTotalMiB.eccOff === null ? fbBytes : smiTotalMiB.eccOff * MiB,
      eccOn: smiTotalMiB.eccOn === null ? fbBytes : smiTotalMiB.eccOn * MiB,
    },
    engines: [
      ...run(NV2080_ENGINE_TYPE.GR0, engines.gr),
      ...run(NV2080_ENGINE_TYPE.COPY0, engines.copy),
      ...run(NV2080_ENGINE_TYPE.NVDEC0, engines.nvdec),
      ...run(NV2080_ENGINE_TYPE.NVENC0, engines.nvenc),
      NV2080_ENGINE_TYPE.SW,
      NV2080_ENGINE_TYPE.SEC2,
      ...run(NV2080_ENGINE_TYPE.NVJPEG0, engines.nvjpeg),
      ...run(NV2080_ENGINE_TYPE.OFA, engines.ofa),
    ],
  }
}
