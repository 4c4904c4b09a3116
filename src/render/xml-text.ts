const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&apos;',
}
/** Markup, and white space that readers normalise. */
const MARKUP = /[&<>"'\t\n\r\x85\u2028]/g
/** Characters without a form in XML 1.0, not even as a reference: they become U+FFFD. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: it searches for control characters
const FOREIGN = /[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]|\p{Cs}/gu

/** A text inside an element, or inside an attribute with quotes of either kind. */
export function xmlText(text: string): string {
  return text.replace(FOREIGN, '\ufffd').replace(MARKUP, (found) => ENTITIES[found] ?? `&#${found.charCodeAt(0)};`)
}
