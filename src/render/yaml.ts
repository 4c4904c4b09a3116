import { Scalar, type ScalarTag, stringify, type Tags } from 'yaml'

/**
 * For readers of YAML 1.1, which take 0000:41:00.0 for a number. Long texts are not folded, so that grep finds them.
 */
export const OPTIONS = { compat: 'yaml-1.1', lineWidth: 0, aliasDuplicateObjects: false, customTags } as const

/** Texts that such readers misread and the package leaves plain: `=`, texts with a tab, white space only. */
const TREACHEROUS = /^=$|^.*\t.*$|^\s+$/
/**
 * Characters that such readers take for line ends, refuse, or take for byte order or direction marks. The package
 * writes them as they are.
 */
const FOREIGN = /[\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u206f\ufeff\ufffe\uffff]/g

/** The package's tags, with such texts between double quotes and such characters escaped. */
function customTags(tags: Tags): Tags {
  return tags.map((tag) => (typeof tag === 'object' && isOfTexts(tag) ? { ...tag, stringify: careful(tag) } : tag))
}

function isOfTexts(tag: Exclude<Tags[number], string>): tag is ScalarTag & Pick<Required<ScalarTag>, 'stringify'> {
  return tag.tag === 'tag:yaml.org,2002:str'
}

function careful({ stringify: written }: Pick<Required<ScalarTag>, 'stringify'>): typeof written {
  return (item, ...rest) => {
    const text = String(item.value)
    if (TREACHEROUS.test(text) || text.search(FOREIGN) !== -1) item.type = Scalar.QUOTE_DOUBLE
    return written(item, ...rest).replace(FOREIGN, escaped)
  }
}

function escaped(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`
}

/**
 * Writes data as the yaml package does with these options, byte for byte. The package writes each different key and
 * text once, all in one call; they are put together here. Data that is not plain is left to the package. So a large
 * host needs no node for each value.
 */
export function yamlOf(data: object): string {
  const words: Words = { keys: new Map(), texts: new Map() }
  if (!isPlain(data, words) || !ask(words)) return stringify(data, OPTIONS)
  return `${block(data, '', words)}\n`
}

/** Keys and texts in written form. */
interface Words {
  readonly keys: Map<string, string>
  readonly texts: Map<string, string>
}

/** Whether data has JSON values and one-line texts only; collects its words. */
function isPlain(value: unknown, words: Words): boolean {
  if (typeof value === 'string') return isLine(value, words.texts)
  if (typeof value === 'number') return Number.isFinite(value) && !Object.is(value, -0)
  if (typeof value === 'boolean' || value === null) return true
  if (typeof value !== 'object') return false
  if (Array.isArray(value)) return value.every((item) => isPlain(item, words))
  if (Object.getPrototypeOf(value) !== Object.prototype || 'toJSON' in value) return false
  for (const [key, member] of Object.entries(value)) {
    if (member === undefined) continue
    if (!isLine(key, words.keys) || !isPlain(member, words)) return false
  }
  return true
}

function isLine(word: string, known: Map<string, string>): boolean {
  if (known.has(word)) return true
  known.set(word, '')
  return !NOT_A_LINE.test(word)
}

/** Several lines, or a document marker. */
const NOT_A_LINE = /\n|^---|^\.\.\./

/** Lets the package write the words; whether each is on a line of its own. */
function ask({ keys, texts }: Words): boolean {
  const keyed = Object.fromEntries([...keys.keys()].map((key) => [key, 0]))
  return (
    note(keys, Object.keys(keyed), keyed, /^(.*): 0$/) && note(texts, [...texts.keys()], [...texts.keys()], /^- (.*)$/)
  )
}

function note(into: Map<string, string>, words: readonly string[], data: object, form: RegExp): boolean {
  if (words.length === 0) return true
  const lines = stringify(data, OPTIONS).split('\n')
  return (
    lines.length === words.length + 1 &&
    words.every((word, index) => {
      const written = form.exec(lines[index] ?? '')?.[1]
      if (written !== undefined) into.set(word, written)
      return written !== undefined && !written.startsWith('? ')
    })
  )
}

/** A value behind its key or dash; lines after the first begin with `indent`. */
function block(value: unknown, indent: string, words: Words): string {
  if (typeof value === 'string') return words.texts.get(value) ?? ''
  if (typeof value !== 'object' || value === null) return String(value)
  const deeper = `${indent}  `
  if (Array.isArray(value)) {
    const items = value.map((item) => `- ${block(item, deeper, words)}`)
    return items.length === 0 ? '[]' : items.join(`\n${indent}`)
  }
  const pairs: string[] = []
  for (const [key, member] of Object.entries(value)) {
    if (member === undefined) continue
    const text = block(member, deeper, words)
    const own = typeof member === 'object' && member !== null && text !== '{}' && text !== '[]'
    pairs.push(`${words.keys.get(key)}:${own ? `\n${deeper}` : ' '}${text}`)
  }
  return pairs.length === 0 ? '{}' : pairs.join(`\n${indent}`)
}
