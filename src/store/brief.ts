import { CRC_LINE } from './checked-file.ts'
import { isObject, type Json, type JsonObject, setKey } from './json.ts'

/** Which members to keep: of each element of a list, and of whatever name where it is `*`, if any of them is not null. */
type Form = true | readonly [Form] | { readonly [key: string]: Form }

/**
 * What of a GPU a listing of its vGPUs looks at. In a shard file it stands once more in front of the tree, so that a host
 * is listed without parsing, or even reading, the rest: a twentieth of what is known of a GPU.
 */
const FORM: Form = {
  bdf: true,
  uuid: true,
  vfs: [
    {
      index: true,
      bdf: true,
      vgpuType: true,
      uuid: true,
      name: true,
      opened: { vm: true },
      paused: true,
      mig: { state: true },
    },
  ],
  mgr: { vgpus: { '*': { failed: true } } },
}

const BRACKET = 0x5b
const NEWLINE = 0x0a

/** The line that goes in front of the tree of a GPU, with its newline. */
export function briefLine(gpu: Json): string {
  return `${JSON.stringify([kept(gpu, FORM)])}\n`
}

/** Where in a shard file the tree begins. Files of before have nothing in front of it but the sum. */
export function treeStart(bytes: Buffer): number {
  return bytes[CRC_LINE] === BRACKET ? bytes.indexOf(NEWLINE, CRC_LINE) + 1 : CRC_LINE
}

/** The brief form of the GPU `bdf`, from the beginning of its shard file; undefined if it is not there as a whole. */
export function briefIn(head: Buffer, bdf: string): JsonObject | undefined {
  const end = head.indexOf(NEWLINE, CRC_LINE)
  if (head[CRC_LINE] !== BRACKET || end < 0) return undefined
  try {
    const [gpu]: Json[] = JSON.parse(head.toString('utf8', CRC_LINE, end))
    return isObject(gpu) && gpu.bdf === bdf ? gpu : undefined
  } catch (error) {
    if (error instanceof SyntaxError) return undefined
    throw error
  }
}

/** What is not of the form is kept as it is: null where there is no object, say. */
function kept(value: Json, form: Form): Json {
  if (form === true) return value
  if (isList(form)) return Array.isArray(value) ? value.map((element) => kept(element, form[0])) : value
  if (!isObject(value)) return value
  const some: JsonObject = {}
  for (const [key, member] of Object.entries(value)) {
    const named = Object.hasOwn(form, key)
    const inner = named ? form[key] : form['*']
    if (inner === undefined) continue
    const part = kept(member, inner)
    if (named || !isVoid(part)) setKey(some, key, part)
  }
  return some
}

/** Nothing but nulls: of most of a map there is nothing to say. */
function isVoid(value: Json): boolean {
  return isObject(value) && Object.values(value).every((member) => member === null)
}

function isList(form: Form): form is readonly [Form] {
  return Array.isArray(form)
}
