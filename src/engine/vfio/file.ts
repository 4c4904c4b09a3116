import { MiB } from '../../abi/align.ts'
import { VFIO_PCI_BAR0_REGION_INDEX, VFIO_PCI_CONFIG_REGION_INDEX, VFIO_PCI_NUM_REGIONS } from '../../abi/vfio.ts'
import type { Profile } from '../../catalog/profiles.ts'
import { NvError } from '../../errors/nv-error.ts'
import type { Faults } from '../faults.ts'
import type { ConfigSpace } from '../hw/config-space.ts'
import type { Resource } from '../hw/resources.ts'
import type { Klog } from '../klog.ts'
import type { VfState } from '../state.ts'
import type { VgpuMgr } from '../vgpu-mgr/mgr.ts'
import type { VgpuType } from '../vgpu-mgr/types.ts'
import { type RegisterAccess, readPieces, writePieces } from './access.ts'
import { type ConfigAccess, readConfig, writeConfig } from './config-access.ts'
import { deviceIoctl, type IoctlDevice, type UserMemory } from './ioctl.ts'
import { type IrqInfo, type IrqSet, irqInfo, setIrqs } from './irqs.ts'
import {
  type Mapping,
  type MmapRequest,
  mmapRegion,
  type RegionFacts,
  type RegionInfo,
  refuseRegion,
  regionInfo,
} from './regions.ts'
import { VfBar0 } from './vf-bar0.ts'

export interface VfioFileWiring {
  type: VgpuType
  virtual: ConfigSpace
  hardware: ConfigSpace
  /** BAR0 to BAR5 of the VF */
  resources: readonly Resource[]
  /** NV_PMC_BOOT_0 of the GPU */
  boot0: number
  mgr: Pick<VgpuMgr, 'reset'>
  profile: Profile
  klog: Klog
  faults: Faults
}

const NO_WINDOW: Resource = { start: 0, size: 0, flags: 0 }

/** File operations of the open device: read, write, mmap, ioctl (vfio_main.c and vfio_access.c of patch 29). */
export class VfioFile implements IoctlDevice {
  readonly #vf: VfState
  readonly #wiring: VfioFileWiring
  readonly #regions: Readonly<Record<number, RegisterAccess>>

  constructor(vf: VfState, wiring: VfioFileWiring) {
    this.#vf = vf
    this.#wiring = wiring
    const { klog, faults, resources, boot0 } = wiring
    this.#regions = {
      [VFIO_PCI_BAR0_REGION_INDEX]: new VfBar0(vf, { resource: resources[0] ?? NO_WINDOW, boot0, klog, faults }),
      [VFIO_PCI_CONFIG_REGION_INDEX]: {
        read: (offset, length) => readConfig(this.#config(), offset, length),
        write: (offset, length, value) => writeConfig(this.#config(), offset, length, value),
      },
    }
  }

  /** @throws NvError EINVAL (no such region, not readable, out of range), or the error of the first BAR0 access */
  read(index: number, offset: number, length: number): Uint8Array {
    return readPieces(this.#region(index), offset, length)
  }

  /** @throws NvError like `read` */
  write(index: number, offset: number, bytes: Uint8Array): void {
    writePieces(this.#region(index), offset, bytes)
  }

  /** @throws NvError EINVAL */
  mmap(request: MmapRequest): Mapping {
    return mmapRegion(this.#facts(), request)
  }

  /** @throws NvError EINVAL, EFAULT, ENOTTY */
  ioctl(command: number, user: UserMemory): 0 {
    return deviceIoctl(this, command, user)
  }

  /** @throws NvError EINVAL for 9 and above */
  regionInfo(index: number): RegionInfo {
    return regionInfo(this.#facts(), index)
  }

  /** @throws NvError EINVAL for 5 and above */
  irqInfo(index: number): IrqInfo {
    return irqInfo(this.#wiring.hardware, index)
  }

  /** @throws NvError EINVAL, ENOTTY */
  setIrqs(request: IrqSet): void {
    setIrqs(this.#wiring.hardware, request)
  }

  /** VFIO_DEVICE_RESET: nothing in the 2024 series; in the 2025 series it resets the plugin and clears guest memory. */
  reset(): void {
    if (!this.#wiring.profile.resetSendsMessage) return
    this.#wiring.mgr.reset(this.#vf.index)
    // a reset ends any migration and is the only way out of ERROR
    this.#vf.mig = { state: 'RUNNING', restored: false }
    this.#vf.paused = null
  }

  #region(index: number): RegisterAccess {
    const at = 'nvidia_vgpu_vfio_pci_rw'
    refuseRegion(this.#vf.bdf, index, VFIO_PCI_NUM_REGIONS, at)
    const region = this.#regions[index]
    if (region) return region
    throw new NvError({
      errno: 'EINVAL',
      code: 'invalid-argument',
      at,
      message: `region ${index} of ${this.#vf.bdf} cannot be read or written: only regions 0 and 7 can`,
      hint: `nvgpu vfio regions ${this.#vf.bdf}`,
      object: this.#vf.bdf,
    })
  }

  #facts(): RegionFacts {
    const { resources, type } = this.#wiring
    return { bdf: this.#vf.bdf, resources, bar1Length: type.bar1Length * MiB }
  }

  #config(): ConfigAccess {
    const { virtual, hardware, resources, type, klog } = this.#wiring
    const bars = { bar0: resources[0]?.size ?? 0, bar1: type.bar1Length * MiB, bar3: resources[3]?.size ?? 0 }
    return { virtual, hardware, bars, klog, bdf: this.#vf.bdf }
  }
}
