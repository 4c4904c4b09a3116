import { PCI_COMMAND, PCI_COMMAND_MASTER, PCI_COMMAND_MEMORY, PCI_REVISION_ID, parseBdf } from '../../abi/pci.ts'
import type { CloseStep, OpenStep, Profile } from '../../catalog/profiles.ts'
import { NvError } from '../../errors/nv-error.ts'
import type { Clock } from '../clock.ts'
import type { Faults } from '../faults.ts'
import { ConfigSpace } from '../hw/config-space.ts'
import type { Resource } from '../hw/resources.ts'
import type { Klog } from '../klog.ts'
import { freeIds } from '../mig/now.ts'
import type { Opener, Sparse, VfState } from '../state.ts'
import { takeInOrder } from '../unwind.ts'
import type { VgpuMgr } from '../vgpu-mgr/mgr.ts'
import type { VgpuType } from '../vgpu-mgr/types.ts'
import { VfioFile } from './file.ts'
import { checkInstanceMove } from './instance-select.ts'
import { setMsix } from './irqs.ts'
import { PF_EVENT, type PfEventChain, type PfEventListener } from './pf-events.ts'
import { keepLogs, taskLogs } from './task-logs.ts'
import { checkTypeSelection, type PlaceWish } from './type-select.ts'
import { VF_RESETS } from './vf-reset.ts'
import { virtualConfig } from './virtual-config.ts'

export const DRIVER_NAME = 'nvidia-vgpu-vfio'
/** The only type of the RFC's driver; it offers no choice. */
const RFC_TYPE = 869
/** Time limit for a VM to close the device on request (virtual time). */
const GO_TIMEOUT_US = 30_000_000

export interface VfioWiring {
  /** Address of the PF. */
  pf: string
  mgr: VgpuMgr
  profile: Profile
  clock: Clock
  klog: Klog
  faults: Faults
  /** BAR0 to BAR5 of a VF by its index. */
  resources(vf: number): readonly Resource[]
  /** NV_PMC_BOOT_0 of the GPU */
  boot0: number
  pfEvents: PfEventChain
  /** Whether a driver is bound to the PF. */
  pfBound(): boolean
  /** The VM that opened the device starts, and its guest boots. */
  vmStarts(vf: VfState, boots: boolean): void
}

/** The opener of the device. By default a VM closes the device on request. */
export type OpenRequest = Pick<Opener, 'vm' | 'pid'> & Partial<Opener> & { readonly boots?: boolean }

/** The UUID for a plugin, as text and as 16 bytes. */
export interface VgpuIdentity {
  uuid: string
  uuidBytes: Uint8Array
}

/** The VFIO variant driver on one VF (vfio_main.c, patch 29, and the sysfs files of the 2025 series). */
export class VfioDevice implements PfEventListener {
  readonly vf: VfState
  /** All VFs of the PF, for the one-type rule. */
  readonly vfs: readonly VfState[]
  readonly #wiring: VfioWiring
  /** cache: the last decoded configuration space, with its text */
  #taken: { text: Sparse; config: ConfigSpace } | undefined

  constructor(vf: VfState, vfs: readonly VfState[], wiring: VfioWiring) {
    this.vf = vf
    this.vfs = vfs
    this.#wiring = wiring
  }

  /** Binds the VF: takes a reference on the manager. @throws NvError of the failed step (logged); it stays unbound */
  probe(): void {
    const { mgr, profile, klog, faults, pfEvents } = this.#wiring
    try {
      faults.check('vf.probe', 'nvidia_vgpu_vfio_probe')
      this.#refuseUnboundPf()
      takeInOrder((onError) => {
        mgr.get()
        onError(() => mgr.put())
        if (profile.types === 'only-869') mgr.findType(RFC_TYPE, 'nvidia_vgpu_vfio_probe')
        if (profile.vgpuAttributes !== 'none') faults.check('vf.sysfs', 'sysfs_create_group')
        for (const _ of taskLogs(profile)) faults.check('vf.debugfs', 'debugfs_create_file')
        if (profile.sriovConfigure === 'event') pfEvents.register(this.vf.index)
        onError(() => pfEvents.unregister(this.vf.index))
        faults.check('vf.register', 'vfio_pci_core_register_device')
      })
    } catch (error) {
      if (error instanceof NvError) klog.err(`${DRIVER_NAME} ${this.vf.bdf}: VF probe failed with ret: ${error.errno}`)
      throw error
    }
    this.vf.driver = DRIVER_NAME
    this.vf.unbound = false
    if (profile.virtualConfig === 'at-probe') this.#buildConfig(mgr.findType(RFC_TYPE, 'nvidia_vgpu_vfio_probe'))
  }

