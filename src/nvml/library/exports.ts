import { crc32 } from '../../abi/crc32.ts'
import { type NvmlFunction, nvmlFunctions } from '../../abi/nvml/functions.ts'
import { structBehind } from '../structs.ts'
import { OWN_CONNECTION } from './frame.ts'

/** An export of the library: its number in the protocol, and its descriptor; null for nvmlErrorString, which needs no server. */
export interface Export extends NvmlFunction {
  readonly descriptor: number | null
}

/** Most bytes of a structure that go with a request. */
const MOST_INLINE = 64

let all: readonly Export[] | undefined

/** The exports, in the order of their numbers. */
export function exportsOfLibrary(): readonly Export[] {
  all ??= nvmlFunctions().map((each) => ({ ...each, descriptor: descriptorOf(each) }))
  return all
}

/** A checksum of the list of functions: a library with another list has other numbers. */
export function listChecksum(): number {
  return crc32(
    Buffer.from(
      exportsOfLibrary()
        .map(({ name, descriptor }) => `${name} ${descriptor}`)
        .join('\n'),
    ),
  )
}

/**
 * The argument that goes with the request: a count or a size that the caller gives and gets, else a structure that begins with
 * its version. Metadata structures have a size beside them, so their version, which is output, is not taken for one.
 */
function descriptorOf({ name, params }: NvmlFunction): number | null {
  if (name === 'nvmlErrorString') return null
  const own = /EventSetWait/.test(name) ? OWN_CONNECTION : 0
  const count = params.findIndex((param) => param.type === 'unsigned int*' && /count|size|length/i.test(param.name))
  if (count >= 0) return (own | (count << 16) | 4) >>> 0
  const index = params.findIndex((param) => structBehind(param.type)?.fields.version?.offset === 0)
  const struct = structBehind(params[index]?.type ?? '')
  return struct === undefined ? own >>> 0 : (own | (index << 16) | Math.min(struct.size, MOST_INLINE)) >>> 0
}
