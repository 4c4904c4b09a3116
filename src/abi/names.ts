/**
 * Lazily inverts a table of constants: number to name.
 * @throws RangeError when two names have one number
 */
export function namesOf(constants: Readonly<Record<string, number>>): () => ReadonlyMap<number, string> {
  let names: Map<number, string> | undefined
  return () => {
    names ??= turned(constants)
    return names
  }
}

function turned(constants: Readonly<Record<string, number>>): Map<number, string> {
  const names = new Map<number, string>()
  for (const [name, value] of Object.entries(constants)) {
    if (names.has(value)) throw new RangeError(`${name} and ${names.get(value)} are both ${value}`)
    names.set(value, name)
  }
  return names
}
