/** One line of an assembler listing: a label, or an instruction with its operands. */
export type Line = { readonly label: string } | { readonly op: string; readonly operands: readonly string[] }

/** Parses a listing: one label (`name:`) or instruction (`op a, b`) a line; `#` begins a comment. */
export function parseListing(text: string): Line[] {
  return text.split('\n').flatMap((raw): Line[] => {
    const line = raw.replace(/#.*/, '').trim()
    if (line === '') return []
    if (line.endsWith(':')) return [{ label: line.slice(0, -1) }]
    const [op = '', ...rest] = line.split(/\s+/)
    const operands = rest.join('').split(',')
    return [{ op, operands: rest.length === 0 ? [] : operands }]
  })
}

/** The value of an operand: a number, a name, or a sum of them. */
export function operandValue(operand: string, names: Readonly<Record<string, number>>): number {
  let sum = 0
  for (const word of operand.split('+')) {
    const value = Object.hasOwn(names, word) ? names[word] : Number(word)
    if (value === undefined || Number.isNaN(value)) throw new Error(`the operand ${operand} has no value`)
    sum += value
  }
  return sum
}

/** The four bytes of a word. */
export function wordBytes(value: number): number[] {
  return [value & 0xff, (value >>> 8) & 0xff, (value >>> 16) & 0xff, value >>> 24]
}

/** Machine code under construction: bytes, labels, and references that are resolved at the end. */
export class Code {
  readonly bytes: number[] = []
  readonly labels = new Map<string, number>()
  readonly #references: { at: number; label: string; patch: (distance: number) => void }[] = []

  get pc(): number {
    return this.bytes.length
  }

  emit(values: readonly number[]): void {
    this.bytes.push(...values)
  }

  label(name: string): void {
    if (this.labels.has(name)) throw new Error(`the label ${name} is defined twice`)
    this.labels.set(name, this.pc)
  }

  /** Calls `patch` with the distance from `at` to the label once that is known. */
  refer(at: number, label: string, patch: (distance: number) => void): void {
    this.#references.push({ at, label, patch })
  }

  /** The code. `outside` has the labels of other segments, as offsets from its first byte. */
  link(outside: ReadonlyMap<string, number>): Uint8Array {
    for (const { at, label, patch } of this.#references) {
      const target = this.labels.get(label) ?? outside.get(label)
      if (target === undefined) throw new Error(`the label ${label} is not defined`)
      patch(target - at)
    }
    return Uint8Array.from(this.bytes)
  }
}
