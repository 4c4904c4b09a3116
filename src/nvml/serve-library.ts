import { mkdirSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import type { Context } from '../app/context.ts'
import { NvError } from '../errors/nv-error.ts'
import { ownArchitecture } from './exec.ts'
import { installLibrary } from './install.ts'
import { FOR_ALL } from './library/frame.ts'
import { MOST_PATH } from './library/names.ts'
import { hasOtherUsers } from './other-users.ts'
import { answers, type NvmlServer, serveNvml } from './server.ts'
import { SOCKET } from './temporary.ts'

/** Longest path of the socket, with room for that of all users. */
const MOST = MOST_PATH - FOR_ALL.length

/** @throws NvError `busy`: a server has the directory of a library */
export async function refuseServed(dir: string): Promise<void> {
  if (!(await answers(join(resolve(dir), SOCKET)))) return
  throw new NvError({
    errno: 'EBUSY',
    code: 'busy',
    at: 'serve',
    message: `another nvgpu serve has ${dirname(resolve(dir))}`,
    hint: 'nvgpu serve --dir OTHER-DIR --listen 127.0.0.1:0',
    object: dirname(resolve(dir)),
  })
}

/**
 * Installs the library into a directory and serves it from a socket beside it, so that a mount of the directory has both.
 * @throws NvError `invalid-argument` if the path is too long for a socket, `unsupported`, and those of both acts
 */
export async function serveLibrary(context: Context, dir: string, release: string): Promise<NvmlServer> {
  const socket = join(resolve(dir), SOCKET)
  const size = Buffer.byteLength(socket)
  if (size > MOST)
    throw new NvError({
      errno: 'EINVAL',
      code: 'invalid-argument',
      at: 'serve',
      message: `${socket} has ${size} bytes, and the path of a socket has at most ${MOST}`,
      hint: 'nvgpu serve --dir /run/nvgpu',
      object: socket,
    })
  const architecture = ownArchitecture()
  mkdirSync(dir, { recursive: true })
  const server = await serveNvml(context, socket, { readOnly: false, still: false, everyone: hasOtherUsers() })
  try {
    await installLibrary(dir, { release, socket, architecture })
    return server
  } catch (error) {
    await server.close()
    throw error
  }
}
