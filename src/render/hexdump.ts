/**
 * A dump of hexadecimal text: offset, 16 bytes, printable characters. A star replaces repeated lines, as in hexdump(1).
 */
export function hexdump(hex: string): string {
  let out = ''
  let last = ''
  let starred = false
  for (let at = 0; at < hex.length; at += 32) {
    const line = hex.slice(at, at + 32)
    if (line === last && at + 32 < hex.length) {
      if (!starred) out += '*\n'
      starred = true
      continue
    }
    starred = false
    last = line
    const bytes = line.match(/../g) ?? []
    const text = bytes.map((byte) => printable(Number.parseInt(byte, 16))).join('')
    out += `${(at / 2).toString(16).padStart(8, '0')}  ${bytes.join(' ').padEnd(47)}  |${text}|\n`
  }
  return out
}

function printable(byte: number): string {
  return byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : '.'
}
