const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&apos;',
}
/** Markup, and the blanks that readers turn into others. */
const MARKUP = /[&<>"'\t\n\r\x85\u2028]/g
/** What XML 1.0 has no form for, not even as a reference: it becomes U+FFFD. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
const FOREIGN = /[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]|\p{Cs}/gu

/** A text as it stands in an element or in an attribute between quotes of either kind. */
export function xmlText(text: string): string {
  return text.replace(FOREIGN, '\ufffd').replace(MARKUP, (found) => ENTITIES[found] ?? `&#${found.charCodeAt(0)};`)
}
