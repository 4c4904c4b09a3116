const PLAIN = 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.,:/=@%+-'
/** What steers a terminal, or does not show on one; what a message escapes. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
const UNSEEN = /[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2066-\u2069]/

/** A word as a shell takes it back; one that does not show as it is, in bash's and zsh's $'…'. */
export function shellQuote(word: string): string {
  if (isPlain(word)) return word
  if (!UNSEEN.test(word)) return `'${word.replaceAll("'", `'\\''`)}'`
  return `$'${Array.from(word, escaped).join('')}'`
}

/** Most words are: to compile an expression takes longer than to look at each. */
function isPlain(word: string): boolean {
  for (const character of word) if (!PLAIN.includes(character)) return false
  return word !== ''
}

function escaped(character: string): string {
  if (character === '\\' || character === "'") return `\\${character}`
  if (!UNSEEN.test(character)) return character
  const code = character.charCodeAt(0)
  return code < 0x80 ? `\\x${code.toString(16).padStart(2, '0')}` : `\\u${code.toString(16).padStart(4, '0')}`
}
