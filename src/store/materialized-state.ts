import type { StateContract } from '../contract/state-contract.ts'
import { ShardFields } from './checkpoint/shard-fields.ts'
import { CRC_LINE } from './disk/checked-file.ts'
import { isBdf } from './disk/layout.ts'
import type { Change, Patch, Path } from './json/diff.ts'
import { isObject, type Json, type JsonObject } from './json/json.ts'
import { apply, PatchError, rejectChange } from './json/patch.ts'

/** The path of a GPU for the contract, which knows all GPUs by one form. */
const GPU: Path = ['gpus', 0]

/** One GPU of the state. */
export interface Shard {
  readonly bdf: string
  /** epoch in the name of its shard file; 0 if it came with the log and has no file yet */
  readonly epoch: number
  /** undefined until its file is read */
  fields?: ShardFields
  /** changes of the log, applied when its file is read */
  pending?: Change[]
  /** whether the log changed it: then the next checkpoint writes it */
  changed?: boolean
}

/** Where a state that starts from a snapshot finds the other files of it. */
export interface ShardSource {
  /** The content of a shard file. */
  read(shard: Shard): Buffer
  /** The content of a file of the name index. */
  readIndex(name: string): Buffer
  /** The error for a shard file that does not read as one. */
  damage(shard: Shard, problem: string, cause?: unknown): Error
}

/** Of a state with no snapshot: it has no files. */
const NO_FILES: ShardSource = {
  read: (shard) => raise(`there is no shard of ${shard.bdf}`),
  readIndex: (name) => raise(`there is no ${name}`),
  damage: (shard, problem) => new Error(`${shard.bdf}: ${problem}`),
}

/** The state read from a snapshot and the log after it. A GPU is read when it is first used; callers get copies. */
export class MaterializedState {
  /** epoch of the snapshot it starts from; 0 is the empty start, which has none */
  snapshot = 0
  /** epoch of the log it follows: that of the snapshot, or a later one while a checkpoint is not complete */
  epoch = 0
  /** number of changes in history so far */
  seq = 0
  /** where reading the log goes on, in bytes */
  offset = 0
  /** whether the log has ended */
  sealed = false
  /** whether the log has a stretch of zeros: sectors that a power cut took, of records that were never acknowledged */
  hole = false
  /** identity of the log file when it was last read */
  identity = ''
  /** whether a first record has set the whole state; until then it is the model's initial one */
  rooted = false
  /** bytes of the newest snapshot, or 0 */
  snapshotSize = 0
  /** operation ids of the records read from logs, and the number of the change that each made */
  ids = new Map<string, number>()
  /** marks of earlier operation ids: the JSON array of the snapshot */
  oldIds: Buffer = Buffer.from('[]')
  /** epochs of the files with the marks of still earlier ones, ascending; see operation-ids.ts */
  idFiles: readonly number[] = []
  /** epochs of the snapshot's files of the name index, group by group; see name-index.ts */
  indexEpochs: readonly number[] = []
  host: JsonObject = {}
  shards: Shard[] = []
  /** content of the files of ids that were read */
  readonly idBytes = new Map<number, Buffer>()
  readonly #files: ShardSource
  readonly #contract: StateContract | undefined

  /** Without a contract, trees are taken as they are. */
  constructor(contract?: StateContract, files: ShardSource = NO_FILES) {
    this.#files = files
    this.#contract = contract
  }

  /** Adds the defaults that a value at a path of the tree lacks. */
  filled(path: Path, value: Json): Json {
    return this.#contract === undefined ? value : this.#contract.fill(path, value)
  }

  /** This state, or if its schema is older, a new one in the newest schema. */
  current(): MaterializedState {
    const { schema } = this.host
    const contract = this.#contract
    if (contract === undefined || typeof schema !== 'number' || schema >= contract.schema) return this
    const upgraded = new MaterializedState(contract)
    upgraded.setRoot(contract.upgrade(this.tree()))
    return upgraded
  }

  /** Takes over all of the state but the GPUs. */
  setHost(host: JsonObject): void {
    const filled = this.filled([], host)
    this.host = isObject(filled) ? filled : host
  }

  /** Takes over a whole tree. Throws PatchError if it is not a state. */
  setRoot(tree: unknown): void {
    if (!isObject(tree) || !Array.isArray(tree.gpus)) throw new PatchError('the state is not an object with gpus')
    const { gpus, ...host } = tree
    this.host = host
    this.shards = tree.gpus.map(newShard)
    this.rooted = true
  }

  /** Takes over the initial tree, which the first record has to carry. */
  setInitial(tree: Json): void {
    this.setRoot(tree)
    this.rooted = false
  }

