import { apply, Misfit, misfit } from './apply.ts'
import type { Change } from './diff.ts'
import { copyJson, isObject, type Json, type JsonObject, setKey } from './json.ts'

/** One member: text as long as nobody has looked at it, and the changes that wait for that. */
interface Member {
  text: string | undefined
  value: Json | undefined
  waiting: Change[] | undefined
}

const QUOTE = 0x22
const COMMA = 0x2c
const BRACE = 0x7b
const BRACE_END = 0x7d

/**
 * The tree of a GPU, taken apart by its members. In a shard file each is a line, so that it is parsed when somebody looks
 * at it and not before: a listing needs a third of what is known of a GPU. Misfit is thrown for what does not read as one.
 */
export class Members {
  readonly #members = new Map<string, Member>()

  /** Takes over a tree. */
  static of(tree: JsonObject): Members {
    const members = new Members()
    for (const key of Object.keys(tree)) members.#set(key, undefined, tree[key])
    return members
  }

  /** Reads what `text` of such a tree wrote, or the same JSON in one line. */
  static read(text: string): Members {
    const lines = new Members()
    if (lines.#takeLines(text)) return lines
    const tree: unknown = JSON.parse(text)
    if (!isObject(tree)) throw new Misfit('it is not an object')
    return Members.of(tree)
  }

  keys(): Iterable<string> {
    return this.#members.keys()
  }

  /** The tree's own value of a member: to be looked at only. Undefined if there is none of this name. */
  base(key: string): Json | undefined {
    const member = this.#members.get(key)
    if (member === undefined || member.text === undefined) return member?.value
    member.value = built(key, member)
    member.text = undefined
    member.waiting = undefined
    return member.value
  }

  /** A new value of a member, for somebody else to keep. */
  copy(key: string): Json | undefined {
    const member = this.#members.get(key)
    if (member?.text !== undefined) return built(key, member)
    return member?.value === undefined ? undefined : copyJson(member.value)
  }

  /** Makes a change whose path begins with a member's name. */
  change(change: Change): void {
    const [path, value, count] = change
    const [key] = path
    if (typeof key !== 'string' || (path.length === 1 && count !== undefined)) misfit(path)
    const member = this.#members.get(key)
    if (path.length === 1) this.#replace(key, member, value, path)
    else if (member?.text !== undefined) {
      member.waiting ??= []
      member.waiting.push(change)
    } else changed(key, member?.value ?? misfit(path), [change])
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
      const waits = member.text === undefined || member.waiting !== undefined
      lines.push(`${JSON.stringify(key)}:${waits ? JSON.stringify(this.base(key)) : member.text}`)
    }
    return `{${lines.join(',\n')}}\n`
  }

  #set(key: string, text: string | undefined, value: Json | undefined): void {
    this.#members.set(key, { text, value, waiting: undefined })
  }

  #replace(key: string, member: Member | undefined, value: Json | undefined, path: Change[0]): void {
    if (value === undefined) {
      if (!this.#members.delete(key)) misfit(path)
    } else if (member === undefined) this.#set(key, undefined, copyJson(value))
    else {
      member.text = member.waiting = undefined
      member.value = copyJson(value)
    }
  }

  /** False if the text is not in lines; names with escapes in them are not either. */
  #takeLines(text: string): boolean {
    let start = text.charCodeAt(0) === BRACE ? 1 : text.length
    while (start < text.length) {
      const end = text.indexOf('\n', start)
      const quote = text.indexOf('"', start + 1)
      const name = text.slice(start + 1, quote)
      if (text.charCodeAt(start) !== QUOTE || end < 0 || quote > end || name.includes('\\')) return false
      const last = text.charCodeAt(end - 1)
      if (last === BRACE_END && start === 1) return false
      this.#set(name, text.slice(quote + 2, end - 1), undefined)
      if (last === BRACE_END) return end === text.length - 1
      if (last !== COMMA) return false
      start = end + 1
    }
    return false
  }
}

function built(key: string, { text = '', waiting }: Member): Json {
  const value: Json = JSON.parse(text)
  return waiting === undefined ? value : changed(key, value, waiting)
}

function changed(key: string, value: Json, changes: readonly Change[]): Json {
  const tree: JsonObject = {}
  setKey(tree, key, value)
  apply(changes, tree)
  return value
}
