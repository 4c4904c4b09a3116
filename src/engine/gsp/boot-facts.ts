import { GSP_VF_INFO, GspSystemInfo } from '../../abi/gsp-boot.ts'
import { GspFwWprMeta } from '../../abi/wpr-meta.ts'
import { peekSparse, sparseEnd } from '../sparse.ts'
import type { Extent, GspState } from '../state.ts'
import { registryDword } from './registry-table.ts'

/** The meta block of the boot. Shared: read only. */
export function wprMetaOf({ wprMeta }: Pick<GspState, 'wprMeta'>): Uint8Array {
  return peekSparse(wprMeta, GspFwWprMeta.size)
}

/** Number of partitions with reserved heap, from the boot loader's arguments. */
export function partitions(state: Pick<GspState, 'wprMeta'>): number {
  return GspFwWprMeta.get(wprMetaOf(state), 'gspFwHeapVfPartitionCount')
}

/** Framebuffer below the firmware's own regions. */
export function usableFb(state: Pick<GspState, 'wprMeta'>): Extent {
  return { addr: 0, size: GspFwWprMeta.get(wprMetaOf(state), 'nonWprHeapOffset') }
}

/** totalVFs of the system-info message; 0 without vGPU support. */
export function totalVfs({ systemInfo }: Pick<GspState, 'systemInfo'>): number {
  const info = peekSparse(systemInfo, GspSystemInfo.size)
  return GSP_VF_INFO.get(info, 'totalVFs', GspSystemInfo.fields.gspVFInfo.offset)
}

/** RMSetSriovMode of the registry message. */
export function sriovMode({ registry }: Pick<GspState, 'registry'>): boolean {
  return registry !== '' && registryDword(peekSparse(registry, sparseEnd(registry) + 1), 'RMSetSriovMode') === 1
}
