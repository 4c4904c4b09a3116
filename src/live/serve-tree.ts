import { lstatSync, mkdirSync, readdirSync, readlinkSync, rmSync, statSync, symlinkSync } from 'node:fs'
import path from 'node:path'
import type { Context } from '../app/context.ts'
import { NvError } from '../errors/nv-error.ts'
import { shellQuote } from '../errors/shell-quote.ts'
import { mountingHere } from './mounting.ts'
import { Server } from './server.ts'
import { startThread } from './start-thread.ts'

/** Where the tree is mounted below DIR, and the parts of it that have a link beside it. */
const MOUNT = 'host'
const LINKS = ['sys', 'dev'] as const

/** The kernel's files in a directory. */
export interface ServedTree {
  /** Why they are not there; undefined if they are. */
  readonly without: string | undefined
  end(): Promise<void>
}

/** @throws NvError exists: files that the mount would hide, or a link would replace */
export function refuseHiding(dir: string): void {
  const at = path.resolve(dir, MOUNT)
  if (isThere(at) && !isDead(at) && !isEmptyDirectory(at)) throw inTheWay(at)
  for (const name of LINKS) {
    const file = path.resolve(dir, name)
    if (isThere(file) && linkTarget(file) === undefined) throw inTheWay(file)
  }
}

function isThere(file: string): boolean {
  try {
    return lstatSync(file, { throwIfNoEntry: false }) !== undefined
  } catch {
    return false
  }
}

function isEmptyDirectory(dir: string): boolean {
  try {
    return readdirSync(dir).length === 0
  } catch {
    return false
  }
}

function inTheWay(file: string): NvError {
  return new NvError({
    errno: 'EEXIST',
    code: 'exists',
    at: 'serve',
    message: `${file} is in the way: the files of the host come there`,
    hint: `ls -lA ${shellQuote(file)}`,
    object: file,
  })
}

/** Serves the tree of the host at DIR/host, with links to its parts, if this process can mount. */
export async function serveTree(context: Context, dir: string, program: string): Promise<ServedTree> {
  try {
    return await mounted(context, dir, program)
  } catch (error) {
    if (!(error instanceof NvError)) throw error
    const { message, hint } = error
    return { without: `${message}${hint === undefined ? '' : ` (${hint})`}`, end: async () => {} }
  }
}

/** @throws NvError permission, unsupported */
async function mounted(context: Context, dir: string, program: string): Promise<ServedTree> {
  const at = path.resolve(dir, MOUNT)
  const { mount, unmount, guard: guardAt } = await mountingHere()
  if (isDead(at)) unmount(at)
  mkdirSync(at, { recursive: true })
  const server = new Server(context, await mount(at))
  const guard = guardAt(at)
  for (const name of LINKS) putLink(path.resolve(dir, name), `${MOUNT}/${name}`)
  const unmounted = server.start(startThread(program), {}).then(async (end) => {
    guard.settle(end)
    await server.close()
  })
  return {
    without: undefined,
    async end() {
      unmount(at)
      await unmounted
    },
  }
}

/** Whether a server that was killed has left its mount. */
function isDead(at: string): boolean {
  try {
    statSync(at)
    return false
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'ENOTCONN'
  }
}

function putLink(file: string, target: string): void {
  if (linkTarget(file) === target) return
  rmSync(file, { force: true })
  symlinkSync(target, file)
}

function linkTarget(file: string): string | undefined {
  try {
    return readlinkSync(file)
  } catch {
    return undefined
  }
}
