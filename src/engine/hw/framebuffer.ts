import { fromSparse, shiftSparse, toSparse } from '../sparse.ts'
import type { HwState, Sparse } from '../state.ts'

export const PAGE_SIZE = 4096

/** A decoded page. All bytes before `from` and from `to` on are zero; `from` is a multiple of four. */
interface Page {
  readonly bytes: Uint8Array
  from: number
  to: number
}

/** Pages of all zeros that were used before: to clear one is cheaper than to get a new one. */
const spare: Uint8Array[] = []
const SPARE_PAGES = 64

/** Numbers of the pages a state holds. Only this file writes pages, so the set is kept as long as the state. */
const heldBy = new WeakMap<HwState['fb']['pages'], Set<number>>()

/**
 * GPU memory. Pages that were never written, or were scrubbed, are not kept and read as zero.
 * Writes gather in decoded pages; `flush` brings them into the state.
 */
export class Framebuffer {
  readonly #state: HwState['fb']
  readonly #pages = new Map<number, Page>()
  readonly #dirty = new Set<number>()

  constructor(state: HwState['fb']) {
    this.#state = state
  }

  get size(): number {
    return this.#state.size
  }

  /** @throws RangeError outside the framebuffer. */
  read(addr: number, length: number): Uint8Array {
    this.#check(addr, length)
    const start = addr % PAGE_SIZE
    if (start + length <= PAGE_SIZE) {
      const page = this.#page(Math.floor(addr / PAGE_SIZE), false)
      return page ? page.bytes.slice(start, start + length) : new Uint8Array(length)
    }
    const out = new Uint8Array(length)
    let done = 0
    while (done < length) {
      const at = addr + done
      const within = at % PAGE_SIZE
      const part = Math.min(PAGE_SIZE - within, length - done)
      const page = this.#page(Math.floor(at / PAGE_SIZE), false)
      if (page) out.set(page.bytes.subarray(within, within + part), done)
      done += part
    }
    return out
  }

  /** What `read` gives, as sparse bytes; only pages that were written are looked at. @throws RangeError outside. */
  readSparse(addr: number, length: number): Sparse {
    this.#check(addr, length)
    const runs: Sparse[] = []
    const pages = this.pages(addr, length)
    for (let first = 0, next = 0; first < pages.length; first = next) {
      next = first + 1
      while (pages[next] === (pages[next - 1] as number) + 1) next += 1
      const start = Math.max(addr, (pages[first] as number) * PAGE_SIZE)
      const end = Math.min(addr + length, ((pages[next - 1] as number) + 1) * PAGE_SIZE)
      const run = this.#whole(pages[first] as number, start, end) ?? toSparse(this.read(start, end - start))
      if (run !== '') runs.push(shiftSparse(run, start - addr))
    }
    return runs.join(' ')
  }

  /** @throws RangeError outside the framebuffer. */
  write(addr: number, bytes: Uint8Array): void {
    this.#check(addr, bytes.length)
    let done = 0
    while (done < bytes.length) {
      const at = addr + done
      const within = at % PAGE_SIZE
      const part = Math.min(PAGE_SIZE - within, bytes.length - done)
      const number = Math.floor(at / PAGE_SIZE)
      const source = part === bytes.length ? bytes : bytes.subarray(done, done + part)
      this.#touched(number, within, within + part).set(source, within)
      done += part
    }
  }

  /** Little endian. @throws RangeError outside the framebuffer. */
  read32(addr: number): number {
    this.#check(addr, 4)
    const at = addr % PAGE_SIZE
    if (at > PAGE_SIZE - 4) return wordOf(this.read(addr, 4), 0)
    const page = this.#page(Math.floor(addr / PAGE_SIZE), false)
    return page ? wordOf(page.bytes, at) : 0
  }

  /** Little endian. @throws RangeError outside the framebuffer. */
  write32(addr: number, value: number): void {
    this.#check(addr, 4)
    const number = Math.floor(addr / PAGE_SIZE)
    const at = addr % PAGE_SIZE
    if (at > PAGE_SIZE - 4) {
      this.write(addr, Uint8Array.of(value, value >>> 8, value >>> 16, value >>> 24))
      return
    }
    const page = this.#touched(number, at, at + 4)
    page[at] = value
    page[at + 1] = value >>> 8
    page[at + 2] = value >>> 16
    page[at + 3] = value >>> 24
  }

