/**
 * A text as a terminal may have it: control characters steer one, bidirectional ones turn what is read around. Both are shown
 * as \\uXXXX, which inside a string of JSON is the same value. Line feed, CR LF and tab stay.
 */
export function escapeControls(text: string): string {
  // Nearly every text; what Unicode says of the rest takes V8 a third of a millisecond to make ready.
  if (/^[\n\x20-\x7e]*$/.test(text)) return text
  return text.replace(/(?!\n|\t|\r\n)[\p{Cc}\p{Bidi_Control}\p{Zl}\p{Zp}\u206a-\u206f]/gu, escapeCharacter)
}

/** A text on one line of what people read: what has no form of its own is shown as an escape, line ends among it. */
export function oneLine(text: string): string {
  return /^[\x20-\x7e]*$/.test(text) ? text : text.replace(/[\p{C}\p{Zl}\p{Zp}]/gu, escapeCharacter)
}

function escapeCharacter(character: string): string {
  const code = (character.codePointAt(0) ?? 0).toString(16)
  return code.length > 4 ? `\\u{${code}}` : `\\u${code.padStart(4, '0')}`
}
