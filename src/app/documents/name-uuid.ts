import { createHash } from 'node:crypto'
import type { UuidSource } from '../../engine/declare/plan.ts'

/** Name space of the UUIDs made from vGPU names: the name-based UUID (RFC 4122) of "nvgpu" in the URL name space. */
const NAMESPACE = uuidOfName(Buffer.from('6ba7b8119dad11d180b400c04fd430c8', 'hex'), 'nvgpu')

/**
 * Source of UUIDs for new vGPUs. The UUID of a named vGPU is made from the name and is the same on every host; a vGPU
 * without a name gets a random one. A verb that runs again after a conflict gets the same UUIDs.
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
