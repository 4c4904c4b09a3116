/** The 32 bytes of data of the library, by offset. */
export const DATA = {
  /** Futex: 0 free, 1 taken, 2 taken with waiters. */
  LOCK: 0,
  /** The connection, or -1. */
  FD: 4,
  /** The process that lock and connection belong to; 0 before the first use, -1 while one thread takes over. */
  PID: 8,
  /** Number of nvmlInit without nvmlShutdown. The server writes it. */
  STATE: 16,
} as const
export const DATA_SIZE = 32

/** The frame of a call, by offset: request, iovec, msghdr, order, status of a PEEK, address of the socket, hello, flags. */
export const FRAME = {
  REQ: 0,
  IOV: 0x40,
  MSG: 0x60,
  ORDER: 0x98,
  STATUS: 0xa8,
  ADDR: 0xb0,
  HELLO: 0x120,
  /** The request was sent once already, or an answer has begun: it is not sent again. */
  ONCE: 0x138,
  SPINS: 0x13c,
} as const
export const FRAME_SIZE = 0x148

/** Of the protocol: the first word of a hello, "NVML"; bytes of a hello, a request and an order. */
export const MAGIC = 0x4c4d564e
export const PROTOCOL = 1
export const HELLO_SIZE = 24
export const REQUEST_SIZE = 64
export const ORDER_SIZE = 16
/** Orders of the server. */
export const ORDER = { RETURN: 0, POKE: 1, PEEK: 2 } as const

/** Behind the path of a socket of its owner: the socket for all users, which changes nothing. */
export const FOR_ALL = '.all'

/** The four bytes of that as a word. */
export function suffixWord(): number {
  return [...FOR_ALL].reduce((word, char, i) => word | (char.charCodeAt(0) << (8 * i)), 0)
}

/** Of a descriptor: bits 0 to 11 length of the inline argument, 16 to 18 its index, 31 a connection of its own. */
export const OWN_CONNECTION = 0x8000_0000
