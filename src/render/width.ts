import { oneLine } from '../errors/printable.ts'

/** Whether a text is ASCII, so that each character takes one place. */
export function isPlain(text: string): boolean {
  return Buffer.byteLength(text) === text.length
}

/** Width of a text on a terminal, in places. */
export function widthOf(text: string): number {
  if (isPlain(text)) return text.length
  let width = 0
  for (const character of charactersOf(text)) width += placesOf(character)
  return width
}

/** The text in exactly `width` places, padded with spaces; a longer text is cut and ends in three dots. */
export function fitted(text: string, width: number): string {
  const line = oneLine(text)
  const shown = widthOf(line) > width ? cut(line, width) : line
  return shown + ' '.repeat(Math.max(0, width - widthOf(shown)))
}

/** As much of a text as fits into `width` places with three dots behind it. */
export function cut(text: string, width: number): string {
  let kept = ''
  let left = Math.max(0, width - 3)
  for (const character of charactersOf(text)) {
    left -= placesOf(character)
    if (left < 0) break
    kept += character
  }
  return `${kept}...`
}

/** The characters of a text, each with its emoji variation selector, if any. */
function charactersOf(text: string): readonly string[] {
  return text.match(/.\ufe0f?/gsu) ?? []
}

/** A combining mark takes no place. */
function placesOf(character: string): number {
  return isWide(character) ? 2 : /^[\p{Mn}\p{Me}]/u.test(character) ? 0 : 1
}

/**
 * East Asian wide and full-width characters (Unicode's EastAsianWidth.txt, in blocks), and emoji: they take two places.
 */
function isWide(character: string): boolean {
  return /[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\ua960-\ua97c\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff01-\uff60\uffe0-\uffe6\u{17000}-\u{18cff}\u{1b000}-\u{1b2fb}\u{20000}-\u{3fffd}]|\p{Emoji_Presentation}|\p{Emoji}\ufe0f/u.test(
    character,
  )
}
