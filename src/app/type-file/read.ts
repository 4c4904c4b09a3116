import { NVA081_CTRL_VGPU_INFO, NVA081_MAX_VGPU_PER_PGPU, NVA081_MAX_VGPU_TYPES_PER_PGPU } from '../../abi/nva081.ts'
import { checkBlobs } from './blob.ts'
import { completeDraft } from './complete.ts'
import type { Draft } from './draft.ts'
import { encodeDraft } from './encode.ts'
import { readJson } from './json.ts'
import { fileError } from './refuse.ts'
import { readXml } from './xml.ts'

/** Larger than any type file: NVIDIA's own, with every board, is about 2 MiB. */
const MAX_BYTES = 8 * 1024 * 1024
/** More types than NVIDIA has for all its boards. */
const MAX_EVERY_BOARD = 4096

/** The contents of a type file. */
export interface TypeFile {
  readonly blobs: Uint8Array[]
  /** By type id: the members that the file does not give, and that follow from the rest by rule. */
  readonly derived: ReadonlyMap<number, readonly string[]>
  /** Types of an XML file that no record can hold: a longer name or more instances than release 535.113.01 has room for. */
  readonly unfit: number
  /** The file may describe types of boards that the host does not have, as vgpuConfig.xml does. */
  readonly everyBoard: boolean
}

/**
 * The types of a user's type file, each as its 4,952 bytes of NVA081_CTRL_VGPU_INFO. By content, not by name, a file is
 * - raw records: one or more back to back, 4,952 bytes each (anything with a NUL byte in it);
 * - XML in the shape of vgpuConfig.xml (first character `<`), see `readXml`;
 * - JSON (first character `{` or `[`): a type, a list of types or `{"types": […]}`, see `readJson`.
 * Impossible records and repeated ids are refused. Records and JSON are for one upload, which has room for 64 types;
 * XML is for any number of boards.
 * @param name the file in messages
 * @throws NvError invalid-file with the file, the field, and the offset, line or path; never anything else
 */
export function readTypeFile(name: string, bytes: Uint8Array): TypeFile {
  if (bytes.length === 0) throw fileError(name, 'is empty')
  if (bytes.length > MAX_BYTES) throw fileError(name, `${bytes.length} bytes: a type file has at most ${MAX_BYTES}`)
  if (bytes.includes(0)) return { blobs: readRecords(name, bytes), derived: new Map(), unfit: 0, everyBoard: false }
  const text = decoded(name, bytes)
  const everyBoard = text.trimStart().startsWith('<')
  const described = everyBoard ? readXml(name, text) : readTyped(name, text)
  checkCount(name, described.length, everyBoard ? MAX_EVERY_BOARD : NVA081_MAX_VGPU_TYPES_PER_PGPU)
  const drafts = everyBoard ? described.filter(fits) : described
  if (drafts.length === 0) throw fileError(name, 'has only types that no record of release 535.113.01 can hold')
  const derived = new Map<number, readonly string[]>()
  const blobs = drafts.map((draft) => {
    const added = everyBoard ? completeDraft(draft) : []
    const made = encodeDraft(name, draft)
    derived.set(NVA081_CTRL_VGPU_INFO.get(made.blob, 'vgpuType'), [...added, ...made.derived])
    return made.blob
  })
  checkIds(
    name,
    blobs,
    drafts.map(({ where }) => where),
  )
  return { blobs, derived, unfit: described.length - drafts.length, everyBoard }
}

/** Whether a record has room for the name and the instances of a type. */
function fits({ values }: Draft): boolean {
  const name = String(values.get('vgpuName')?.value ?? '')
  const instances = Number(values.get('maxInstance')?.value ?? 1)
  return name.length < NVA081_CTRL_VGPU_INFO.fields.vgpuName.layout.size && instances <= NVA081_MAX_VGPU_PER_PGPU
}

function readTyped(name: string, text: string) {
  const first = text.trimStart()[0]
  if (first === '{' || first === '[') return readJson(name, text)
  throw fileError(name, 'neither type records, nor XML, nor JSON')
}

function readRecords(name: string, bytes: Uint8Array): Uint8Array[] {
  const { size } = NVA081_CTRL_VGPU_INFO
  if (bytes.length % size !== 0) throw fileError(name, `${bytes.length} bytes: not a multiple of ${size}`)
  const count = bytes.length / size
  checkCount(name, count, NVA081_MAX_VGPU_TYPES_PER_PGPU)
  checkBlobs(name, bytes)
  const blobs = Array.from({ length: count }, (_, index) => bytes.slice(index * size, (index + 1) * size))
  checkIds(
    name,
    blobs,
    blobs.map((_, index) => `offset ${index * size}`),
  )
  return blobs
}

function checkCount(name: string, count: number, most: number): void {
  if (count === 0) throw fileError(name, 'has no types in it')
  if (count <= most) return
  throw fileError(name, `${count} types: one ${most === MAX_EVERY_BOARD ? 'file' : 'upload'} carries at most ${most}`)
}

function checkIds(name: string, blobs: readonly Uint8Array[], where: readonly string[]): void {
  const seen = new Map<number, string>()
  for (const [index, blob] of blobs.entries()) {
    const id = NVA081_CTRL_VGPU_INFO.get(blob, 'vgpuType')
    const place = where[index] ?? ''
    const before = seen.get(id)
    if (before !== undefined) throw fileError(name, `vgpuType ${id} is there twice, at ${before} and at ${place}`)
    seen.set(id, place)
  }
}

function decoded(name: string, bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch (cause) {
    throw fileError(name, 'neither type records nor UTF-8 text', cause)
  }
}
