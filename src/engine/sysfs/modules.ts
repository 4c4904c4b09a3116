import type { HostState } from '../state.ts'
import { driverNames, moduleOf } from './drivers.ts'
import { type Attributes, directory, files, link, type SysfsDirectory } from './node.ts'
import { profileOf } from './pci-function.ts'

interface ModuleAt {
  host: HostState
  module: string
}

const isCore = ({ host, module }: ModuleAt) => module === moduleOf(profileOf({ host }).pciDrivers.pf)
/** Whether a module has parameters here. NVIDIA's release has them in /proc/driver/nvidia instead. */
const hasParameters = (at: ModuleAt) => isCore(at) && at.module !== 'nvidia'

const MODULE_ATTRIBUTES: Attributes<ModuleAt> = {
  initstate: { mode: 0o444, show: () => 'live\n' },
  version: { mode: 0o444, present: isCore, show: ({ host }) => `${host.driverVersion}\n` },
}

/** Parameters of the core driver, fixed at load. GSP and vGPU need NvGspRm. */
const PARAMETERS: Attributes<ModuleAt> = {
  NVreg_RegistryDwords: { mode: 0o400, show: ({ host }) => `${host.gpus[0]?.nvkm.registryDwords ?? ''}\n` },
  config: { mode: 0o400, show: () => 'NvGspRm=1\n' },
  support_vgpu_mgr: { mode: 0o400, show: ({ host }) => `${host.gpus[0]?.nvkm.supportVgpuMgr ? 'Y' : 'N'}\n` },
}

/** /sys/module: the modules of the PCI drivers. */
export function moduleDirectory(host: HostState): SysfsDirectory {
  const modules = new Map(driverNames(host).map((driver) => [moduleOf(driver), driver]))
  return directory({
    ...(profileOf({ host }).mdev ? mdevModules() : {}),
    ...Object.fromEntries(
      [...modules].map(([module, driver]) => {
        const at = { host, module }
        return [
          module,
          directory({
            drivers: directory({ [`pci:${driver}`]: link(`../../../bus/pci/drivers/${driver}`) }),
            ...files(at, MODULE_ATTRIBUTES),
            ...(hasParameters(at) ? { parameters: directory(files(at, PARAMETERS)) } : {}),
          }),
        ]
      }),
    ),
  })
}

/** The modules behind mediated devices: NVIDIA's and the mdev core. */
function mdevModules(): Record<string, SysfsDirectory> {
  const loaded = { mode: 0o444, show: () => 'live\n' }
  return Object.fromEntries(MDEV_MODULES.map((module) => [module, directory(files(null, { initstate: loaded }))]))
}

const MDEV_MODULES = ['mdev', 'nvidia_vgpu_vfio']
