import type { Change, Path } from '../json/diff.ts'
import { copyJson, copyTree, isObject, type Json, type JsonObject, setKey } from '../json/json.ts'
import { apply, PatchError, rejectChange } from '../json/patch.ts'

/** Gives the tree of a GPU, or what lies at a place in it, the defaults of what is missing. */
type Filled = (path: Path, value: Json) => Json

/** One member: a place in the file as long as nobody has looked at it, and the changes that wait for that. */
interface Member {
  text: Place | undefined
  value: Json | undefined
  waiting: Change[] | undefined
}

/** Some bytes of a file: what is not looked at stays out of V8's heap, which would copy it about. */
interface Place {
  readonly bytes: Buffer
  readonly start: number
  readonly end: number
}

const NEWLINE = 0x0a
const QUOTE = 0x22
const COMMA = 0x2c
const BRACE = 0x7b
const BRACE_END = 0x7d

/**
 * The tree of a GPU, taken apart by its members. In a shard file each is a line, so that it is parsed when somebody looks
 * at it and not before: a listing needs a third of what is known of a GPU. PatchError is thrown for what does not read as one.
 */
export class ShardFields {
  readonly #members = new Map<string, Member>()
  readonly #filled: Filled

  constructor(filled: Filled = (_path, value) => value) {
    this.#filled = filled
  }

  /** Takes over a tree. */
  static of(tree: JsonObject): ShardFields {
    const members = new ShardFields()
    for (const key of Object.keys(tree)) members.#set(key, undefined, tree[key])
    return members
  }

  /**
   * Reads what `toText` of such a tree gave, or the same JSON in one line, from byte `start` on. `filled` gives a tree the
   * defaults of what it lacks.
   */
  static read(bytes: Buffer, start: number, filled?: Filled): ShardFields {
    const lines = new ShardFields(filled)
    if (lines.#takeLines(bytes, start)) {
      lines.#fillIn()
      return lines
    }
    const tree: Json = JSON.parse(bytes.toString('utf8', start))
    const whole = filled === undefined ? tree : filled([], tree)
    if (!isObject(whole)) throw new PatchError('it is not an object')
    return ShardFields.of(whole)
  }

  keys(): Iterable<string> {
    return this.#members.keys()
  }

  /** The tree's own value of a member: to be looked at only. Undefined if there is none of this name. */
  base(key: string): Json | undefined {
    const member = this.#members.get(key)
    if (member === undefined || member.text === undefined) return member?.value
    member.value = this.#built(key, member)
    member.text = undefined
    member.waiting = undefined
    return member.value
  }

  /** A new value of a member, for somebody else to keep. */
  copy(key: string): Json | undefined {
    const member = this.#members.get(key)
    if (member?.text !== undefined) return this.#built(key, member)
    return member?.value === undefined ? undefined : copyTree(member.value)
  }

  /** Makes a change whose path begins with a member's name. */
  change(change: Change): void {
    const [path, value, count] = change
    const [key] = path
    if (typeof key !== 'string' || (path.length === 1 && count !== undefined)) rejectChange(path)
    const member = this.#members.get(key)
    if (path.length === 1) this.#replace(key, member, value, path)
    else if (member?.text !== undefined) {
      member.waiting ??= []
      member.waiting.push(change)
    } else changed(key, member?.value ?? rejectChange(path), [change])
  }

  /** The tree's own values as one object: to be looked at only. */
  whole(): JsonObject {
    const tree: JsonObject = {}
    for (const key of this.#members.keys()) setKey(tree, key, this.base(key) ?? null)
    return tree
  }

  /** The tree as JSON with a line for each member, and a newline behind it. */
  toText(): string {
    const lines: string[] = []
    for (const [key, member] of this.#members) {
      const isAsRead = member.text !== undefined && member.waiting === undefined
      lines.push(`${JSON.stringify(key)}:${isAsRead ? textOf(member) : JSON.stringify(this.base(key))}`)
    }
    return `{${lines.join(',\n')}}\n`
  }

  /** ShardFields that are missing altogether: what is there is not parsed for that. */
  #fillIn(): void {
    const known: JsonObject = {}
    for (const key of this.#members.keys()) setKey(known, key, null)
    const whole = this.#filled([], known)
    if (whole === known || !isObject(whole)) return
    for (const [key, value] of Object.entries(whole)) if (!this.#members.has(key)) this.#set(key, undefined, value)
  }

  #built(key: string, member: Member): Json {
    const value = this.#filled([key], JSON.parse(textOf(member)))
    const { waiting } = member
    return waiting === undefined ? value : changed(key, value, waiting)
  }

  #set(key: string, text: Place | undefined, value: Json | undefined): void {
    this.#members.set(key, { text, value, waiting: undefined })
  }

  #replace(key: string, member: Member | undefined, value: Json | undefined, path: Change[0]): void {
    if (value === undefined) {
      if (!this.#members.delete(key)) rejectChange(path)
    } else if (member === undefined) this.#set(key, undefined, copyJson(value))
    else {
      member.text = member.waiting = undefined
      member.value = copyJson(value)
    }
  }

  /** False if the bytes are not in lines; names with escapes in them are not either. */
  #takeLines(bytes: Buffer, first: number): boolean {
    let start = bytes[first] === BRACE ? first + 1 : bytes.length
    while (start < bytes.length) {
      const end = bytes.indexOf(NEWLINE, start)
      const quote = bytes.indexOf(QUOTE, start + 1)
      const name = bytes.toString('latin1', start + 1, quote)
      if (bytes[start] !== QUOTE || end < 0 || quote > end || name.includes('\\')) return false
      const last = bytes[end - 1]
      if (last === BRACE_END && start === first + 1) return false
      this.#set(name, { bytes, start: quote + 2, end: end - 1 }, undefined)
      if (last === BRACE_END) return end === bytes.length - 1
      if (last !== COMMA) return false
      start = end + 1
    }
    return false
  }
}

function textOf({ text }: Member): string {
  return text === undefined ? '' : text.bytes.toString('utf8', text.start, text.end)
}

function changed(key: string, value: Json, changes: readonly Change[]): Json {
  const tree: JsonObject = {}
  setKey(tree, key, value)
  apply(changes, tree)
  return value
}
