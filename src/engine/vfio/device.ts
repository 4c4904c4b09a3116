import { NvError } from '../../abi/nv-error.ts'
import { PCI_COMMAND, PCI_COMMAND_MASTER, PCI_COMMAND_MEMORY, PCI_REVISION_ID, parseBdf } from '../../abi/pci.ts'
import type { OpenStep, Profile } from '../../catalog/profiles.ts'
import { type Clock, COST } from '../clock.ts'
import type { Faults } from '../faults.ts'
import { ConfigSpace } from '../hw/config-space.ts'
import type { Klog } from '../klog.ts'
import type { Opener, VfState } from '../state.ts'
import { takeInOrder } from '../unwind.ts'
import type { VgpuMgr } from '../vgpu-mgr/mgr.ts'
import type { VgpuType } from '../vgpu-mgr/types.ts'
import { checkTypeSelection } from './type-select.ts'
import { virtualConfig } from './virtual-config.ts'

export const DRIVER_NAME = 'nvidia-vgpu-vfio'
/** The one type the RFC's driver knows, whatever the administrator wants. */
const RFC_TYPE = 869

export interface VfioWiring {
  mgr: VgpuMgr
  profile: Profile
  clock: Clock
  klog: Klog
  faults: Faults
  /** All VFs of the PF, for the one-type rule. */
  vfs: readonly VfState[]
}

/** Who opens the device; a VM that says nothing else closes it when it is told to go. */
export type OpenRequest = Pick<Opener, 'vm' | 'pid'> & Partial<Opener>

/** The UUID a plugin gets, as text and as its 16 bytes. */
export interface VgpuIdentity {
  uuid: string
  uuidBytes: Uint8Array
}

/** The VFIO variant driver on one VF (vfio_main.c, patch 29, and the sysfs files of the 2025 series). */
export class VfioDevice {
  readonly vf: VfState
  readonly #wiring: VfioWiring

  constructor(vf: VfState, wiring: VfioWiring) {
    this.vf = vf
    this.#wiring = wiring
  }

  /** Binds: a reference on the manager. @throws NvError of the step that failed, after logging; the VF stays unbound */
  probe(): void {
    const { mgr, profile, klog, faults } = this.#wiring
    try {
      faults.check('vf.probe', 'nvidia_vgpu_vfio_probe')
      takeInOrder((onError) => {
        mgr.get()
        onError(() => mgr.put())
        if (profile.types === 'only-869') mgr.findType(RFC_TYPE, 'nvidia_vgpu_vfio_probe')
      })
    } catch (error) {
      if (error instanceof NvError) klog.err(`${DRIVER_NAME} ${this.vf.bdf}: VF probe failed with ret: ${error.errno}`)
      throw error
    }
    this.vf.driver = DRIVER_NAME
    this.vf.unbound = false
  }

  /** Unbinds. @throws NvError EBUSY while the device is open */
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
    this.#deselect()
    this.#wiring.mgr.put()
    this.vf.driver = null
  }

  /**
   * The write to current_vgpu_type: an id selects, 0 deselects.
   * @param placementId first slot; the first creatable one without it
   * @throws NvError as the profile's checks refuse
   */
  setCurrentVgpuType(vgpuType: number, placementId?: number): void {
    const { mgr, profile, vfs } = this.#wiring
    const find = (id: number) => mgr.findType(id, 'current_vgpu_type_store')
    const rules = { vfs, profile, grid: mgr.grid(), find }
    const selection = checkTypeSelection(this.vf, vgpuType, rules, placementId)
    if (vgpuType === 0) this.#deselect()
    else if (selection) {
      this.vf.vgpuType = selection.type.vgpuType
      this.vf.placementId = selection.placementId
    }
  }

  /**
   * open(2) of the VFIO device, steps in the profile's order; a failing one undoes those before it.
   * @param vgpu identity that goes to the plugin
   * @throws NvError ENODEV (no type, torn down), EBUSY (open already), or what a step failed with
   */
  open(request: OpenRequest, vgpu: VgpuIdentity): void {
    const opener: Opener = { policy: 'closes', guestOs: null, tcc: false, ...request }
    const at = 'nvidia_vgpu_vfio_open_device'
    if (this.vf.vgpuType === 0 && this.#wiring.profile.types === 'only-869') this.vf.vgpuType = RFC_TYPE
    if (this.vf.vgpuType === 0) {
      this.#wiring.klog.err(`${this.vf.bdf}: a vGPU type must be chosen before opening VFIO device`)
      throw new NvError({
        errno: 'ENODEV',
        code: 'wrong-state',
        at,
        message: `a vGPU type must be chosen before opening ${this.vf.bdf}`,
        hint: `nvgpu vgpu create --type L40-4Q --vf ${this.vf.bdf}`,
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
        hint: 'nvgpu vf list',
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
    const type = this.#wiring.mgr.findType(this.vf.vgpuType, at)
    takeInOrder((onError) => {
      for (const step of this.#wiring.profile.openOrder) {
        this.#openStep(step, type, opener, vgpu)
        onError(() => this.#undoOpenStep(step))
      }
    })
    this.vf.vconfig = virtualConfig(type.vdevId, this.#hardware().read8(PCI_REVISION_ID))
    this.vf.opened = opener
    this.vf.saved = null
  }

  /** close(2), in the profile's order. No bus-master-off message is sent: destroying the plugin ends DMA. */
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
    for (const step of this.#wiring.profile.closeOrder) {
      if (step === 'destroy') this.#wiring.mgr.destroy(this.vf.index)
      if (step === 'disable') this.#setCommand(0)
    }
    this.vf.vconfig = ''
    this.vf.opened = null
    this.vf.paused = null
    this.vf.mig = { state: 'RUNNING', restored: false }
  }

  #openStep(step: OpenStep, type: VgpuType, opener: Opener, vgpu: VgpuIdentity): void {
    const { mgr, faults, clock, klog } = this.#wiring
    switch (step) {
      case 'create': {
        const { index, bdf } = this.vf
        const dbdf = (parseBdf(bdf) ?? 0) % 0x10000
        const { placementId } = this.vf
        mgr.create({ id: index, gfid: index + 1, dbdf, type, pid: opener.pid, placementId, ...vgpu })
        klog.err(`${bdf}: create_vgpu() called`)
        return
      }
      case 'enable':
        faults.check('vf.enable', 'pci_enable_device')
        this.#setCommand(PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER)
        return
      case 'reset':
        faults.check('vf.reset', 'nvidia_vgpu_vfio_flr')
        clock.advance(COST.flr)
        return
      case 'bus-master':
        mgr.rpc(this.vf.index).updateBmeState(true)
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
    return new ConfigSpace(this.vf.config, (bytes) => {
      this.vf.config = bytes
    })
  }

  #deselect(): void {
    this.vf.vgpuType = 0
    this.vf.placementId = null
    this.vf.uuid = null
    this.vf.name = null
    this.vf.saved = null
  }
}
