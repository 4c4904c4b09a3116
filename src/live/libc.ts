import { realpathSync } from 'node:fs'
import { createRequire } from 'node:module'
import os from 'node:os'
import { NvError } from '../errors/nv-error.ts'

/** The release of koffi that this works with. */
const KOFFI = 'koffi@3.3.4'

type Koffi = typeof import('koffi')

/**
 * The C library of this process, for calls that Node does not have. The package koffi makes them; it is optional, and only
 * loaded here.
 * @throws NvError unsupported: it is not installed
 */
export function loadLibc() {
  const koffi = loadKoffi()
  return { koffi, library: koffi.load(null) }
}

/** From beside the program: the bundle has no packages with native code. */
function loadKoffi(): Koffi {
  try {
    return createRequire(realpathSync(process.argv[1] ?? ''))('koffi')
  } catch {
    throw failedCall('the optional package koffi is not installed', `npm install --global ${KOFFI}`)
  }
}

export function failedCall(message: string, hint: string): NvError {
  return new NvError({ errno: 'EOPNOTSUPP', code: 'unsupported', at: 'libc', message, hint })
}

export function errnoName(errno: number): string {
  const [name] = Object.entries(os.constants.errno).find(([, number]) => number === errno) ?? []
  return name ?? `error ${errno}`
}