  /** Unbinds the VF. @throws NvError EBUSY while the device is open */
  remove(): void {
    if (this.vf.opened) {
      throw new NvError({
        errno: 'EBUSY',
        code: 'busy',
        at: 'nvidia_vgpu_vfio_remove',
        message: `${this.vf.bdf} is open by ${this.vf.opened.vm}`,
        hint: `nvgpu vgpu stop ${this.vf.bdf}`,
        object: this.vf.bdf,
      })
    }
    if (!this.vf.unbound) this.#detach()
    this.vf.driver = null
    this.vf.unbound = false
    this.vf.vconfig = ''
    this.vf.logs = { initTask: '', vgpuTask: '', kernel: '' }
  }

  /**
   * Asks the VM to close the device.
   * @throws NvError EBUSY if the device is still open after 30 s; nothing has changed then
   */
  askToClose(): void {
    const { opened, bdf } = this.vf
    if (!opened) return
    const { klog, clock } = this.#wiring
    klog.info(`${bdf}: SIGTERM to ${opened.vm} (pid ${opened.pid}), waiting for the device to be closed`)
    if (opened.policy === 'closes') return
    clock.advance(GO_TIMEOUT_US)
    klog.err(`${bdf}: ${opened.vm} (pid ${opened.pid}) has not closed the device within ${GO_TIMEOUT_US / 1_000_000} s`)
    throw new NvError({
      errno: 'EBUSY',
      code: 'busy',
      at: 'nvidia_vgpu_vfio_pf_event',
      message: `${opened.vm} (pid ${opened.pid}) ignores the request to close ${bdf}`,
      hint: `nvgpu vfio close ${bdf}`,
      object: bdf,
    })
  }

