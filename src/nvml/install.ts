import {
  chmodSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { NvError } from '../errors/nv-error.ts'
import { type LibraryArchitecture, library, SOCKET_VARIABLE, SONAME } from './library/library.ts'

export interface Installed {
  /** The file, whose name has the release of the driver. */
  readonly file: string
  readonly links: string[]
  readonly bytes: number
  /** Nothing was there, or something else. */
  readonly changed: boolean
}

const BARE = 'libnvidia-ml.so'

/**
 * Writes the library and its two links into a directory: libnvidia-ml.so.RELEASE, .so.1 and .so.
 * @throws NvError EEXIST `exists` if another library has one of the names, `io-error` for other errors of files
 */
export function installLibrary(
  dir: string,
  { release, socket, architecture }: { release: string; socket: string; architecture: LibraryArchitecture },
): Installed {
  const bytes = library(architecture, socket)
  const name = `${BARE}.${release}`
  try {
    mkdirSync(dir, { recursive: true })
    for (const each of readdirSync(dir)) if (each.startsWith(BARE)) refuseForeign(join(dir, each))
    const changed = putFile(join(dir, name), bytes)
    const links = [putLink(dir, SONAME, name), putLink(dir, BARE, SONAME)]
    for (const each of readdirSync(dir))
      if (each.startsWith(`${BARE}.`) && ![name, SONAME].includes(each)) rmSync(join(dir, each))
    return {
      file: join(dir, name),
      links: [join(dir, SONAME), join(dir, BARE)],
      bytes: bytes.length,
      changed: changed || links.includes(true),
    }
  } catch (error) {
    if (error instanceof NvError || !(error instanceof Error)) throw error
    throw new NvError({
      errno: 'EIO',
      code: 'io-error',
      at: 'nvml install',
      message: `cannot write the library into ${dir}: ${error.message}`,
      hint: 'nvgpu nvml install DIR',
      object: dir,
      cause: error,
    })
  }
}

/** A file without the name of our variable is not from here: NVIDIA's own is never replaced. */
function refuseForeign(path: string): void {
  const info = lstatSync(path)
  if (info.isSymbolicLink() && readlinkSync(path).startsWith(BARE)) return
  if (info.isFile() && readFileSync(path).includes(SOCKET_VARIABLE)) return
  throw new NvError({
    errno: 'EEXIST',
    code: 'exists',
    at: 'nvml install',
    message: `${path} is not from nvgpu and is not replaced`,
    hint: 'nvgpu nvml install ./nvml',
    object: path,
  })
}

/** Replaces a file in one rename. @returns whether it differs from before */
function putFile(path: string, bytes: Uint8Array): boolean {
  const before = lstatSync(path, { throwIfNoEntry: false })
  if (before?.isFile() && readFileSync(path).equals(bytes)) return false
  const temporary = `${path}.tmp-${process.pid}`
  writeFileSync(temporary, bytes)
  chmodSync(temporary, 0o755)
  renameSync(temporary, path)
  return true
}

function putLink(dir: string, name: string, target: string): boolean {
  const path = join(dir, name)
  const before = lstatSync(path, { throwIfNoEntry: false })
  if (before?.isSymbolicLink() && readlinkSync(path) === target) return false
  const temporary = `${path}.tmp-${process.pid}`
  rmSync(temporary, { force: true })
  symlinkSync(target, temporary)
  renameSync(temporary, path)
  return true
}
