import { formatRoutingId, parseBdf } from '../../abi/pci.ts'
import { NvError } from '../../errors/nv-error.ts'
import { ConfigSpace } from '../hw/config-space.ts'
import { readSriov } from '../hw/pf.ts'
import { gpuIndex, gpuIndices, stateAt } from '../select.ts'
import type { GpuState, HostState } from '../state.ts'

/** Address of VF `index` of a GPU, enabled or not; null above the GPU's total. */
export function vfAddress(gpu: GpuState, index: number): string | null {
  const sriov = sriovOf(gpu)
  const pf = parseBdf(gpu.bdf)
  if (!sriov || pf === null || index >= sriov.totalVfs) return null
  return formatRoutingId(pf + sriov.vfOffset + sriov.vfStride * index)
}

/** Most VFs of a GPU. */
export function totalVfs(gpu: GpuState): number {
  return sriovOf(gpu)?.totalVfs ?? 0
}

/**
 * Finds a VF, enabled or not, by its address, "GPU/index", or an index if only one GPU is possible.
 * @throws NvError ENODEV (no GPU has such a VF), EINVAL (an index and several GPUs)
 */
export function possibleVf(host: HostState, selector: string, gpu?: string): { gpu: number; index: number } {
  const id = parseBdf(selector)
  if (id !== null) {
    for (const index of gpuIndices(host, gpu)) {
      const vf = indexAt(stateAt(host, index), id)
      if (vf !== null) return { gpu: index, index: vf }
    }
    throw noSuchVf(selector)
  }
  const slash = selector.lastIndexOf('/')
  const number = selector.slice(slash + 1)
  if (!/^[0-9]{1,5}$/.test(number)) throw noSuchVf(selector)
  const at = gpuIndex(host, slash >= 0 ? selector.slice(0, slash) : gpu)
  if (Number(number) >= totalVfs(stateAt(host, at))) throw noSuchVf(selector)
  return { gpu: at, index: Number(number) }
}

/** Whether an address in the kernel's spelling is that of a GPU or of a VF that a GPU can have. */
export function isPossibleFunction(host: HostState, bdf: string): boolean {
  const id = parseBdf(bdf)
  if (id === null || formatRoutingId(id) !== bdf) return false
  return host.gpus.some((gpu) => gpu.bdf === bdf || indexAt(gpu, id) !== null)
}

function indexAt(gpu: GpuState, id: number): number | null {
  const sriov = sriovOf(gpu)
  const pf = parseBdf(gpu.bdf)
  if (!sriov || pf === null) return null
  const index = (id - pf - sriov.vfOffset) / sriov.vfStride
  return Number.isInteger(index) && index >= 0 && index < sriov.totalVfs ? index : null
}

function sriovOf(gpu: GpuState) {
  return readSriov(new ConfigSpace(gpu.hw.config, () => {}))
}

function noSuchVf(selector: string): NvError {
  return new NvError({
    errno: 'ENODEV',
    code: 'not-found',
    at: 'vf',
    message: `no GPU can have a VF "${selector}"`,
    hint: 'nvgpu gpu show',
    object: selector,
  })
}
