/**
 * Escapes a text for a terminal: control characters control it, bidirectional ones reorder the text. Both are shown as
 * \\uXXXX, which inside a string of JSON is the same value. Line feed, CR LF and tab stay.
 */
export function escapeControls(text: string): string {
  // Text without such characters passes unchanged, without a Unicode expression.
  if (/^[\n\x20-\x7e]*$/.test(text)) return text
  return text.replace(/(?!\n|\t|\r\n)[\p{Cc}\p{Bidi_Control}\p{Zl}\p{Zp}\u206a-\u206f]/gu, escapeCharacter)
}

/** A text on one line for people: invisible characters and line ends are escaped. */
export function oneLine(text: string): string {
  return /^[\x20-\x7e]*$/.test(text) ? text : text.replace(/[\p{C}\p{Zl}\p{Zp}]/gu, escapeCharacter)
}

function escapeCharacter(character: string): string {
  const code = (character.codePointAt(0) ?? 0).toString(16)
  return code.length > 4 ? `\\u{${code}}` : `\\u${code.padStart(4, '0')}`
}
