import { mkdirSync, rmSync, statSync, watch } from 'node:fs'
import { connect, createServer, type Server, type Socket } from 'node:net'
import { dirname } from 'node:path'
import type { Context } from '../app/context.ts'
import { NvError } from '../errors/nv-error.ts'
import type { Door } from './door.ts'
import { FOR_ALL } from './library/frame.ts'
import type { ServiceOptions } from './service.ts'

/** A server that listens. */
export interface NvmlServer {
  readonly socket: string
  /** Resolves when somebody has removed or replaced the socket: no program finds this server any more. */
  lost(): Promise<void>
  /** Ends all connections and removes the socket. */
  close(): Promise<void>
}

/** Settings that a user chooses. */
export type ExecOptions = Omit<ServiceOptions, 'began'>

/** Settings of a server and its sockets. */
interface ServerOptions extends ExecOptions {
  /** Other users may connect too, and change nothing. */
  readonly everyone: boolean
}

/** Masks of a socket: only the owner may connect, or every user. */
const PRIVATE = 0o177
const PUBLIC = 0o111

/**
 * Serves the library's functions for one state directory on a Unix socket. A socket that a server left behind is replaced.
 * The functions are loaded with the first client: most servers of `nvgpu run` have none.
 * @throws NvError EBUSY `busy` if a server answers there already, EACCES `permission`, EIO
 */
export async function serveNvml(context: Context, socket: string, options: ServerOptions): Promise<NvmlServer> {
  mkdirSync(dirname(socket), { recursive: true, mode: 0o700 })
  if (await answers(socket)) throw busy(socket)
  const began = context.io.now()
  let door: Promise<Door> | undefined
  const enter = (peer: Socket, isOwner: boolean) => {
    door ??= import('./door.ts').then((loaded) => new loaded.Door(context, { ...options, began }))
    door.then(
      (opened) => opened.join(peer, isOwner),
      (error) => {
        context.io.stderr.write(`nvgpu: nvml: ${error instanceof Error ? error.message : String(error)}\n`)
        peer.destroy()
      },
    )
  }
  const closers: (() => Promise<void>)[] = []
  const close = async () => {
    for (const each of closers) await each()
    ;(await door)?.close()
  }
  try {
    closers.push(await serveAt(socket, PRIVATE, (peer) => enter(peer, true)))
    if (options.everyone) closers.push(await serveAt(`${socket}${FOR_ALL}`, PUBLIC, (peer) => enter(peer, false)))
    return { socket, close, lost: () => gone(socket) }
  } catch (error) {
    await close()
    throw error
  }
}

/** Accepts connections at a socket. @returns what ends them and removes the socket */
async function serveAt(socket: string, mask: number, enter: (peer: Socket) => void): Promise<() => Promise<void>> {
  rmSync(socket, { force: true })
  const open = new Set<Socket>()
  const server = createServer({ pauseOnConnect: true }, (peer) => {
    open.add(peer)
    peer.on('error', () => peer.destroy())
    peer.on('close', () => open.delete(peer))
    enter(peer)
  })
  await listen(server, socket, mask)
  const { ino } = statSync(socket)
  return async () => {
    if (inodeOf(socket) === ino) rmSync(socket, { force: true })
    for (const peer of open) peer.destroy()
    await new Promise((resolve) => server.close(resolve))
  }
}

async function gone(socket: string): Promise<void> {
  const ino = inodeOf(socket)
  await new Promise<void>((resolve) => {
    const watcher = watch(dirname(socket), { persistent: false }, () => {
      if (inodeOf(socket) !== ino) resolve()
    })
    watcher.on('error', () => watcher.close())
  })
}

function listen(server: Server, socket: string, mask: number): Promise<void> {
  const before = process.umask(mask)
  return new Promise<void>((resolve, reject) => {
    server.once('error', (error) => reject(refused(socket, error)))
    server.listen(socket, resolve)
  }).finally(() => process.umask(before))
}

/** Whether a server accepts connections there. */
export function answers(socket: string): Promise<boolean> {
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
