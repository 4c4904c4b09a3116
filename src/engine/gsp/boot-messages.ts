import { GSP_VF_INFO, GspSystemInfo, PACKED_REGISTRY_ENTRY, PACKED_REGISTRY_TABLE } from '../../abi/gsp-boot.ts'
import { GspFwWprMeta } from '../../abi/wpr-meta.ts'
import { peekSparse, sparseEnd } from '../sparse.ts'
import type { Extent, GspState } from '../state.ts'

/** The WPR meta block of the boot. */
export function wprMeta(state: GspState): Uint8Array {
  return peekSparse(state.wprMeta, GspFwWprMeta.size)
}

/** Number of partitions with reserved heap, from the boot loader's arguments. */
export function partitions(state: GspState): number {
  return GspFwWprMeta.get(wprMeta(state), 'gspFwHeapVfPartitionCount')
}

/** Framebuffer below the firmware's own regions. */
export function usableFb(state: GspState): Extent {
  return { addr: 0, size: GspFwWprMeta.get(wprMeta(state), 'nonWprHeapOffset') }
}

/** totalVFs of the system-info message; 0 without vGPU support. */
export function totalVfs(state: GspState): number {
  const info = peekSparse(state.systemInfo, GspSystemInfo.size)
  return GSP_VF_INFO.get(info, 'totalVFs', GspSystemInfo.fields.gspVFInfo.offset)
}

/** RMSetSriovMode of the registry message. */
export function sriovMode({ registry }: GspState): boolean {
  if (registry === '') return false
  return registryDword(peekSparse(registry, sparseEnd(registry) + 1), 'RMSetSriovMode') === 1
}

/** A dword of a packed registry table by name, or undefined. */
export function registryDword(table: Uint8Array, name: string): number | undefined {
  const count = PACKED_REGISTRY_TABLE.get(table, 'numEntries')
  for (let i = 0; i < count; i += 1) {
    const at = PACKED_REGISTRY_TABLE.size + i * PACKED_REGISTRY_ENTRY.size
    if (!isNamed(table, PACKED_REGISTRY_ENTRY.get(table, 'nameOffset', at), name)) continue
    if (PACKED_REGISTRY_ENTRY.get(table, 'type', at) === 1) return PACKED_REGISTRY_ENTRY.get(table, 'data', at)
  }
  return undefined
}

/** Whether the NUL-terminated name at `at` is `name`. */
function isNamed(table: Uint8Array, at: number, name: string): boolean {
  for (let i = 0; i < name.length; i += 1) if (table[at + i] !== name.charCodeAt(i)) return false
  return table[at + name.length] === 0
}
