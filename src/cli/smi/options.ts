/**
 * An option of nvidia-smi: its spellings, whether a value follows, and its meaning in the help. An optional value follows if
 * it begins with a digit or is one of `words`.
 */
export interface SmiOption {
  readonly names: readonly string[]
  readonly value: 'none' | 'required' | 'optional'
  readonly words?: readonly string[]
  /** Lines of the help; none for an option that only a section of it repeats. */
  readonly help: string
}

export interface Parsed<K extends string> {
  readonly given: ReadonlyMap<K, string>
  /** The first word that is neither an option of the table nor a value; null if there is none. */
  readonly unknown: string | null
  /** The first option that lacks its value. */
  readonly lacking: string | null
}

/** An option without a value. */
export function flag(names: string, help: string): SmiOption {
  return { names: names.split(' '), value: 'none', help }
}

/** An option with a value. */
export function takes(names: string, help: string): SmiOption {
  return { names: names.split(' '), value: 'required', help }
}

/** An option that may have a value. */
export function may(names: string, help: string, words: readonly string[] = []): SmiOption {
  return { names: names.split(' '), value: 'optional', words, help }
}

/** Parses words like nvidia-smi: `-i 0`, `--id 0`, `--id=0`. The last of several wins. */
export function parseSmi<K extends string>(words: readonly string[], table: Readonly<Record<K, SmiOption>>): Parsed<K> {
  const given = new Map<K, string>()
  for (let at = 0; at < words.length; at += 1) {
    const word = words[at] ?? ''
    const equals = word.startsWith('-') ? word.indexOf('=') : -1
    const name = equals < 0 ? word : word.slice(0, equals)
    const key = (Object.keys(table) as K[]).find((candidate) => table[candidate].names.includes(name))
    if (key === undefined) return { given, unknown: word, lacking: null }
    const { value, words: known = [] } = table[key]
    if (equals >= 0) {
      if (value === 'none') return { given, unknown: word, lacking: null }
      given.set(key, word.slice(equals + 1))
      continue
    }
    const next = words[at + 1]
    if (value === 'none' || (value === 'optional' && !/^\d/.test(next ?? '') && !known.includes(next ?? ''))) {
      given.set(key, '')
      continue
    }
    if (next === undefined) return { given, unknown: null, lacking: word }
    given.set(key, next)
    at += 1
  }
  return { given, unknown: null, lacking: null }
}
