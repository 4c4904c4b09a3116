import { PACKED_REGISTRY_ENTRY, PACKED_REGISTRY_TABLE } from '../../abi/gsp-boot.ts'
import { NvError } from '../../abi/nv-error.ts'
import { MAX_PAYLOAD_BYTES } from '../hw/msgq.ts'

/** REGISTRY_TABLE_ENTRY_TYPE_*: 1 dword, 2 binary, 3 string. */
const DWORD = 1
const STRING = 3
const MAX_KEY_BYTES = 64

export interface RegistryEntry {
  key: string
  value: number | string
}

/** What the core driver always sends, before user entries. */
const DEFAULTS: readonly RegistryEntry[] = [
  { key: 'RMSecBusResetEnable', value: 1 },
  { key: 'RMForcePcieConfigSave', value: 1 },
]

/** Entries in message order: defaults, the user's NVreg_RegistryDwords, then patch 6's RMSetSriovMode. */
export function registryEntries(user: readonly RegistryEntry[], vgpu: boolean): RegistryEntry[] {
  return [...DEFAULTS, ...user, ...(vgpu ? [{ key: 'RMSetSriovMode', value: 1 }] : [])]
}

/**
 * Parses "key=value;key=value". White space is dropped; a number in any C base is a dword, anything else a string.
 * @param malformed is told of each pair that is skipped
 */
export function parseRegistryDwords(text: string, malformed: (pair: string) => void): RegistryEntry[] {
  const entries: RegistryEntry[] = []
  for (const pair of text.replace(/\s+/g, '').split(';')) {
    if (pair === '') continue
    const equals = pair.indexOf('=')
    const key = pair.slice(0, equals)
    const value = pair.slice(equals + 1)
    if (equals < 1 || value === '') {
      malformed(pair)
      continue
    }
    entries.push({ key, value: cNumber(value) ?? value })
  }
  return entries
}

/**
 * PACKED_REGISTRY_TABLE: header, 16-byte entries, then NUL-terminated names and string values back to back.
 * @throws NvError EINVAL for a key longer than 64 bytes with its NUL, or more than one message carries
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

/** kstrtou32 with base 0: 0x hex, leading 0 octal, else decimal. */
function cNumber(text: string): number | null {
  const value = /^0x[0-9a-f]+$/i.test(text)
    ? Number.parseInt(text, 16)
    : /^0[0-7]*$/.test(text)
      ? Number.parseInt(text, 8)
      : /^[1-9][0-9]*$/.test(text)
        ? Number.parseInt(text, 10)
        : null
  return value !== null && value <= 0xffffffff ? value : null
}
