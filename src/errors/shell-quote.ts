const PLAIN = 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.,:/=@%+-'
/** Control and invisible characters, which a message escapes. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: it searches for control characters
const UNSEEN = /[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2066-\u2069]/

/** Quotes a word for a shell; a word with invisible characters uses $'…' of bash and zsh. */
export function shellQuote(word: string): string {
  if (isPlain(word)) return word
  if (!UNSEEN.test(word)) return posixQuote(word)
  return `$'${Array.from(word, escaped).join('')}'`
}

/** Quotes a word for any POSIX shell, for a script; all characters stay literal. */
export function posixQuote(word: string): string {
  return isPlain(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`
}

/** Words that need no quotes. In front, = names a command's file to zsh and % a job to fish. */
function isPlain(word: string): boolean {
  for (const character of word) if (!PLAIN.includes(character)) return false
  return word !== '' && word[0] !== '=' && word[0] !== '%'
}

/** The bytes of a character. The meaning of \u depends on the locale. */
function escaped(character: string): string {
  if (character === '\\' || character === "'") return `\\${character}`
  if (!UNSEEN.test(character)) return character
  return encodeURIComponent(character).replace(
    /%(..)|./gs,
    (whole, digits: string | undefined) =>
      `\\x${(digits ?? whole.charCodeAt(0).toString(16).padStart(2, '0')).toLowerCase()}`,
  )
}
