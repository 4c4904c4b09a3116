/**
 * Registers behind a VF's BAR0, modelled as plain 32-bit storage: the real registers are not published. A guest reads
 * back its own writes, and zero elsewhere. A function-level reset clears everything.
 */
export class VfRegisters {
  readonly #regs: Record<string, number>

  constructor(regs: Record<string, number>) {
    this.#regs = regs
  }

  /** `length` 1, 2 or 4, naturally aligned. */
  read(offset: number, length: number): number {
    const within = offset % 4
    const word = this.#regs[key(offset - within)] ?? 0
    return ((word >>> (8 * within)) & mask(length)) >>> 0
  }

  write(offset: number, length: number, value: number): void {
    const within = offset % 4
    const bits = mask(length) << (8 * within)
    const at = key(offset - within)
    const word = (((this.#regs[at] ?? 0) & ~bits) | ((value << (8 * within)) & bits)) >>> 0
    if (word === 0) delete this.#regs[at]
    else this.#regs[at] = word
  }

  clear(): void {
    for (const at of Object.keys(this.#regs)) delete this.#regs[at]
  }
}

function key(offset: number): string {
  return offset.toString(16)
}

/** Bit mask of `length` bytes; -1 for four, since JavaScript's bit operations are signed 32-bit. */
function mask(length: number): number {
  return length === 4 ? -1 : 2 ** (8 * length) - 1
}
