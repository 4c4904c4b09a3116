import net from 'node:net'
import { exportsOfLibrary, listChecksum } from '../../src/nvml/library/exports.ts'
import { type Random, seeded } from '../reliability/random.ts'

const MAGIC = 0x4c4d564e
const HELLO = 24
const REQUEST = 64
const ORDER = 16
const FUNCTIONS = 413
const DEVICE = 0x4e56000100000001n
const ADDRESS = 0x10000n
/** Requests of a hostile connection, and of one that waits for its answers. */
const HOSTILE_SHARE = 2000
const BATCH = 100

function hello(magic = MAGIC): Buffer {
  const bytes = Buffer.alloc(HELLO)
  bytes.writeUInt32LE(magic, 0)
  bytes.writeUInt16LE(1, 4)
  bytes.writeUInt16LE(62, 6)
  bytes.writeUInt32LE(process.pid, 8)
  bytes.writeUInt32LE(listChecksum(), 12)
  return bytes
}

/** Sends random requests, which a library may send or not, and waits until the server has ended each connection. */
export async function hostileRequests(socket: string, count: number, seed: number): Promise<void> {
  const random = seeded(seed)
  for (let sent = 0; sent < count; sent += HOSTILE_SHARE) {
    const peer = net.connect(socket)
    const closed = new Promise<void>((resolve) => peer.once('close', () => resolve()))
    peer.on('error', () => {})
    // a PEEK gets a refusal, or garbage
    peer.on('data', (bytes) => {
      for (let at = 0; at + ORDER <= bytes.length; at += ORDER)
        if (bytes.readUInt32LE(at) === 2)
          peer.write(Buffer.from(random.chance(0.5) ? 'f2ffffffffffffff' : '00'.repeat(104), 'hex'))
    })
    peer.write(hello(random.chance(1 / 8) ? random.below(2 ** 32) : MAGIC))
    for (let i = 0; i < Math.min(HOSTILE_SHARE, count - sent); i += 1) peer.write(hostileRequest(random))
    peer.end()
    const timer = setTimeout(() => peer.destroy(), 500)
    await closed
    clearTimeout(timer)
  }
}

function hostileRequest(random: Random): Buffer {
  const inline = random.chance(1 / 3) ? random.below(80) : 0
  const request = Buffer.alloc(REQUEST + inline, random.below(256))
  request.writeUInt32LE(random.chance(1 / 500) ? random.below(2 ** 32) : random.below(FUNCTIONS), 0)
  request.writeUInt32LE(random.chance(1 / 200) ? random.below(2 ** 32) : inline, 4)
  for (let arg = 0; arg < 6; arg += 1)
    request.writeBigUInt64LE(random.chance(0.5) ? DEVICE : BigInt(random.below(5000)), 8 + 8 * arg)
  request.writeBigUInt64LE(1n, 56)
  return request
}

/** Functions that need no memory of the caller: a device, and pointers. */
const PLAIN = [
  'nvmlDeviceGetUtilizationRates',
  'nvmlDeviceGetPowerUsage',
  'nvmlDeviceGetMemoryInfo',
  'nvmlDeviceGetPciInfo_v3',
  'nvmlDeviceGetEccMode',
  'nvmlSystemGetCudaDriverVersion',
]

/** Makes calls as a library does, but for many at a time. @returns the number that did not succeed */
export async function plainCalls(socket: string, count: number): Promise<number> {
  const peer = net.connect(socket)
  const names = exportsOfLibrary().map(({ name }) => name)
  const batch = Buffer.concat(
    Array.from({ length: BATCH }, (_, i) => plainRequest(names.indexOf(PLAIN[i % PLAIN.length] ?? ''))),
  )
  let rest = Buffer.alloc(0)
  let done = 0
  let bad = 0
  await new Promise<void>((resolve, reject) => {
    peer.once('error', reject)
    peer.once('close', () => resolve())
    peer.on('data', (bytes) => {
      rest = Buffer.concat([rest, bytes])
      for (let size = orderSize(rest); size <= rest.length; size = orderSize(rest)) {
        if (rest.readUInt32LE(0) === 0) {
          done += 1
          if (rest.readBigUInt64LE(8) !== 0n) bad += 1
          if (done >= count) peer.destroy()
          else if (done % BATCH === 0) peer.write(batch)
        }
        rest = rest.subarray(size)
      }
    })
    peer.write(Buffer.concat([hello(), batch]))
  })
  return done < count ? count - done + bad : bad
}

function orderSize(bytes: Buffer): number {
  if (bytes.length < ORDER) return ORDER
  return bytes.readUInt32LE(0) === 1 ? ORDER + bytes.readUInt32LE(4) : ORDER
}

function plainRequest(number: number): Buffer {
  const request = Buffer.alloc(REQUEST)
  request.writeUInt32LE(number, 0)
  const args = [DEVICE, ADDRESS, ADDRESS, ADDRESS, ADDRESS, ADDRESS]
  for (const [i, arg] of args.entries()) request.writeBigUInt64LE(arg, 8 + 8 * i)
  request.writeBigUInt64LE(1n, 56)
  return request
}
