import { PACKED_REGISTRY_ENTRY, PACKED_REGISTRY_TABLE } from '../../abi/gsp-boot.ts'

/** A dword of a packed registry table by name, or undefined. */
export function registryDword(table: Uint8Array, name: string): number | undefined {
  const count = PACKED_REGISTRY_TABLE.get(table, 'numEntries')
  for (let i = 0; i < count; i += 1) {
    const at = PACKED_REGISTRY_TABLE.size + i * PACKED_REGISTRY_ENTRY.size
    if (!isNamed(table, PACKED_REGISTRY_ENTRY.get(table, 'nameOffset', at), name)) continue
    const isDword =
      PACKED_REGISTRY_ENTRY.get(table, 'type', at) === 1 && PACKED_REGISTRY_ENTRY.get(table, 'length', at) === 4
    if (isDword) return PACKED_REGISTRY_ENTRY.get(table, 'data', at)
  }
  return undefined
}

/** Whether the NUL-terminated name at `at` is `name`. */
function isNamed(table: Uint8Array, at: number, name: string): boolean {
  for (let i = 0; i < name.length; i += 1) if (table[at + i] !== name.charCodeAt(i)) return false
  return table[at + name.length] === 0
}