  preparePfEvent(event: number, numVfs: number): void {
    if (this.#goes(event, numVfs)) this.askToClose()
  }

  /** The VF or the PF's driver is being removed: the VM closes the device, and the driver releases everything. */
  pfEvent(event: number, numVfs: number): void {
    if (!this.#goes(event, numVfs)) return
    this.vf.unbound = true
    if (this.vf.opened) this.close()
    this.#detach()
  }

  /**
   * The write to current_vgpu_type: an id selects, 0 deselects.
   * @param wish first slot and GPU instance; by default the first ones that take it
   * @throws NvError of the profile's checks
   */
  setCurrentVgpuType(vgpuType: number, wish: PlaceWish = {}): void {
    const selection = this.#select(vgpuType, wish)
    if (vgpuType === 0) this.#deselect()
    else if (selection) {
      this.vf.vgpuType = selection.type.vgpuType
      this.vf.placementId = selection.placementId
      this.vf.gpuInstanceId = selection.gpuInstanceId
    }
  }

  /** The write to gpu_instance_id: moves the vGPU to another instance before its VM starts. @throws NvError as checkInstanceMove */
  setGpuInstance(wanted: number): void {
    const { vf, vfs } = this
    const { pf, mgr } = this.#wiring
    const find = (id: number) => mgr.findType(id, 'gpu_instance_id_store')
    const tenants = vfs
      .filter((other) => other !== vf && other.vgpuType !== 0)
      .map(({ gpuInstanceId, placementId, vgpuType }) => ({ gpuInstanceId, placementId, type: find(vgpuType) }))
    const type = vf.vgpuType === 0 ? null : find(vf.vgpuType)
    const mig = mgr.mig()
    checkInstanceMove(vf, { bdf: pf, type, mig, tenants, wanted })
    if (vf.gpuInstanceId === wanted) return
    vf.gpuInstanceId = wanted
    const { table } = mig
    const target = mig.instances.find(({ swizzId }) => swizzId === wanted)
    if (vf.placementId !== null && table && type && target)
      vf.placementId = freeIds(table, type, target, tenants)[0] ?? null
  }

  /** Whether a write of this id to current_vgpu_type would succeed now. */
  maySelect(vgpuType: number): boolean {
    try {
      this.#select(vgpuType)
      return true
    } catch (error) {
      if (error instanceof NvError) return false
      throw error
    }
  }

  /**
   * open(2) of the VFIO device, with steps in the profile's order. A failing step undoes the earlier ones.
   * @param vgpu identity for the plugin
   * @throws NvError ENODEV (no type, torn down), EBUSY (already open), or the error of a step
   */
  open(request: OpenRequest, vgpu: VgpuIdentity): void {
    const { vm, pid, policy = 'closes', guestOs = null, tcc = false, vmUuid = null } = request
    const opener: Opener = { policy, guestOs, tcc, vm, vmUuid, pid }
    const at = 'nvidia_vgpu_vfio_open_device'
    const byDefault = this.vf.vgpuType === 0 && this.#wiring.profile.types === 'only-869'
    if (this.vf.vgpuType === 0 && !byDefault) {
      this.#wiring.klog.err(`${this.vf.bdf}: a vGPU type must be chosen before opening VFIO device`)
      throw new NvError({
        errno: 'ENODEV',
        code: 'wrong-state',
        at,
        message: `a vGPU type must be chosen before opening ${this.vf.bdf}`,
        hint: `nvgpu types list --creatable --gpu ${this.#wiring.pf}`,
      })
    }
    if (this.vf.unbound) {
      this.#wiring.klog.err(
        `${this.vf.bdf}: the driver has been torn down because PF driver is unbound or the admin is disabling the VF`,
      )
      throw new NvError({
        errno: 'ENODEV',
        code: 'no-device',
        at,
        message: `the driver of ${this.vf.bdf} has been torn down`,
        hint: `nvgpu vf unbind ${this.vf.bdf}`,
      })
    }
    if (this.vf.opened) {
      throw new NvError({
        errno: 'EBUSY',
        code: 'busy',
        at,
        message: `${this.vf.bdf} is open by ${this.vf.opened.vm} already`,
        hint: `nvgpu vgpu stop ${this.vf.bdf}`,
        object: this.vf.bdf,
      })
    }
    const type = this.#wiring.mgr.findType(byDefault ? RFC_TYPE : this.vf.vgpuType, at)
    takeInOrder((onError) => {
      if (byDefault) {
        this.vf.vgpuType = RFC_TYPE
        onError(() => this.#deselect())
      }
      for (const step of this.#wiring.profile.openOrder) {
        this.#openStep(step, type, opener, vgpu)
        onError(() => this.#undoOpenStep(step))
      }
    })
    if (this.#wiring.profile.virtualConfig === 'at-open') this.#buildConfig(type)
    this.vf.opened = opener
    this.vf.saved = null
    this.#wiring.vmStarts(this.vf, request.boots ?? true)
  }

  /** close(2), in the profile's order. It needs no bus-master-off message: destroying the plugin ends DMA. */
  close(): void {
    if (!this.vf.opened) {
      throw new NvError({
        errno: 'ENODEV',
        code: 'wrong-state',
        at: 'nvidia_vgpu_vfio_close_device',
        message: `${this.vf.bdf} is not open`,
        hint: 'nvgpu vgpu list',
      })
    }
    for (const step of this.#wiring.profile.closeOrder) this.#closeStep(step)
    if (this.#wiring.profile.virtualConfig === 'at-open') this.vf.vconfig = ''
    this.vf.regs = {}
    this.vf.opened = null
    this.vf.paused = null
    this.vf.mig = { state: 'RUNNING', restored: false }
  }

  #openStep(step: OpenStep, type: VgpuType, opener: Opener, vgpu: VgpuIdentity): void {
    const { mgr, faults, clock, klog, profile } = this.#wiring
    switch (step) {
      case 'create': {
        const { index, bdf } = this.vf
        const dbdf = (parseBdf(bdf) ?? 0) % 0x10000
        const { placementId, gpuInstanceId } = this.vf
        const place = { placementId, gpuInstanceId }
        mgr.create({ id: index, gfid: index + 1, dbdf, type, pid: opener.pid, ...vgpu, ...place })
        if (profile.logsCreate) klog.err(`${bdf}: create_vgpu() called`)
        return
      }
      case 'enable':
        faults.check('vf.enable', 'pci_enable_device')
        this.#setCommand(PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER)
        return
      case 'reset':
        VF_RESETS[profile.vfReset](this.vf, { config: this.#hardware(), clock, klog, faults })
        return
      case 'bus-master':
        mgr.rpc(this.vf.index).updateBmeState(true)
    }
  }

  #closeStep(step: CloseStep): void {
    const { mgr, profile, klog } = this.#wiring
    switch (step) {
      case 'unmap-bar0':
        this.vf.bar0Mapped = false
        return
      case 'destroy':
        if (profile.debugfsLogs) this.vf.logs = keepLogs(profile, mgr.heap(this.vf.index))
        try {
          mgr.destroy(this.vf.index)
        } catch (error) {
          if (!(error instanceof NvError)) throw error
          klog.warn(`${this.vf.bdf}: fail to destroy the vGPU: ${error.message} (${error.errno})`)
        }
        return
      case 'disable':
        setMsix(this.#hardware(), false)
        this.#setCommand(0)
    }
  }

  #undoOpenStep(step: OpenStep): void {
    if (step === 'create') this.#wiring.mgr.destroy(this.vf.index)
    if (step === 'enable') this.#setCommand(0)
  }

  #setCommand(command: number): void {
    const config = this.#hardware()
    config.write16(PCI_COMMAND, command)
    config.save()
  }

  #hardware(): ConfigSpace {
    if (this.#taken?.text === this.vf.config) return this.#taken.config
    const config = new ConfigSpace(this.vf.config, (bytes) => {
      this.vf.config = bytes
      if (this.#taken?.config === config) this.#taken.text = bytes
    })
    this.#taken = { text: this.vf.config, config }
    return config
  }

  /** The file operations of the open device. @throws NvError ENODEV for a closed device, with a warning in the log */
  file(): VfioFile {
    const at = 'nvidia_vgpu_vfio_file_operation'
    const { mgr, profile, klog, faults, resources, boot0 } = this.#wiring
    if (!this.vf.opened) {
      klog.warn(`${this.vf.bdf}: the device is not open`)
      throw new NvError({
        errno: 'ENODEV',
        code: 'wrong-state',
        at,
        message: `${this.vf.bdf} is not open`,
        hint: `nvgpu vfio open ${this.vf.bdf} --vm NAME`,
        object: this.vf.bdf,
      })
    }
    return new VfioFile(this.vf, {
      type: mgr.findType(this.vf.vgpuType, at),
      virtual: new ConfigSpace(this.vf.vconfig, (bytes) => {
        this.vf.vconfig = bytes
      }),
      hardware: this.#hardware(),
      resources: resources(this.vf.index),
      boot0,
      mgr,
      profile,
      klog,
      faults,
    })
  }

  #select(vgpuType: number, wish: PlaceWish = {}): ReturnType<typeof checkTypeSelection> {
    const { pf, mgr, profile } = this.#wiring
    const { vfs } = this
    const find = (id: number) => mgr.findType(id, 'current_vgpu_type_store')
    const rules = { bdf: pf, vfs, profile, grid: mgr.grid(), mig: mgr.mig(), find }
    return checkTypeSelection(this.vf, vgpuType, rules, wish)
  }

  /** Whether a PF event removes this VF. */
  #goes(event: number, numVfs: number): boolean {
    if (this.vf.unbound) return false
    return event === PF_EVENT.DRIVER_UNBIND || (event === PF_EVENT.SRIOV_CONFIGURE && this.vf.index >= numVfs)
  }

  /** In the 2025 series a VF cannot bind while its PF has no driver. */
  #refuseUnboundPf(): void {
    const { pf, profile, pfBound } = this.#wiring
    if (profile.sriovConfigure !== 'event' || pfBound()) return
    throw new NvError({
      errno: 'ENODEV',
      code: 'no-device',
      at: 'nvidia_vgpu_mgr_setup',
      message: `the PF of ${this.vf.bdf} has no driver`,
      hint: `nvgpu gpu bind ${pf}`,
    })
  }

  /** Unregisters from the PF's events, deselects the type and drops the manager's reference. */
  #detach(): void {
    this.#wiring.pfEvents.unregister(this.vf.index)
    this.#deselect()
    this.#wiring.mgr.put()
  }

  #buildConfig(type: VgpuType): void {
    this.vf.vconfig = virtualConfig(type.vdevId, this.#hardware().read8(PCI_REVISION_ID))
  }

  #deselect(): void {
    this.vf.vgpuType = 0
    this.vf.placementId = null
    this.vf.gpuInstanceId = null
    this.vf.uuid = null
    this.vf.name = null
    this.vf.attrs = []
    this.vf.saved = null
  }
}
