import { isAlias, isMap, isScalar, isSeq, type Node } from 'yaml'
import { nearestWords } from '../../errors/nearest-words.ts'
import { NvError } from '../../errors/nv-error.ts'
import { oddNumber } from '../../errors/odd-number.ts'
import type { Source } from './source.ts'

type Document = Source['documents'][number]

/** A place in a document. A missing or wrong value is refused with file, line and path. */
export class Cursor {
  readonly #source: Source
  readonly #document: Document
  readonly #node: Node | null
  readonly path: string

  constructor(source: Source, document: Document, node: Node | null, path: string) {
    this.#source = source
    this.#document = document
    this.path = path
    const target = isAlias(node) ? source.resolve(node, document.resolve) : node
    if (target === undefined || isAlias(target)) throw source.refuse(`${path}: an alias without an anchor`, node)
    this.#node = target
    // The parser accepts more than JSON has: !!binary, !!set, !!timestamp.
    if (target?.tag !== undefined && !CORE_TAGS.test(target.tag)) throw this.refuse(`the tag ${target.tag} is unknown`)
  }

  /** FILE:LINE: PATH, for later refusals. */
  get at(): string {
    const place = this.#source.placeOf(this.#node)
    return this.path === '' ? place : `${place}: ${this.path}`
  }

  refuse(message: string, hint?: string): NvError {
    const place = this.path === '' ? message : `${this.path}: ${message}`
    return this.#source.refuse(place, this.#node, undefined, undefined, hint)
  }

  /** Runs a check of the value and adds the place to its refusal, unless it has one. */
  checked<R>(check: () => R): R {
    try {
      return check()
    } catch (error) {
      if (!(error instanceof NvError) || error.message.startsWith(`${this.at}: `)) throw error
      throw this.refuse(error.message)
    }
  }

  get isMap(): boolean {
    return isMap(this.#node)
  }

  get isList(): boolean {
    return isSeq(this.#node)
  }

  /** The members of a map; unknown and repeated keys are refused. */
  members<K extends string>(known: readonly K[]): Partial<Record<K, Cursor>> {
    const found: Partial<Record<K, Cursor>> = {}
    for (const [key, cursor] of this.entries()) {
      const name = known.find((one) => one === key)
      if (name === undefined) throw cursor.refuse(unknownKey(key, known))
      found[name] = cursor
    }
    return found
  }

  /** The members of a map with any keys; repeated keys are refused. */
  entries(): [string, Cursor][] {
    if (!isMap(this.#node)) throw this.refuse(`a map is needed here, not ${this.#what()}`)
    const seen = new Set<string>()
    return this.#node.items.map((pair) => {
      const key = isScalar(pair.key) ? String(pair.key.value) : undefined
      const value = this.#in(pair.value, key === undefined ? this.path : joined(this.path, key))
      if (key === undefined) throw value.refuse('a key is a word')
      const place = isScalar(pair.key) ? pair.key : null
      if (seen.has(key)) throw this.#source.refuse(`${value.path}: is there twice`, place)
      seen.add(key)
      return [key, value]
    })
  }

  items(): Cursor[] {
    if (!isSeq(this.#node)) throw this.refuse(`a list is needed here, not ${this.#what()}`)
    return this.#node.items.map((item, index) => this.#in(item, `${this.path}[${index}]`))
  }

  /** A list; one item may stand without brackets. */
  oneOrMore(): Cursor[] {
    return isSeq(this.#node) ? this.items() : [this]
  }

  /** A word; a number counts as its text. */
  word(): string {
    const node = this.#node
    if (isScalar(node)) {
      if (typeof node.value === 'string') return node.value
      if (typeof node.value === 'number' && Number.isFinite(node.value)) return node.source ?? String(node.value)
    }
    throw this.refuse(`a word is needed here, not ${this.#what()}`)
  }

  text(): string {
    if (isScalar(this.#node) && typeof this.#node.value === 'string') return this.#node.value
    const quote =
      isScalar(this.#node) && this.#node.source !== undefined ? `; write '${this.#node.source}' in quotes` : ''
    throw this.refuse(`a text is needed here, not ${this.#what()}${quote}`)
  }

  count(least: number, most: number): number {
    const value = isScalar(this.#node) ? this.#node.value : undefined
    const whole = typeof value === 'number' && Number.isInteger(value) && this.#odd() === undefined
    if (whole && value >= least && value <= most) return value
    throw this.refuse(`a whole number from ${least} to ${most} is needed here, not ${this.#what()}`)
  }

  /** true, false, on or off. */
  flag(): boolean {
    const value = isScalar(this.#node) ? this.#node.value : undefined
    if (typeof value === 'boolean') return value
    if (value === 'on' || value === 'off') return value === 'on'
    throw this.refuse(`on or off is needed here, not ${this.#what()}`)
  }

  choice<C extends string>(choices: readonly C[]): C {
    const value = isScalar(this.#node) ? this.#node.value : undefined
    const chosen = choices.find((choice) => choice === value)
    if (chosen !== undefined) return chosen
    throw this.refuse(`one of ${choices.join(', ')} is needed here, not ${this.#what()}`)
  }

  /** The value as JSON, for another reader to check; numbers must be valid in JSON. */
  plain(): unknown {
    if (this.#odd() !== undefined) throw this.refuse(`a number is needed here, not ${this.#what()}`)
    if (isMap(this.#node)) return Object.fromEntries(this.entries().map(([key, value]) => [key, value.plain()]))
    if (isSeq(this.#node)) return this.items().map((item) => item.plain())
    return isScalar(this.#node) ? this.#node.value : null
  }

  #in(node: unknown, path: string): Cursor {
    // A pair without a value has null and no place; the place of the map is used instead.
    return new Cursor(this.#source, this.#document, isNode(node) ? node : null, path)
  }

  /** Why a number cannot be used. */
  #odd(): string | undefined {
    const node = this.#node
    return isScalar(node) && typeof node.value === 'number' ? oddNumber(node.source ?? '') : undefined
  }

  #what(): string {
    const node = this.#node
    if (isMap(node)) return 'a map'
    if (isSeq(node)) return 'a list'
    const odd = this.#odd()
    const text = isScalar(node) ? (odd === undefined ? JSON.stringify(node.value) : (node.source ?? '')) : 'null'
    const short = text.length > 60 ? `${text.slice(0, 60)}...` : text
    return text === 'null' ? 'nothing' : odd === undefined ? short : `${short}, which is ${odd}`
  }
}

/** Tags of YAML 1.2's core schema. */
const CORE_TAGS = /^tag:yaml\.org,2002:(?:str|int|float|bool|null|map|seq)$/

function isNode(value: unknown): value is Node {
  return isMap(value) || isSeq(value) || isScalar(value) || isAlias(value)
}

function unknownKey(key: string, known: readonly string[]): string {
  if (key === '<<') return 'merge keys are not supported: write the members out, or use count'
  const shown = key.length > 60 ? `${key.slice(0, 60)}...` : key
  const near = nearestWords(shown, known)
  return `there is no member "${shown}" here${near === '' ? `; known: ${known.join(', ')}` : near}`
}

function joined(path: string, key: string): string {
  if (!/^[\w-]{1,60}$/.test(key)) return `${path}[${JSON.stringify(key.slice(0, 60))}]`
  return path === '' ? key : `${path}.${key}`
}
