import type { Change, Path } from '../json/diff.ts'
import { copyJson, isObject, type Json, type JsonObject, setKey } from '../json/json.ts'
import { apply, PatchError, rejectChange } from '../json/patch.ts'

/** Adds the defaults that a GPU, or a value at a path inside it, lacks. */
type Fill = (path: Path, value: Json) => Json

/** One field of a GPU: its JSON until the first use, its value from then on. */
interface Field {
  text: string | undefined
  value: Json | undefined
}

/**
 * A GPU as its shard file has it: one line for each field. A field is parsed when it is first read. Input that does not
 * read as a GPU throws SyntaxError or PatchError.
 */
export class ShardFields {
  readonly #fields: Map<string, Field>
  readonly #fill: Fill

  private constructor(fields: Map<string, Field>, fill: Fill) {
    this.#fields = fields
    this.#fill = fill
  }

  /** Takes over the tree of a GPU. */
  static of(tree: JsonObject): ShardFields {
    const fields = Object.entries(tree).map(([key, value]): [string, Field] => [key, { text: undefined, value }])
    return new ShardFields(new Map(fields), (_path, value) => value)
  }

  /** Reads the output of `toText`, or the same JSON in one line. */
  static parse(text: string, fill: Fill = (_path, value) => value): ShardFields {
    const lines = fieldsInLines(text)
    if (lines === undefined) {
      const tree = fill([], JSON.parse(text))
      if (!isObject(tree)) throw new PatchError('it is not an object')
      return ShardFields.of(tree)
    }
    const fields = new ShardFields(lines, fill)
    fields.#addMissing()
    return fields
  }

  keys(): Iterable<string> {
    return this.#fields.keys()
  }

  /** The value of a field, which the caller must not change; undefined if there is no such field. */
  get(key: string): Json | undefined {
    const field = this.#fields.get(key)
    if (field?.text !== undefined) {
      field.value = this.#fill([key], JSON.parse(field.text))
      field.text = undefined
    }
    return field?.value
  }

  /** The value of a field, for the caller to keep and change. */
  copy(key: string): Json | undefined {
    const field = this.#fields.get(key)
    if (field?.text !== undefined) return this.#fill([key], JSON.parse(field.text))
    return field?.value === undefined ? undefined : copyJson(field.value)
  }

  /** Makes a change whose path begins with the name of a field. */
  change(change: Change): void {
    const [path, value, count] = change
    const [key] = path
    if (typeof key !== 'string' || (path.length === 1 && count !== undefined)) rejectChange(path)
    if (path.length > 1) {
      const tree: JsonObject = {}
      setKey(tree, key, this.get(key) ?? rejectChange(path))
      apply([change], tree)
    } else if (value !== undefined) {
      this.#fields.set(key, { text: undefined, value: copyJson(value) })
    } else if (!this.#fields.delete(key)) {
      rejectChange(path)
    }
  }

  /** The whole GPU, which the caller must not change. */
  tree(): JsonObject {
    const tree: JsonObject = {}
    for (const key of this.#fields.keys()) setKey(tree, key, this.get(key) ?? null)
    return tree
  }

  toText(): string {
    const lines = [...this.#fields].map(([key, { text, value }]) => {
      return `${JSON.stringify(key)}:${text ?? JSON.stringify(value)}`
    })
    return `{${lines.join(',\n')}}\n`
  }

  /** Adds the fields that are missing altogether, without parsing those that are there. */
  #addMissing(): void {
    const known: JsonObject = {}
    for (const key of this.#fields.keys()) setKey(known, key, null)
    const filled = this.#fill([], known)
    if (!isObject(filled)) return
    for (const [key, value] of Object.entries(filled)) {
      if (!this.#fields.has(key)) this.#fields.set(key, { text: undefined, value })
    }
  }
}

/** Undefined if the text has all fields in one line, or if the name of a field needs unescaping. */
function fieldsInLines(text: string): Map<string, Field> | undefined {
  const lines = text.split('\n')
  if (lines.pop() !== '' || lines.length < 2) return undefined
  const fields = new Map<string, Field>()
  for (const [at, line] of lines.entries()) {
    const opening = at === 0 ? '{"' : '"'
    const end = line.indexOf('":', opening.length)
    const key = line.slice(opening.length, end)
    const isField = line.startsWith(opening) && line.endsWith(at === lines.length - 1 ? '}' : ',')
    if (!isField || end < 0 || /["\\]/.test(key)) return undefined
    fields.set(key, { text: line.slice(end + 2, -1), value: undefined })
  }
  return fields
}
