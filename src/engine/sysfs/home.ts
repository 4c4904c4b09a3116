import { hostBridge } from '../hw/root-port.ts'
import type { HostState } from '../state.ts'
import { allFunctions, bdfOf, type Functions, gpuOf, type PciFunction } from './pci-function.ts'
import { portOf } from './root-port.ts'

/** Place of a PCI function below /sys: devices/pci<root bus>/<root port>/<address>. */
export function homeOf(at: PciFunction): string {
  return `${portHome(at)}/${bdfOf(at)}`
}

/** Place of a root port below /sys. */
export function portHome(at: PciFunction): string {
  return `devices/${hostBridge(gpuOf(at).bdf)}/${portOf(at)}`
}

/** The PFs of a host; each stands for the root port above it too. */
export function physicalFunctions(host: HostState): PciFunction[] {
  return [...host.gpus.keys()].map((gpu) => ({ host, gpu, vf: null }))
}

/** The functions below one root port. */
export function functionsBelow(port: PciFunction, functions: Functions) {
  return {
    names: () => [gpuOf(port).bdf, ...gpuOf(port).vfs.map((vf) => vf.bdf)],
    find(bdf: string): PciFunction | undefined {
      const at = functions.at(bdf)
      return at?.gpu === port.gpu ? at : undefined
    },
  }
}

/** Every PCI device of the host by address, with its place: root ports and functions. */
export function placesOf(host: HostState): Map<string, string> {
  return new Map([
    ...physicalFunctions(host).map((at) => [portOf(at), portHome(at)] as const),
    ...allFunctions(host).map((at) => [bdfOf(at), homeOf(at)] as const),
  ])
}
