const TOO_LARGE = 'too large for any number'
const ABOVE = 'above 2^53 - 1'
/** Maximum of significant decimal digits. */
const KEPT = 17

/**
 * Why a word that is a number elsewhere is unusable here, as "infinite". Undefined for usable numbers and for other
 * words.
 */
export function oddNumber(word: string): string | undefined {
  if (/^[+-]?\.?nan$/i.test(word)) return 'not a number'
  if (/^[+-]?\.?inf(?:inity)?$/i.test(word)) return 'infinite'
  const [number, digits] = /^[+-]?(?:0x[\da-f]+|0o[0-7]+|(\d+(?:\.\d*)?|\.\d+)(?:e[+-]?\d+)?)$/i.exec(word) ?? []
  if (number === undefined) return undefined
  const value = Number(number.replace(/^[+-]/, ''))
  const odd = oddValue(value)
  if (odd !== undefined || digits === undefined) return odd
  const significant = digits.replace('.', '').replace(/^0+|0+$/g, '')
  if (value === 0 && significant !== '') return 'too small for any number'
  return significant.length > KEPT ? `of more than ${KEPT} digits` : undefined
}

/** The same for a value of JSON.parse, which turns numbers that are too large into infinity. */
export function oddValue(value: unknown): string | undefined {
  if (typeof value !== 'number') return undefined
  if (Number.isNaN(value)) return 'not a number'
  const size = Math.abs(value)
  return size === Number.POSITIVE_INFINITY ? TOO_LARGE : size > Number.MAX_SAFE_INTEGER ? ABOVE : undefined
}

/** The first NaN or Infinity in a text that should be JSON, which has neither. */
export function oddWordOfJson(
  text: string,
): { readonly word: string; readonly what: string; readonly at: number } | undefined {
  for (const { 0: found, 1: word, index } of text.matchAll(/"(?:[^"\\]|\\.)*"?|(-?\b(?:NaN|Infinity)\b)/gs)) {
    const what = word === undefined ? undefined : oddNumber(found)
    if (what !== undefined) return { word: found, what, at: index }
  }
  return undefined
}