  /** Makes a range read as zero and drops the pages that lie wholly inside. */
  scrub(addr: number, size: number): void {
    this.#check(addr, size)
    for (const number of this.#pagesWithin(addr, size)) {
      const start = number * PAGE_SIZE
      if (start >= addr && start + PAGE_SIZE <= addr + size) {
        this.#pages.delete(number)
        this.#dirty.delete(number)
        this.#drop(number)
        continue
      }
      const [first, end] = [Math.max(0, addr - start), Math.min(PAGE_SIZE, addr + size - start)]
      this.#touched(number, first, end).fill(0, first, end)
    }
  }

  /** Numbers of the pages of a range that were written and not scrubbed since, ascending. */
  pages(addr: number, size: number): number[] {
    return this.#pagesWithin(addr, size).sort((a, b) => a - b)
  }

  /** True when every byte of the range reads as zero. */
  isZero(addr: number, size: number): boolean {
    for (const number of this.#pagesWithin(addr, size)) {
      const start = Math.max(addr, number * PAGE_SIZE)
      const end = Math.min(addr + size, (number + 1) * PAGE_SIZE)
      if (this.read(start, end - start).some((byte) => byte !== 0)) return false
    }
    return true
  }

  /** Writes the touched pages into the state; a page that became all zero leaves it. */
  flush(): void {
    for (const number of this.#dirty) {
      const { bytes, from, to } = this.#pages.get(number) as Page
      const sparse = toSparse(bytes.subarray(from, to), from)
      if (sparse === '') this.#drop(number)
      else this.#keep(number, sparse)
    }
    this.#dirty.clear()
  }

  /** The text of a page that stands as it is for the bytes from `start` to `end`. */
  #whole(number: number, start: number, end: number): Sparse | undefined {
    if (end - start !== PAGE_SIZE || this.#pages.has(number)) return undefined
    return this.#state.pages[key(number)]
  }

  /** After a flush, for the last user: decoded pages are given to others. */
  release(): void {
    for (const { bytes, from, to } of this.#pages.values()) {
      if (spare.length < SPARE_PAGES) spare.push(bytes.fill(0, from, to))
    }
    this.#pages.clear()
  }

  #page(number: number, create: boolean): Page | undefined {
    const held = this.#pages.get(number)
    if (held) return held
    const sparse = this.#state.pages[key(number)]
    if (sparse === undefined && !create) return undefined
    const page =
      sparse === undefined
        ? { bytes: spare.pop() ?? new Uint8Array(PAGE_SIZE), from: PAGE_SIZE, to: 0 }
        : { bytes: fromSparse(sparse, PAGE_SIZE), from: 0, to: PAGE_SIZE }
    this.#pages.set(number, page)
    return page
  }

  /** A page, for its bytes from `from` to `to` to be written. */
  #touched(number: number, from: number, to: number): Uint8Array {
    const page = this.#page(number, true) as Page
    page.from = Math.min(page.from, from - (from % 4))
    page.to = Math.max(page.to, to)
    this.#dirty.add(number)
    return page.bytes
  }

  #pagesWithin(addr: number, size: number): number[] {
    const first = Math.floor(addr / PAGE_SIZE)
    const last = Math.floor((addr + size - 1) / PAGE_SIZE)
    const numbers: number[] = []
    const held = this.#held()
    // forEach makes no object for each number, and there are hundreds
    held.forEach((number) => {
      if (number >= first && number <= last) numbers.push(number)
    })
    this.#pages.forEach((_, number) => {
      if (number >= first && number <= last && !held.has(number)) numbers.push(number)
    })
    return numbers
  }

  #held(): Set<number> {
    const { pages } = this.#state
    const known = heldBy.get(pages)
    if (known) return known
    const held = new Set(Object.keys(pages).map((hex) => Number.parseInt(hex, 16)))
    heldBy.set(pages, held)
    return held
  }

  #keep(number: number, sparse: Sparse): void {
    this.#held().add(number)
    this.#state.pages[key(number)] = sparse
  }

  #drop(number: number): void {
    this.#held().delete(number)
    delete this.#state.pages[key(number)]
  }

  #check(addr: number, length: number): void {
    if (addr < 0 || addr + length > this.#state.size) {
      throw new RangeError(`framebuffer: 0x${addr.toString(16)} + ${length} is outside ${this.#state.size} bytes`)
    }
  }
}

function wordOf(bytes: Uint8Array, at: number): number {
  return (
    (bytes[at] as number) +
    (bytes[at + 1] as number) * 0x100 +
    (bytes[at + 2] as number) * 0x10000 +
    (bytes[at + 3] as number) * 0x1000000
  )
}

function key(page: number): string {
  return page.toString(16)
}
