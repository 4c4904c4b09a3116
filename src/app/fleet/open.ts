import { NvError } from '../../errors/nv-error.ts'
import { shellQuote } from '../../errors/shell-quote.ts'
import type { Context } from '../context.ts'
import { readInput, writeOutput } from '../files.ts'
import type { Fleet } from './fleet.ts'
import { readFleetFile } from './read.ts'
import { extendedText, type FleetParts, fleetText } from './write.ts'

/** The fleet file where no option and no variable names one. */
export const USUAL_FILE = 'fleet.yaml'

/** Reads the fleet file. @throws NvError not-found, permission and the like, invalid-file */
export function readFleet(context: Context, file: string | undefined): Fleet {
  const place = file ?? USUAL_FILE
  return readFleetFile(place, bytesOf(context, place))
}

/** Writes a new fleet file. @throws NvError exists (without force), invalid-file (names), permission and the like */
export async function writeFleet(context: Context, file: string, parts: FleetParts, force: boolean): Promise<Fleet> {
  if (!force && isThere(context, file)) {
    throw new NvError({
      errno: 'EEXIST',
      code: 'exists',
      at: 'fleet init',
      message: `${file} is there already`,
      hint: `nvgpu fleet list --fleet ${shellQuote(file)}`,
      object: file,
    })
  }
  return put(context, file, fleetText(file, parts))
}

/**
 * Adds groups and members to a fleet file, whose comments stay.
 * @throws NvError as readFleet; invalid-file for a name that is there; contention when the file changed meanwhile
 */
export async function extendFleet(context: Context, file: string, more: FleetParts): Promise<Fleet> {
  const bytes = bytesOf(context, file)
  readFleetFile(file, bytes)
  const text = extendedText(file, new TextDecoder().decode(bytes), more)
  const now = bytesOf(context, file)
  if (Buffer.compare(bytes, now) !== 0) {
    throw new NvError({
      errno: 'EBUSY',
      code: 'contention',
      at: 'fleet add',
      message: `another program changed ${file}`,
      hint: `nvgpu fleet list --fleet ${shellQuote(file)}`,
      object: file,
    })
  }
  return put(context, file, text)
}

/** Reads the text as a fleet before it is written: so every file that we write can be read. */
async function put(context: Context, file: string, text: string): Promise<Fleet> {
  const bytes = new TextEncoder().encode(text)
  const fleet = readFleetFile(file, bytes)
  if (!context.settings.dryRun) await writeOutput(context, file, bytes)
  return fleet
}

function bytesOf(context: Context, file: string): Uint8Array {
  try {
    return readInput(context, file)
  } catch (error) {
    if (!(error instanceof NvError) || error.code !== 'not-found') throw error
    const { errno, code, at, message } = error
    const hint = `nvgpu fleet init --hosts 8 --board L40 --gpus 8 --fleet ${shellQuote(file)}`
    throw new NvError({ errno, code, at, message, hint, object: file, cause: error })
  }
}

/** Whether there is a file. @throws NvError if that cannot be known */
export function isThere(context: Context, file: string): boolean {
  try {
    readInput(context, file)
    return true
  } catch (error) {
    if (error instanceof NvError && error.errno === 'ENOENT') return false
    throw error
  }
}
