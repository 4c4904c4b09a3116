import { parseRegistryDwords } from '../nvkm/registry-dwords.ts'
import type { GpuState } from '../state.ts'
import { fromPvmrl, type Scheduler } from './scheduler.ts'

/** The scheduler of a GPU: set at run time, or by a parameter at driver load (NVreg_RegistryDwords "RmPVMRL=…"). */
export function schedulerOf(gpu: GpuState): Scheduler {
  return fromPvmrl(gpu.scheduler ?? moduleOption(gpu.nvkm.registryDwords))
}

function moduleOption(registryDwords: string): number {
  const entry = parseRegistryDwords(registryDwords, () => {}).find(({ key }) => key === 'RmPVMRL')
  return typeof entry?.value === 'number' ? entry.value : 0
}
