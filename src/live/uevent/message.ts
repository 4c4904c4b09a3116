import type { DeviceEvent } from './events.ts'

/** A message to the kernel, which sends its content on to all listeners of the namespace (lib/kobject_uevent.c). */
const NLMSG_HEADER_BYTES = 16
const NLMSG_MIN_TYPE = 0x10
const NLM_F_REQUEST = 1

/** The header of udev's messages (libsystemd, device-monitor.c). */
const UDEV_HEADER_BYTES = 40
const UDEV_MAGIC = 0xfeed_cafe

/** The kernel's message. The kernel itself adds the sequence number. */
export function kernelMessage(event: DeviceEvent): Buffer {
  const { action, device } = event
  const content = Buffer.from(strings([`${action}@${device.path}`, ...variables(event)]))
  const header = Buffer.alloc(NLMSG_HEADER_BYTES)
  header.writeUInt32LE(NLMSG_HEADER_BYTES + content.length, 0)
  header.writeUInt16LE(NLMSG_MIN_TYPE, 4)
  header.writeUInt16LE(NLM_F_REQUEST, 6)
  return Buffer.concat([header, content])
}

/** udev's message, as after its rules. Listeners filter by the hash of the subsystem. */
export function udevMessage(event: DeviceEvent, sequence: number): Buffer {
  const content = Buffer.from(strings([...variables(event), `SEQNUM=${sequence}`, 'USEC_INITIALIZED=1']))
  const header = Buffer.alloc(UDEV_HEADER_BYTES)
  header.write('libudev\0', 'latin1')
  header.writeUInt32BE(UDEV_MAGIC, 8)
  header.writeUInt32LE(UDEV_HEADER_BYTES, 12)
  header.writeUInt32LE(UDEV_HEADER_BYTES, 16)
  header.writeUInt32LE(content.length, 20)
  header.writeUInt32BE(murmurHash2(Buffer.from(event.device.subsystem)), 24)
  return Buffer.concat([header, content])
}

function variables({ action, device, more }: DeviceEvent): string[] {
  return [`ACTION=${action}`, `DEVPATH=${device.path}`, `SUBSYSTEM=${device.subsystem}`, ...more, ...device.properties]
}

function strings(lines: readonly string[]): string {
  return lines.map((line) => `${line}\0`).join('')
}

/** MurmurHash2, 32 bits, seed 0. */
function murmurHash2(bytes: Buffer): number {
  const M = 0x5bd1_e995
  let hash = bytes.length
  let at = 0
  for (; at + 4 <= bytes.length; at += 4) {
    let word = Math.imul(bytes.readUInt32LE(at), M)
    word = Math.imul(word ^ (word >>> 24), M)
    hash = Math.imul(hash, M) ^ word
  }
  if (at < bytes.length) hash = Math.imul(hash ^ bytes.readUIntLE(at, bytes.length - at), M)
  hash = Math.imul(hash ^ (hash >>> 13), M)
  return (hash ^ (hash >>> 15)) >>> 0
}
