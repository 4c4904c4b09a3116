import os from 'node:os'
import { errnoName, failedCall, loadLibc } from '../libc.ts'

const AF_NETLINK = 16
const SOCK_RAW = 3
const SOCK_CLOEXEC = 0o2000000
const NETLINK_KOBJECT_UEVENT = 15
/** struct sockaddr_nl: family, padding, port 0 (the kernel), groups. */
const ADDRESS_BYTES = 12
/** Multicast group of udev's messages. */
const UDEV_GROUP = 2
/** Nobody listens, or a listener's queue is full: the kernel's own messages are lost then, too. */
const LOST = [os.constants.errno.ECONNREFUSED, os.constants.errno.ENOBUFS]

/** A netlink socket of the network namespace of this process. */
export interface UeventSocket {
  /** To the kernel, which sends it on. @throws NvError the error of sendto(2) */
  toKernel(message: Buffer): void
  /** To the listeners of udev's messages. @throws NvError the error of sendto(2) */
  toUdevListeners(message: Buffer): void
}

/** @throws NvError unsupported */
export function openUeventSocket(): UeventSocket {
  const { koffi, library } = loadLibc()
  const socket = library.func('int socket(int, int, int)')
  const sendto = library.func('long sendto(int, const uint8_t *, size_t, int, const uint8_t *, uint32_t)')
  const fd: number = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_KOBJECT_UEVENT)
  if (fd < 0) throw failedCall(`no netlink socket: ${errnoName(koffi.errno())}`, 'nvgpu run --check')
  const send = (message: Buffer, group: number) => {
    const sent: number = sendto(fd, message, message.length, 0, addressOf(group), ADDRESS_BYTES)
    if (sent >= 0 || LOST.includes(koffi.errno())) return
    throw failedCall(`sendto: ${errnoName(koffi.errno())}`, 'nvgpu run --check')
  }
  return { toKernel: (message) => send(message, 0), toUdevListeners: (message) => send(message, UDEV_GROUP) }
}

function addressOf(group: number): Buffer {
  const address = Buffer.alloc(ADDRESS_BYTES)
  address.writeUInt16LE(AF_NETLINK, 0)
  address.writeUInt32LE(group, 8)
  return address
}
