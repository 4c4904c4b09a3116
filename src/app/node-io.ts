import { closeSync, existsSync, fstatSync, openSync, readSync, writeSync } from 'node:fs'
import type { InputFiles, Io, Writer } from './io.ts'
import { printed, shown } from './printed.ts'

/** The process's own streams, files, clock and randomness. */
export const nodeIo: Io = {
  stdout: writer(1, () => process.stdout),
  stderr: writer(2, () => process.stderr),
  env: process.env,
  readStdin: (limit) => readUpTo(0, limit),
  now: () => new Date(),
  uuid: randomUuid,
  sleep: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
  onInterrupt,
  files: inputFiles(),
  scripts: {
    // Code that starts processes is loaded only if a directory of scripts exists.
    list: async (dir) => (existsSync(dir) ? (await import('./callouts/scripts.ts')).nodeScripts.list(dir) : null),
    run: async (call) => (await import('./callouts/scripts.ts')).nodeScripts.run(call),
  },
}

function onInterrupt(act: (signal: 'SIGINT' | 'SIGTERM') => void): () => void {
  const signals = ['SIGINT', 'SIGTERM'] as const
  const handle = (signal: NodeJS.Signals) => act(signal === 'SIGTERM' ? signal : 'SIGINT')
  // A second signal ends the process.
  for (const signal of signals) process.once(signal, handle)
  return () => {
    for (const signal of signals) process.off(signal, handle)
  }
}

/** Writes straight to the descriptor. Only a character device gets a stream, for the properties of a terminal. */
function writer(fd: number, stream: () => NodeJS.WriteStream): Writer {
  let closed = false
  const put = (data: string | Uint8Array) => {
    if (closed) return
    closed = !writeFully(fd, typeof data === 'string' ? Buffer.from(data, 'utf8') : data)
  }
  return {
    write: (text) => put(printed(text)),
    data(data) {
      put(this.isTTY ? shown(data) : data)
    },
    get rows() {
      return this.isTTY ? stream().rows || undefined : undefined
    },
    get closed() {
      return closed
    },
    get stream() {
      return this.isTTY ? stream() : undefined
    },
    get isTTY() {
      return isCharacterDevice(fd) && stream().isTTY === true
    },
    get columns() {
      // Serial lines and some containers have terminals with 0 columns.
      return this.isTTY ? stream().columns || undefined : undefined
    },
  }
}

/**
 * Writes all bytes. False if the reader is gone (`nvgpu vgpu list
 * head`).
 */
function writeFully(fd: number, bytes: Uint8Array): boolean {
  let written = 0
  while (written < bytes.length) {
    try {
      written += writeSync(fd, bytes, written)
    } catch (error) {
      const code = errorCode(error)
      if (code === 'EPIPE') return false
      if (code !== 'EAGAIN' && code !== 'EINTR') throw error
      // The pipe is full, and its other end made it non-blocking: wait for the reader.
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1)
    }
  }
  return true
}

/**
 * Whether the descriptor may be a terminal: a character device other than /dev/null and its kind (Linux major number
 * 1).
 */
function isCharacterDevice(fd: number): boolean {
  try {
    const stat = fstatSync(fd)
    return stat.isCharacterDevice() && stat.rdev >> 8 !== 1
  } catch {
    return false
  }
}

function inputFiles(): InputFiles {
  return {
    read(path, limit) {
      const fd = openSync(path, 'r')
      try {
        return readUpTo(fd, limit)
      } finally {
        closeSync(fd)
      }
    },
    *pieces(path) {
      const fd = openSync(path, 'r')
      try {
        for (;;) {
          const piece = Buffer.allocUnsafe(PIECE)
          const count = readSome(fd, piece)
          if (count === 0) return
          yield piece.subarray(0, count)
        }
      } finally {
        closeSync(fd)
      }
    },
    write: async (path, bytes) => (await import('./output-file.ts')).writeFile(path, bytes),
    replace: async (path, old, bytes) => (await import('./replace-file.ts')).replaceFile(path, old, bytes),
    append: async (path, bytes) => (await import('./output-file.ts')).appendFile(path, bytes),
  }
}

const PIECE = 1_048_576

/** Reads to the end, or one byte past the limit: an endless device or pipe must not fill the memory. */
function readUpTo(fd: number, limit: number): Uint8Array {
  const chunks: Uint8Array[] = []
  let total = 0
  while (total <= limit) {
    const chunk = Buffer.allocUnsafe(Math.min(65_536, limit + 1 - total))
    const count = readSome(fd, chunk)
    if (count === 0) break
    chunks.push(chunk.subarray(0, count))
    total += count
  }
  return Buffer.concat(chunks)
}

function readSome(fd: number, chunk: Uint8Array): number {
  for (;;) {
    try {
      return readSync(fd, chunk)
    } catch (error) {
      const code = errorCode(error)
      if (code === 'EOF') return 0
      if (code !== 'EAGAIN' && code !== 'EINTR') throw error
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1)
    }
  }
}

/** Random bytes in store: few for the first request, more for the next. */
let pool: Buffer | undefined
let used = 0
let wanted = 16
const MOST_RANDOM = 4096

/** RFC 4122 version 4, from the kernel's random numbers. */
function randomUuid(): string {
  if (pool === undefined || used === pool.length) {
    pool = randomBytes(wanted)
    used = 0
    wanted = MOST_RANDOM
  }
  pool[used + 6] = ((pool[used + 6] ?? 0) & 0x0f) | 0x40
  pool[used + 8] = ((pool[used + 8] ?? 0) & 0x3f) | 0x80
  const hex = pool.toString('hex', used, used + 16)
  used += 16
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`
}

function randomBytes(count: number): Buffer {
  const bytes = Buffer.alloc(count)
  const source = openSync('/dev/urandom', 'r')
  try {
    readSync(source, bytes)
  } finally {
    closeSync(source)
  }
  return bytes
}

function errorCode(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : undefined
}
