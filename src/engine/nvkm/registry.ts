import { PACKED_REGISTRY_ENTRY, PACKED_REGISTRY_TABLE } from '../../abi/gsp-boot.ts'
import { NvError } from '../../errors/nv-error.ts'
import { MAX_PAYLOAD_BYTES } from '../hw/msgq.ts'
import type { RegistryEntry } from './registry-dwords.ts'

/** REGISTRY_TABLE_ENTRY_TYPE_*: 1 dword, 2 binary, 3 string. */
const DWORD = 1
const STRING = 3
const MAX_KEY_BYTES = 64

/** Entries that the core driver always sends, before user entries. */
const DEFAULTS: readonly RegistryEntry[] = [
  { key: 'RMSecBusResetEnable', value: 1 },
  { key: 'RMForcePcieConfigSave', value: 1 },
]

/** Entries in message order: defaults, the user's NVreg_RegistryDwords, then patch 6's RMSetSriovMode. */
export function registryEntries(user: readonly RegistryEntry[], vgpu: boolean): RegistryEntry[] {
  return [...DEFAULTS, ...user, ...(vgpu ? [{ key: 'RMSetSriovMode', value: 1 }] : [])]
}

/**
 * PACKED_REGISTRY_TABLE: header, 16-byte entries, then NUL-terminated names and string values back to back.
 * @throws NvError EINVAL for a key longer than 64 bytes with its NUL, or a table larger than one message
 */
export function packRegistry(entries: readonly RegistryEntry[]): Uint8Array {
  const names = PACKED_REGISTRY_TABLE.size + entries.length * PACKED_REGISTRY_ENTRY.size
  const size = entries.reduce(
    (sum, entry) => sum + entry.key.length + 1 + (typeof entry.value === 'string' ? entry.value.length + 1 : 0),
    names,
  )
  if (size > MAX_PAYLOAD_BYTES) {
    throw new NvError({
      errno: 'EINVAL',
      code: 'invalid-argument',
      at: 'r535_gsp_rpc_set_registry',
      message: `the registry takes ${size} bytes, one message carries ${MAX_PAYLOAD_BYTES}`,
    })
  }
  const table = new Uint8Array(size)
  table.set(PACKED_REGISTRY_TABLE.encode({ size, numEntries: entries.length }))
  let at = names
  for (const [i, { key, value }] of entries.entries()) {
    if (key.length + 1 > MAX_KEY_BYTES) {
      throw new NvError({
        errno: 'EINVAL',
        code: 'invalid-argument',
        at: 'add_registry',
        message: `registry key "${key.slice(0, 16)}…" has ${key.length} characters, 63 at most`,
      })
    }
    const nameOffset = at
    at = putText(table, at, key)
    const entry =
      typeof value === 'number'
        ? { nameOffset, type: DWORD, data: value, length: 4 }
        : { nameOffset, type: STRING, data: at, length: value.length + 1 }
    if (typeof value === 'string') at = putText(table, at, value)
    table.set(PACKED_REGISTRY_ENTRY.encode(entry), PACKED_REGISTRY_TABLE.size + i * PACKED_REGISTRY_ENTRY.size)
  }
  return table
}

function putText(table: Uint8Array, at: number, text: string): number {
  for (let i = 0; i < text.length; i += 1) table[at + i] = text.charCodeAt(i) & 0x7f
  return at + text.length + 1
}
