/** Text as UTF-8. The engine has no TextEncoder; URI escapes are UTF-8 by the language's own definition. */
export function utf8Bytes(text: string): Uint8Array {
  const escaped = encodeURIComponent(text.replace(/\p{Cs}/gu, '\ufffd'))
  const bytes: number[] = []
  for (let i = 0; i < escaped.length; i += 1) {
    if (escaped[i] !== '%') bytes.push(escaped.charCodeAt(i))
    else {
      bytes.push(Number.parseInt(escaped.slice(i + 1, i + 3), 16))
      i += 2
    }
  }
  return Uint8Array.from(bytes)
}

/** UTF-8 as text. @throws URIError when it is not UTF-8 */
export function utf8Text(bytes: Uint8Array): string {
  return decodeURIComponent(Array.from(bytes, (byte) => `%${byte.toString(16).padStart(2, '0')}`).join(''))
}
