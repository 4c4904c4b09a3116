import { type MdevDevice, readMdevJson } from '../../engine/definitions/mdevctl.ts'
import type { Context } from '../context.ts'
import { readInput } from '../files.ts'

/** The devices of an mdevctl file; `-` is standard input. @throws NvError with the file and the place */
export function readDevices(context: Context, path: string): MdevDevice[] {
  return readMdevJson(path, new TextDecoder('utf-8').decode(readInput(context, path)))
}
