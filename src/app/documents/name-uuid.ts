import { createHash } from 'node:crypto'
import type { UuidSource } from '../../engine/declare/plan.ts'

/** Name space of the UUIDs made from names of vGPUs: itself one of RFC 4122's name-based kind, of "nvgpu" among URLs. */
const NAMESPACE = uuidOfName(Buffer.from('6ba7b8119dad11d180b400c04fd430c8', 'hex'), 'nvgpu')

/**
 * UUIDs for new vGPUs: of one with a name, the UUID of the name, on every host the same; else a random one. They are
 * drawn once: a verb that runs again gets the same.
 */
export function uuidSource(random: () => string): UuidSource {
  const drawn = new Map<string, string>()
  return ({ name, number }, attempt) => {
    if (name !== undefined && attempt === 0) return uuidOfName(bytesOf(NAMESPACE), name)
    const key = `${number} ${attempt}`
    const uuid = drawn.get(key) ?? random()
    drawn.set(key, uuid)
    return uuid
  }
}

/** RFC 4122 version 5. */
function uuidOfName(namespace: Uint8Array, name: string): string {
  const bytes = createHash('sha1').update(namespace).update(name, 'utf8').digest().subarray(0, 16)
  bytes.writeUInt8((bytes.readUInt8(6) & 0x0f) | 0x50, 6)
  bytes.writeUInt8((bytes.readUInt8(8) & 0x3f) | 0x80, 8)
  return bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-')
}

function bytesOf(uuid: string): Uint8Array {
  return Buffer.from(uuid.replaceAll('-', ''), 'hex')
}
