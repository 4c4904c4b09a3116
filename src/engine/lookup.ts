import { gpusNaming, stateAt, type VfAt } from './select.ts'
import type { HostState } from './state.ts'

/** Index of the GPU with an address, spelt as in the state. */
export function gpuAt(host: HostState, bdf: string): number | undefined {
  for (const index of gpusNaming(host, [bdf])) if (stateAt(host, index).bdf === bdf) return index
  return undefined
}

/** The VF with an address, spelt as in the state. */
export function vfAt(host: HostState, bdf: string): VfAt | undefined {
  for (const gpu of gpusNaming(host, [bdf])) {
    const vf = stateAt(host, gpu).vfs.find((known) => known.bdf === bdf)
    if (vf) return { gpu, vf }
  }
  return undefined
}

/** The configured vGPU with exactly this UUID or name. */
export function vgpuBy(host: HostState, key: 'uuid' | 'name', word: string): VfAt | undefined {
  for (const gpu of gpusNaming(host, [word])) {
    const vf = stateAt(host, gpu).vfs.find((known) => known.uuid !== null && known[key] === word)
    if (vf) return { gpu, vf }
  }
  return undefined
}
