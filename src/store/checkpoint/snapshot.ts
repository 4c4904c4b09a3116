import { CRC_LINE, withCrc } from '../disk/checked-file.ts'
import { isBdf } from '../disk/layout.ts'
import { isObject, type Json, type JsonObject } from '../json/json.ts'
import type { MaterializedState, Shard } from '../materialized-state.ts'
import { indexEpochsAfter } from '../name-index.ts'
import type { KeptIds } from './operation-ids.ts'

/** The content of a snapshot file. */
export interface Snapshot {
  readonly schema: number
  readonly epoch: number
  readonly seq: number
  readonly host: JsonObject
  /** the address of each GPU and the epoch of its shard file; neither is verified, see canBeShard */
  readonly shards: Shard[]
  /** the epoch of each file of the name index */
  readonly indexEpochs: readonly number[]
  /** epochs of the files with older operation ids, ascending */
  readonly idFiles: readonly number[]
  /** marks of the newest operation ids: the text of a JSON array, which is only ever searched */
  readonly ids: Buffer
}

/** Thrown for a snapshot of a newer schema: the form of the rest is not known. */
export class NewerSchema extends Error {
  readonly found: number

  constructor(found: number) {
    super(`schema ${found}`)
    this.found = found
  }
}

/**
 * Parses a snapshot file whose checksum has been verified. Throws NewerSchema, or SyntaxError or TypeError if it does not
 * read as a snapshot.
 */
export function parseSnapshot(bytes: Buffer, known: number): Snapshot {
  const end = bytes.indexOf('\n', CRC_LINE)
  const value: unknown = JSON.parse(bytes.toString('utf8', CRC_LINE, end < 0 ? bytes.length : end))
  if (!isObject(value)) throw new TypeError('it is not an object')
  // Earlier versions wrote the shards as an object, and named no index files and no files of operation ids.
  const { schema, epoch, seq, host, shards: written, words: indexEpochs = [], ids: idFiles = [] } = value
  if (isCount(schema) && schema > known) throw new NewerSchema(schema)
  const counts = isCount(schema) && isCount(epoch) && isCount(seq)
  const shards = isObject(written) ? Object.entries(written).flat() : written
  if (!counts || !isObject(host) || !Array.isArray(shards))
    throw new TypeError('a member is missing or of another kind')
  if (!isCounts(idFiles)) throw new TypeError('the files of operation ids cannot be')
  if (!isCounts(indexEpochs)) throw new TypeError('the files of the name index cannot be')
  const ids = bytes.subarray(end + 1, -1)
  if (end < 0 || ids.at(0) !== 0x5b || ids.at(-1) !== 0x5d) throw new TypeError('the operation ids are missing')
  return { schema, epoch, seq, host, shards: inPairs(shards), indexEpochs, idFiles, ids }
}

/** Whether a shard file of this name can exist in the snapshot of `epoch`. */
export function canBeShard({ bdf, epoch: written }: Shard, epoch: number): boolean {
  return isBdf(bdf) && isCount(written) && written >= 1 && written <= epoch
}

/** The snapshot after the log of `state`: a pure function of the state and its operation ids. */
export function snapshotBytes(state: MaterializedState, ids: KeptIds): Buffer {
  const epoch = state.epoch + 1
  const shards = state.shards.flatMap((shard) => [shard.bdf, shard.changed ? epoch : shard.epoch])
  const { host, seq } = state
  const words = indexEpochsAfter(state)
  const head = JSON.stringify({ schema: host.schema, epoch, seq, ids: ids.files, words, host, shards })
  return withCrc(`${head}\n${JSON.stringify(ids.recent)}\n`)
}

function inPairs(written: readonly Json[]): Shard[] {
  return Array.from({ length: Math.ceil(written.length / 2) }, (_, index) => {
    const [bdf, epoch] = written.slice(2 * index, 2 * index + 2)
    return { bdf: typeof bdf === 'string' ? bdf : '', epoch: typeof epoch === 'number' ? epoch : 0 }
  })
}

function isCounts(value: unknown): value is number[] {
  return Array.isArray(value) && value.every(isCount)
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && Number(value) >= 0
}
