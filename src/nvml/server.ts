import { mkdirSync, rmSync, statSync } from 'node:fs'
import { connect, createServer, type Server, type Socket } from 'node:net'
import { dirname } from 'node:path'
import type { Context } from '../app/context.ts'
import { NvError } from '../errors/nv-error.ts'
import { Connection } from './connection.ts'
import { Service, type ServiceOptions } from './service.ts'

/** A server that listens. */
export interface NvmlServer {
  readonly socket: string
  /** Ends all connections and removes the socket. */
  close(): Promise<void>
}

/** Only the owner may connect. */
const PRIVATE = 0o177

/**
 * Serves the library's functions for one state directory on a Unix socket. A socket that a server left behind is replaced.
 * @throws NvError EBUSY `busy` if a server answers there already, EACCES `permission`, EIO
 */
export async function serveNvml(context: Context, socket: string, options: ServiceOptions): Promise<NvmlServer> {
  mkdirSync(dirname(socket), { recursive: true, mode: 0o700 })
  if (await answers(socket)) throw busy(socket)
  rmSync(socket, { force: true })
  const service = new Service(context, options)
  const open = new Set<Socket>()
  const server = createServer((peer) => {
    open.add(peer)
    const connection = new Connection({ write: (bytes) => void peer.write(bytes), end: () => peer.destroy() }, service)
    peer.on('data', (bytes) => connection.receive(bytes))
    peer.on('error', () => peer.destroy())
    peer.on('close', () => {
      open.delete(peer)
      connection.close()
    })
  })
  await listen(server, socket)
  const { ino } = statSync(socket)
  return {
    socket,
    close: async () => {
      if (inodeOf(socket) === ino) rmSync(socket, { force: true })
      for (const peer of open) peer.destroy()
      await new Promise((resolve) => server.close(resolve))
      service.close()
    },
  }
}

function listen(server: Server, socket: string): Promise<void> {
  const mask = process.umask(PRIVATE)
  return new Promise<void>((resolve, reject) => {
    server.once('error', (error) => reject(refused(socket, error)))
    server.listen(socket, resolve)
  }).finally(() => process.umask(mask))
}

/** Whether a server accepts connections there. */
function answers(socket: string): Promise<boolean> {
  return new Promise((resolve) => {
    const peer = connect(socket)
    const end = (yes: boolean) => {
      peer.destroy()
      resolve(yes)
    }
    peer.once('connect', () => end(true))
    peer.once('error', () => end(false))
  })
}

function inodeOf(path: string): number | undefined {
  return statSync(path, { throwIfNoEntry: false })?.ino
}

function busy(socket: string): NvError {
  return new NvError({
    errno: 'EBUSY',
    code: 'busy',
    at: 'nvml serve',
    message: `a server answers at ${socket} already`,
    hint: 'nvgpu nvml install DIR',
    object: socket,
  })
}

function refused(socket: string, cause: Error): NvError {
  return new NvError({
    errno: 'EIO',
    code: 'io-error',
    at: 'nvml serve',
    message: `cannot listen at ${socket}: ${cause.message}`,
    hint: 'nvgpu nvml serve --state-dir DIR',
    object: socket,
    cause,
  })
}
