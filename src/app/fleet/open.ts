import { NvError } from '../../errors/nv-error.ts'
import { shellQuote } from '../../errors/shell-quote.ts'
import type { Context } from '../context.ts'
import { readInput, replaceOutput, writeOutput } from '../files.ts'
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
  const { fleet, bytes } = checked(file, fleetText(file, parts))
  const isFree = force || !isThere(context, file)
  if (context.settings.dryRun && isFree) return fleet
  if (force) await writeOutput(context, file, bytes)
  else if (!isFree || !(await replaceOutput(context, file, null, bytes))) {
    throw new NvError({
      errno: 'EEXIST',
      code: 'exists',
      at: 'fleet init',
      message: `${file} is there already`,
      hint: `nvgpu fleet list --fleet ${shellQuote(file)}`,
      object: file,
    })
  }
  return fleet
}

/**
 * Adds groups and members to a fleet file, whose comments stay.
 * @throws NvError as readFleet; invalid-file for a name that is there; contention when the file changed meanwhile
 */
export async function extendFleet(context: Context, file: string, more: FleetParts): Promise<Fleet> {
  const old = bytesOf(context, file)
  readFleetFile(file, old)
  const { fleet, bytes } = checked(file, extendedText(file, new TextDecoder().decode(old), more))
  if (!context.settings.dryRun && !(await replaceOutput(context, file, old, bytes))) {
    throw new NvError({
      errno: 'EBUSY',
      code: 'contention',
      at: 'fleet add',
      message: `another program changed ${file}`,
      hint: `nvgpu fleet list --fleet ${shellQuote(file)}`,
      object: file,
    })
  }
  return fleet
}

/** Reads the text as a fleet before it is written: so every file that we write can be read. */
function checked(file: string, text: string): { fleet: Fleet; bytes: Uint8Array } {
  const bytes = new TextEncoder().encode(text)
  return { fleet: readFleetFile(file, bytes), bytes }
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
