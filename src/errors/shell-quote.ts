const PLAIN = 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.,:/=@%+-'
/** What steers a terminal, or does not show on one; what a message escapes. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
const UNSEEN = /[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2066-\u2069]/

/** A word as a shell takes it back; one that does not show as it is, in bash's and zsh's $'…'. */
export function shellQuote(word: string): string {
  if (isPlain(word)) return word
  if (!UNSEEN.test(word)) return posixQuote(word)
  return `$'${Array.from(word, escaped).join('')}'`
}

/** A word as every POSIX shell takes it back, for a script: no character of it is spelt otherwise. */
export function posixQuote(word: string): string {
  return isPlain(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`
}

/**
 * Most words are: to compile an expression takes longer than to look at each. In front, = names a command's file to zsh
 * and % a job to fish.
 */
function isPlain(word: string): boolean {
  for (const character of word) if (!PLAIN.includes(character)) return false
  return word !== '' && word[0] !== '=' && word[0] !== '%'
}

/** The bytes of a character, for a \u is as the locale has it, and in some has nothing. */
function escaped(character: string): string {
  if (character === '\\' || character === "'") return `\\${character}`
  if (!UNSEEN.test(character)) return character
  return encodeURIComponent(character).replace(
    /%(..)|./gs,
    (whole, digits: string | undefined) =>
      `\\x${(digits ?? whole.charCodeAt(0).toString(16).padStart(2, '0')).toLowerCase()}`,
  )
}