  /** Applies the patch of the next record. After a PatchError the state must not be used. */
  applyPatch(patch: Patch): void {
    for (const written of patch) {
      const change = this.#filledChange(written)
      const [path] = change
      if (path.length === 0) this.setRoot(change[1])
      else if (path[0] === 'gpus') this.#changeGpus(change)
      else apply([change], this.host)
    }
  }

  /** The fields of a GPU, for reading only. */
  fieldsOf(index: number): ShardFields {
    const shard = this.#shard(index)
    shard.fields ??= this.#readShard(shard)
    delete shard.pending
    return shard.fields
  }

  /** The whole tree, for reading only. */
  tree(): JsonObject {
    return { ...this.host, gpus: this.shards.map((_, index) => this.gpuTree(index)) }
  }

  /** The whole tree of a GPU, for reading only. */
  gpuTree(index: number): Json {
    const fields = this.fieldsOf(index)
    return this.#asShard(this.#shard(index), () => fields.tree())
  }

  /** A copy of a field of a GPU; undefined if there is no such field. */
  copyOf(index: number, key: string): Json | undefined {
    const fields = this.fieldsOf(index)
    return this.#asShard(this.#shard(index), () => fields.copy(key))
  }

  /** Indices of the GPUs that the log changed, ascending. */
  changedShards(): number[] {
    return [...this.shards.keys()].filter((index) => this.shards[index]?.changed)
  }

  /** The content of a file of the name index. */
  readIndex(name: string): Buffer {
    return this.#files.readIndex(name)
  }

  #filledChange(change: Change): Change {
    const [path, value] = change
    if (typeof value !== 'object' || value === null) return change
    if (change.length === 3) return [path, change[1].map((element) => this.filled(path, element)), change[2]]
    return [path, this.filled(path, value)]
  }

  #changeGpus(change: Change): void {
    const [path, value] = change
    const [, index] = path
    const isWhole = path.length === 2 && change.length === 2
    if (typeof index === 'number' && path.length > 2 && path[2] !== 'bdf') {
      this.#changeShard(this.#shard(index), inside(change))
    } else if (isWhole && typeof index === 'number' && index <= this.shards.length) {
      this.shards[index] = newShard(value)
    } else if (isWhole && index === 'length' && isLength(value, this.shards.length)) {
      this.shards.length = value
    } else if (path.length === 1 && change.length === 2 && Array.isArray(value)) {
      this.shards = value.map(newShard)
    } else {
      rejectChange(path)
    }
  }

  #changeShard(shard: Shard, change: Change): void {
    shard.changed = true
    if (shard.fields !== undefined) shard.fields.change(change)
    else shard.pending = [...(shard.pending ?? []), change]
  }

  #shard(index: number): Shard {
    const shard = this.shards[index]
    if (shard === undefined) throw new PatchError(`there is no gpus.${index}`)
    return shard
  }

  #readShard(shard: Shard): ShardFields {
    const bytes = this.#files.read(shard)
    return this.#asShard(shard, () => {
      const text = bytes.toString('utf8', treeStart(bytes))
      const fields = ShardFields.parse(text, (path, value) => this.filled([...GPU, ...path], value))
      if (fields.get('bdf') !== shard.bdf) throw new PatchError(`it is not the GPU ${shard.bdf}`)
      for (const change of shard.pending ?? []) fields.change(change)
      return fields
    })
  }

  #asShard<T>(shard: Shard, step: () => T): T {
    try {
      return step()
    } catch (error) {
      if (!(error instanceof PatchError) && !(error instanceof SyntaxError)) throw error
      throw this.#files.damage(shard, error.message, error)
    }
  }
}

/** Where the tree begins in a shard file. Versions up to commit 137551e wrote a line with a list in front of it. */
export function treeStart(bytes: Buffer): number {
  return bytes.toString('latin1', CRC_LINE, CRC_LINE + 1) === '[' ? bytes.indexOf('\n', CRC_LINE) + 1 : CRC_LINE
}

/** The same change, with the path from the GPU on. */
function inside(change: Change): Change {
  const path = change[0].slice(2)
  if (change.length === 3) return [path, change[1], change[2]]
  return change.length === 2 ? [path, change[1]] : [path]
}

function isLength(value: unknown, most: number): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= most
}

function newShard(value: unknown): Shard {
  if (!isObject(value) || !isBdf(value.bdf)) throw new PatchError('a GPU has no PCI address of the form 0000:c1:00.0')
  return { bdf: value.bdf, epoch: 0, fields: ShardFields.of(value), changed: true }
}

function raise(message: string): never {
  throw new Error(message)
}
