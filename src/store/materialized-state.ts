import type { StateContract } from '../contract/state-contract.ts'
import { ShardFields } from './checkpoint/shard-fields.ts'
import { CRC_LINE } from './disk/checked-file.ts'
import { isBdf } from './disk/layout.ts'
import type { Change, Patch, Path } from './json/diff.ts'
import { isObject, type Json, type JsonObject } from './json/json.ts'
import { apply, PatchError, rejectChange } from './json/patch.ts'
import { type Shard, ShardList } from './slots.ts'

/** Where the tree has a GPU: they are all alike. */
const GPU: Path = ['gpus', 0]

const NO_IDS = Buffer.from('[]')
const BRACKET = 0x5b
const NEWLINE = 0x0a

/** Where the slots' trees come from. */
export interface ShardSource {
  /** The content of a slot's shard file. */
  read(slot: Shard): Buffer
  /** The content of a file of words. */
  words(name: string): Buffer
  /** The error to throw for a shard that does not read as one. */
  damage(slot: Shard, problem: string, cause?: unknown): Error
}

/**
 * The state as the files have it, in the cheapest form: the host part as a tree, each GPU as a slot that is parsed on
 * demand. Advanced record by record; what is handed out is always a copy.
 */
export class MaterializedState {
  /** epoch of the snapshot it was started from; 0 is the empty start that needs none */
  snapshot = 0
  /** epoch of the log it follows: that of the snapshot, or later where a checkpoint was not completed */
  epoch = 0
  /** number of changes in history so far */
  seq = 0
  /** where reading the log goes on, in bytes */
  offset = 0
  /** whether the log has ended */
  sealed = false
  /** whether the log has a stretch of zeros: sectors a power cut took, of records nobody was told were done */
  hole = false
  /** which file the log was when last read */
  identity = ''
  /** whether a first record has given the tree; before that the image is the model's initial state */
  rooted = false
  /** operation ids of the records read from logs, and the number of the change each made */
  ids = new Map<string, number>()
  /** marks of the operation ids of earlier records, as the snapshot's JSON array */
  oldIds: Buffer = NO_IDS
  /** epochs of the files with the marks of still earlier ones, ascending; see old-ids.ts */
  idFiles: readonly number[] = []
  /** content of those that have been looked into */
  readonly idBytes = new Map<number, Buffer>()
  /** epochs of the files of words of the snapshot; see words.ts */
  indexEpochs: readonly number[] = []
  host: JsonObject = {}
  slots = new ShardList()
  readonly #shards: ShardSource
  readonly #contract: StateContract | undefined

  /** Without a contract trees are taken as they are. */
  constructor(shards: ShardSource, contract?: StateContract) {
    this.#shards = shards
    this.#contract = contract
  }

  /** A value at a place of the tree, with the defaults of what an earlier program did not know. */
  filled(path: Path, value: Json): Json {
    return this.#contract === undefined ? value : this.#contract.fill(path, value)
  }

