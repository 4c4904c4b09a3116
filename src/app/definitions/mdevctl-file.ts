import { type MdevDevice, readMdevJson } from '../../engine/definitions/mdevctl.ts'
import type { Context } from '../context.ts'
import { readInput } from '../files.ts'

/** The devices of a file of mdevctl; `-` is standard input. @throws NvError that names the file and the place */
export function readDevices(context: Context, path: string): MdevDevice[] {
  return readMdevJson(path, new TextDecoder('utf-8').decode(readInput(context, path)))
}
