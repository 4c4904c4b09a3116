/**
 * Registers behind a VF's BAR0: modelled as plain 32-bit storage. What the silicon has there is not published, so a guest
 * reads back what it wrote and zero elsewhere; a function-level reset clears all of it.
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

/** `-1` for four bytes: JavaScript's bit operations work on signed 32-bit numbers. */
function mask(length: number): number {
  return length === 4 ? -1 : 2 ** (8 * length) - 1
}