  /** The image, or if its state is of an older schema one of that state in the newest. */
  current(): MaterializedState {
    const { schema } = this.host
    const contract = this.#contract
    if (contract === undefined || typeof schema !== 'number' || schema >= contract.schema) return this
    const image = new MaterializedState(this.#shards, contract)
    image.setRoot(contract.upgrade(this.tree()))
    return image
  }

  /** Takes over all of the state but the GPUs. */
  setHost(host: JsonObject): void {
    const filled = this.filled([], host)
    this.host = isObject(filled) ? filled : host
  }

  /** Takes over a whole tree as the state. Throws PatchError if it is none. */
  setRoot(tree: unknown): void {
    if (!isObject(tree) || !Array.isArray(tree.gpus)) throw new PatchError('the state is not an object with gpus')
    const { gpus, ...host } = tree
    this.host = host
    this.slots = ShardList.of(tree.gpus.map(slotOf))
    this.rooted = true
  }

  /** Starts from the tree that holds as long as no record has given one, and which the first record has to carry. */
  assume(tree: Json): void {
    this.setRoot(tree)
    this.rooted = false
  }

  /** Applies the patch of the next record. Throws PatchError, and is of no use afterwards, if it does not fit. */
  applyPatch(patch: Patch): void {
    for (const written of patch) {
      const change = this.#filledChange(written)
      const path = change[0]
      if (path.length === 0) this.setRoot(change[1])
      else if (path[0] === 'gpus') this.#changeGpus(change)
      else apply([change], this.host)
    }
  }

  /** The image's own tree of slot `index`. */
  fieldsOf(index: number): ShardFields {
    const slot = this.#slot(index)
    slot.members ??= this.#readShard(slot)
    slot.pending = undefined
    return slot.members
  }

  /** The whole tree of the state, of the image's own values: to be looked at only. */
  tree(): JsonObject {
    return { ...this.host, gpus: Array.from({ length: this.slots.length }, (_, index) => this.baseOf(index)) }
  }

  /** The tree of slot `index` as one value: to be looked at only. */
  baseOf(index: number): Json {
    const members = this.fieldsOf(index)
    return this.#asShard(this.#slot(index), () => members.whole())
  }

  /** A copy of a member of slot `index`, for somebody else to keep; undefined if it has none of this name. */
  copyOf(index: number, key: string): Json | undefined {
    const members = this.fieldsOf(index)
    return this.#asShard(this.#slot(index), () => members.copy(key))
  }

  /** A file of words; see words.ts. */
  words(name: string): Buffer {
    return this.#shards.words(name)
  }

  #filledChange(change: Change): Change {
    const [path, value] = change
    if (typeof value !== 'object' || value === null) return change
    if (change.length === 3) return [path, change[1].map((element) => this.filled(path, element)), change[2]]
    return [path, this.filled(path, value)]
  }

  #changeGpus(change: Change): void {
    const [path, value] = change
    const index = path[1]
    if (typeof index === 'number' && path.length > 2 && path[2] !== 'bdf') {
      this.#changeSlot(this.#slot(index), inside(change))
    } else if (change.length === 3) {
      rejectChange(path)
    } else if (typeof index === 'number' && index <= this.slots.length && path.length === 2 && value !== undefined) {
      this.slots.set(index, slotOf(value))
    } else if (index === 'length' && path.length === 2 && isLength(value, this.slots.length)) {
      this.slots = this.slots.cut(value)
    } else if (index === undefined && Array.isArray(value)) {
      this.slots = ShardList.of(value.map(slotOf))
    } else {
      rejectChange(path)
    }
  }

  #changeSlot(slot: Shard, change: Change): void {
    slot.changed = true
    if (slot.members !== undefined) {
      slot.members.change(change)
    } else {
      slot.pending ??= []
      slot.pending.push(change)
    }
  }

  #slot(index: number): Shard {
    const slot = this.slots.get(index)
    if (slot === undefined) throw new PatchError(`there is no gpus.${index}`)
    return slot
  }

  #readShard(slot: Shard): ShardFields {
    const bytes = this.#shards.read(slot)
    return this.#asShard(slot, () => {
      const members = ShardFields.read(bytes, treeStart(bytes), (path, value) => this.filled([...GPU, ...path], value))
      if (members.base('bdf') !== slot.bdf) throw new PatchError(`it is not the GPU ${slot.bdf}`)
      for (const change of slot.pending ?? []) members.change(change)
      return members
    })
  }

  #asShard<T>(slot: Shard, step: () => T): T {
    try {
      return step()
    } catch (error) {
      if (!(error instanceof PatchError) && !(error instanceof SyntaxError)) throw error
      throw this.#shards.damage(slot, error.message, error)
    }
  }
}

/** Where in a shard file the tree begins. Commits up to 137551e wrote a line with a list in front of it. */
export function treeStart(bytes: Buffer): number {
  return bytes[CRC_LINE] === BRACKET ? bytes.indexOf(NEWLINE, CRC_LINE) + 1 : CRC_LINE
}

/** The same change, seen from the GPU it is in. */
function inside(change: Change): Change {
  const path = change[0].slice(2)
  if (change.length === 3) return [path, change[1], change[2]]
  return change.length === 2 ? [path, change[1]] : [path]
}

/** Whether an array of `length` can be cut to `value`. */
function isLength(value: unknown, length: number): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= length
}

function slotOf(value: unknown): Shard {
  if (!isObject(value) || !isBdf(value.bdf)) throw new PatchError('a GPU has no PCI address of the form 0000:c1:00.0')
  return { bdf: value.bdf, epoch: 0, members: ShardFields.of(value), pending: undefined, changed: true }
}
