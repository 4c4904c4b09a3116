import { lstatSync, readdirSync, readFileSync, readlinkSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileError } from '../app/file-error.ts'
import { makeDirs, putInPlace, writeNew } from '../app/output-file.ts'
import { NvError } from '../errors/nv-error.ts'
import { library } from './library/library.ts'
import { type LibraryArchitecture, SOCKET_VARIABLE, SONAME } from './library/names.ts'

export interface Installed {
  /** The file, whose name has the release of the driver. */
  readonly file: string
  readonly links: string[]
  readonly bytes: number
  /** Nothing was there, or something else. */
  readonly changed: boolean
}

/** What makes the bytes of a library, and its name. */
interface LibraryInput {
  /** Release of the driver. */
  readonly release: string
  readonly socket: string
  readonly architecture: LibraryArchitecture
}

const BARE = 'libnvidia-ml.so'
const EXECUTABLE = 0o755

/**
 * Writes the library and its two links into a directory: libnvidia-ml.so.RELEASE, .so.1 and .so. They are on the disk when
 * this returns; after a crash each is the old one or the new one.
 * @throws NvError EEXIST `exists` if another library has one of the names, permission, disk-full and the like
 */
export async function installLibrary(dir: string, { release, socket, architecture }: LibraryInput): Promise<Installed> {
  const bytes = await library(architecture, socket)
  const name = `${BARE}.${release}`
  try {
    makeDirs(dir)
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
    throw fileError(error, dir, 'nvml install')
  }
}

/** Writes the library and its links into a new directory, which need not outlive a crash. @throws NvError `disk-full` */
export async function writeLibrary(dir: string, { release, socket, architecture }: LibraryInput): Promise<void> {
  const name = `${BARE}.${release}`
  const bytes = await library(architecture, socket)
  try {
    writeFileSync(join(dir, name), bytes, { mode: EXECUTABLE })
    symlinkSync(name, join(dir, SONAME))
    symlinkSync(SONAME, join(dir, BARE))
  } catch (error) {
    // The directory itself is removed again.
    throw fileError(error, dirname(dir), 'nvml exec')
  }
}

/** A file that a killed install has left half. */
const TEMPORARY = /\.\d+(-\d+)?\.tmp$/

/** A file without the name of our variable is not from here: NVIDIA's own is never replaced. */
function refuseForeign(path: string): void {
  if (TEMPORARY.test(path)) return
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
  putInPlace(path, (temporary) => writeNew(temporary, bytes, EXECUTABLE))
  return true
}

function putLink(dir: string, name: string, target: string): boolean {
  const path = join(dir, name)
  const before = lstatSync(path, { throwIfNoEntry: false })
  if (before?.isSymbolicLink() && readlinkSync(path) === target) return false
  putInPlace(path, (temporary) => symlinkSync(target, temporary))
  return true
}
