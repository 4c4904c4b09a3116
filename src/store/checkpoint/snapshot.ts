import { CRC_LINE, withCrc } from '../disk/checked-file.ts'
import { isBdf } from '../disk/layout.ts'
import { isObject, type Json, type JsonObject } from '../json/json.ts'
import type { MaterializedState } from '../materialized-state.ts'
import { indexEpochsAfter } from '../name-index.ts'
import type { KeptIds } from './operation-ids.ts'

/** `[` and `]`. */
const BRACKET = 0x5b
const BRACKET_END = 0x5d

/** What a snapshot file says, as far as its form goes. */
export interface Snapshot {
  readonly schema: number
  readonly epoch: number
  readonly seq: number
  readonly host: JsonObject
  /** for each of the state's `gpus` its address, and behind it the epoch its shard was written in; not looked at here */
  readonly shards: readonly Json[]
  /** the epoch the file of words of each group of GPUs was written in; see words.ts */
  readonly words: readonly number[]
  /** epochs of the files with older operation ids, ascending */
  readonly idFiles: readonly number[]
  /** marks of the newest operation ids: the text of a JSON array */
  readonly ids: Buffer
}

/** A snapshot of a schema beyond the known one: nothing else about its form can be relied on. */
export class NewerSchema extends Error {
  readonly found: number

  constructor(found: number) {
    super(`schema ${found}`)
    this.found = found
  }
}

/**
 * Takes a snapshot file apart, whose sum has been verified. The marks stay bytes: they are only ever searched. Throws
 * NewerSchema, or SyntaxError or TypeError if it does not read as a snapshot.
 */
export function parseSnapshot(bytes: Buffer, known: number): Snapshot {
  const end = bytes.indexOf(10, CRC_LINE)
  const value: unknown = JSON.parse(bytes.toString('utf8', CRC_LINE, end < 0 ? bytes.length : end))
  if (!isObject(value)) throw new TypeError('it is not an object')
  // Older snapshots have addresses for keys, name no files of words, and no files of ids either: all are in themselves.
  const { schema, epoch, seq, host, shards: written, words = [], ids: idFiles = [] } = value
  if (isCount(schema) && schema > known) throw new NewerSchema(schema)
  const counts = isCount(schema) && isCount(epoch) && isCount(seq)
  const shards = isObject(written) ? Object.entries(written).flat() : written
  if (!counts || !isObject(host) || !Array.isArray(shards))
    throw new TypeError('a member is missing or of another kind')
  if (!isCounts(idFiles)) throw new TypeError('the files of operation ids cannot be')
  if (!isCounts(words)) throw new TypeError('the files of words cannot be')
  const ids = bytes.subarray(end + 1, -1)
  if (end < 0 || ids[0] !== BRACKET || ids.at(-1) !== BRACKET_END) throw new TypeError('the operation ids are missing')
  return {
    schema,
    epoch,
    seq,
    host,
    shards,
    words,
    idFiles,
    ids,
  }
}

/** Whether a slot's shard file can exist: its address is one, and it was written up to the epoch given. */
export function canBeShard(bdf: string, written: unknown, epoch: number): written is number {
  return isBdf(bdf) && isCount(written) && written >= 1 && written <= epoch
}

/** The bytes of the snapshot that starts the epoch after `image`'s log: a pure function of the image, as its ids are. */
export function snapshotBytes(image: MaterializedState, ids: KeptIds): Buffer {
  const epoch = image.epoch + 1
  const shards = [...image.slots].flatMap((slot) => [slot.bdf, slot.changed ? epoch : slot.epoch])
  const { host, seq } = image
  const words = indexEpochsAfter(image)
  const head = JSON.stringify({ schema: host.schema, epoch, seq, ids: ids.files, words, host, shards })
  return withCrc(`${head}\n${JSON.stringify(ids.recent)}\n`)
}

function isCounts(value: unknown): value is number[] {
  return Array.isArray(value) && value.every(isCount)
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && Number(value) >= 0
}
