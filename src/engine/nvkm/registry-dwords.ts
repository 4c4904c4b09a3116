export interface RegistryEntry {
  key: string
  value: number | string
}

/**
 * Parses "key=value;key=value" and drops white space. A number in any C base is a dword, anything else a string.
 * @param malformed called for each skipped pair
 */
export function parseRegistryDwords(text: string, malformed: (pair: string) => void): RegistryEntry[] {
  const entries: RegistryEntry[] = []
  for (const pair of text.replace(/\s+/g, '').split(';')) {
    if (pair === '') continue
    const equals = pair.indexOf('=')
    const key = pair.slice(0, equals)
    const value = pair.slice(equals + 1)
    if (equals < 1 || value === '') {
      malformed(pair)
      continue
    }
    entries.push({ key, value: cNumber(value) ?? value })
  }
  return entries
}

/** kstrtou32 with base 0: 0x hex, leading 0 octal, else decimal. */
function cNumber(text: string): number | null {
  const value = /^0x[0-9a-f]+$/i.test(text)
    ? Number.parseInt(text, 16)
    : /^0[0-7]*$/.test(text)
      ? Number.parseInt(text, 8)
      : /^[1-9][0-9]*$/.test(text)
        ? Number.parseInt(text, 10)
        : null
  return value !== null && value <= 0xffffffff ? value : null
}
