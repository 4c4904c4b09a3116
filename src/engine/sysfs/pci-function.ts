import { PCI_CLASS_PROG, PCI_SUBSYSTEM_ID, PCI_SUBSYSTEM_VENDOR_ID, PCI_VENDOR_ID_NVIDIA } from '../../abi/pci.ts'
import { type Profile, profileOf as profileOfHost } from '../../catalog/profiles.ts'
import { boardOf } from '../board-of.ts'
import { ConfigSpace } from '../hw/config-space.ts'
import { stateAt } from '../select.ts'
import type { GpuState, HostState, VfState } from '../state.ts'
import { DRIVER_NAME } from '../vfio/device.ts'

/** A PCI function of the host: the PF of a GPU (`vf` null), or one of its VFs. */
export interface PciFunction {
  host: HostState
  gpu: number
  vf: VfState | null
}

/** A virtual function of the host. */
export interface VfFunction extends PciFunction {
  vf: VfState
}

export const VFIO_PCI = 'vfio-pci'

export function gpuOf({ host, gpu }: PciFunction): GpuState {
  return stateAt(host, gpu)
}

export function profileOf({ host }: Pick<PciFunction, 'host'>): Profile {
  return profileOfHost(host)
}

export function bdfOf(at: PciFunction): string {
  return at.vf?.bdf ?? gpuOf(at).bdf
}

/** The function at an address in the kernel's spelling. */
export function functionAt(host: HostState, bdf: string): PciFunction | undefined {
  for (const [gpu, state] of host.gpus.entries()) {
    if (state.bdf === bdf) return { host, gpu, vf: null }
    const vf = state.vfs.find((known) => known.bdf === bdf)
    if (vf) return { host, gpu, vf }
  }
  return undefined
}

export function allFunctions(host: HostState): PciFunction[] {
  return host.gpus.flatMap((state, gpu) => [
    { host, gpu, vf: null },
    ...state.vfs.map((vf): PciFunction => ({ host, gpu, vf })),
  ])
}

/** The functions of a host by address. Listed functions are cached. */
export interface Functions {
  all(): PciFunction[]
  at(bdf: string): PciFunction | undefined
}

export function functionsOf(host: HostState): Functions {
  let listed = new Map<string, PciFunction>()
  return {
    all() {
      const all = allFunctions(host)
      listed = new Map(all.map((at) => [bdfOf(at), at]))
      return all
    },
    at(bdf) {
      const known = listed.get(bdf)
      return known && isThere(known) ? known : functionAt(host, bdf)
    },
  }
}

function isThere({ host, gpu, vf }: PciFunction): boolean {
  return vf === null ? host.gpus[gpu] !== undefined : host.gpus[gpu]?.vfs[vf.index] === vf
}

/** The part of the state with the settings of one function. */
export function ownerOf(at: PciFunction): { driverOverride: string | null } {
  return at.vf ?? gpuOf(at)
}

/** Configuration space of the hardware. `save` stores the writes. */
export function hardwareOf(at: PciFunction): ConfigSpace {
  const owner = at.vf ?? gpuOf(at).hw
  return new ConfigSpace(owner.config, (bytes) => {
    owner.config = bytes
  })
}

/** The kernel's ids of a function. A VF's own read as all ones; it has the PF's vendor and the SR-IOV device id. */
export function pciIds(at: PciFunction) {
  const config = hardwareOf(at)
  return {
    vendor: PCI_VENDOR_ID_NVIDIA,
    device: boardOf(gpuOf(at)).deviceId,
    subvendor: config.read16(PCI_SUBSYSTEM_VENDOR_ID),
    subdevice: config.read16(PCI_SUBSYSTEM_ID),
    class: config.read32(PCI_CLASS_PROG - 1) >>> 8,
  }
}

/** Name of the bound PCI driver in the profile's software, or null. */
export function driverOf(at: PciFunction): string | null {
  const { pciDrivers } = profileOf(at)
  if (at.vf === null) return gpuOf(at).nvkm.driver === null ? null : pciDrivers.pf
  return at.vf.driver === DRIVER_NAME ? pciDrivers.vf : at.vf.driver
}
