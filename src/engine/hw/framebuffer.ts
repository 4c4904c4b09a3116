import { keyMaker } from '../keys.ts'
import { fromSparse, shiftSparse, sparseOf, toSparse } from '../sparse.ts'
import type { HwState, Sparse } from '../state.ts'

export const PAGE_SIZE = 4096

/** A decoded page. All bytes outside `from` to `to` are zero; `from` is a multiple of four. */
interface Page {
  readonly memory: Memory
  from: number
  to: number
}

/** One page as bytes and as words; both are little endian. */
interface Memory {
  readonly bytes: Uint8Array
  readonly words: Uint32Array
}

/** Cleared pages for reuse. */
const spare: Memory[] = []
const SPARE_PAGES = 64

/** Ascending page numbers of each state, cached. Only this file adds or removes pages. */
const heldBy = new WeakMap<HwState['fb']['pages'], number[]>()
const keyOf = keyMaker((page) => page.toString(16))

/**
 * GPU memory. Pages never written, or scrubbed, take no space and read as zero.
 * Writes collect in decoded pages; `flush` writes them into the state.
 */
export class Framebuffer {
  readonly #state: HwState['fb']
  readonly #pages = new Map<number, Page>()
  readonly #dirty = new Set<number>()
  /** cache of the last page */
  #latest: Page | undefined
  #latestNumber = -1

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
      return page ? page.memory.bytes.slice(start, start + length) : new Uint8Array(length)
    }
    const out = new Uint8Array(length)
    let done = 0
    while (done < length) {
      const at = addr + done
      const within = at % PAGE_SIZE
      const part = Math.min(PAGE_SIZE - within, length - done)
      const page = this.#page(Math.floor(at / PAGE_SIZE), false)
      if (page) out.set(page.memory.bytes.subarray(within, within + part), done)
      done += part
    }
    return out
  }

  /** Like `read`, as sparse bytes; reads only written pages. @throws RangeError outside the framebuffer. */
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
      this.#touched(number, within, within + part).bytes.set(source, within)
      done += part
    }
  }

  /** Little endian. @throws RangeError outside the framebuffer. */
  read32(addr: number): number {
    if (addr < 0 || addr + 4 > this.#state.size) throw outside(this.#state, addr, 4)
    const at = addr % PAGE_SIZE
    if (at % 4 !== 0) return wordOf(this.read(addr, 4))
    const page = this.#page((addr - at) / PAGE_SIZE, false)
    return page ? (page.memory.words[at >>> 2] as number) : 0
  }

  /** Little endian. @throws RangeError outside the framebuffer. */
  write32(addr: number, value: number): void {
    if (addr < 0 || addr + 4 > this.#state.size) throw outside(this.#state, addr, 4)
    const at = addr % PAGE_SIZE
    if (at % 4 === 0) this.#touched((addr - at) / PAGE_SIZE, at, at + 4).words[at >>> 2] = value
    else this.write(addr, Uint8Array.of(value, value >>> 8, value >>> 16, value >>> 24))
  }

  /** Clears a range and drops the pages wholly inside it. */
  scrub(addr: number, size: number): void {
    this.#check(addr, size)
    for (const number of this.#pagesWithin(addr, size)) {
      const start = number * PAGE_SIZE
      if (start >= addr && start + PAGE_SIZE <= addr + size) {
        this.#forget(number)
        continue
      }
      const [first, end] = [Math.max(0, addr - start), Math.min(PAGE_SIZE, addr + size - start)]
      this.#touched(number, first, end).bytes.fill(0, first, end)
    }
  }

  /** Ascending numbers of the pages of a range that are written and not scrubbed. */
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

  /** Writes the dirty pages into the state and drops pages that are all zero. */
  flush(): void {
    if (this.#dirty.size === 0) return
    for (const number of this.#dirty) {
      const { memory, from, to } = this.#pages.get(number) as Page
      const sparse = sparseOf(memory.bytes, memory.words, from, to)
      if (sparse === '') this.#drop(number)
      else this.#keep(number, sparse)
    }
    this.#dirty.clear()
  }

  /** The stored text of a page, if `start` to `end` is the whole page and the page is not decoded. */
  #whole(number: number, start: number, end: number): Sparse | undefined {
    if (end - start !== PAGE_SIZE || this.#pages.has(number)) return undefined
    return this.#state.pages[keyOf(number)]
  }

  /** Releases the decoded pages for reuse. Call after `flush`. */
  release(): void {
    if (this.#pages.size === 0) return
    for (const { memory, from, to } of this.#pages.values()) {
      if (spare.length >= SPARE_PAGES) break
      memory.bytes.fill(0, from, to)
      spare.push(memory)
    }
    this.#pages.clear()
    this.#latest = undefined
  }

  #page(number: number, create: boolean): Page | undefined {
    if (number === this.#latestNumber && this.#latest) return this.#latest
    const page = this.#pages.get(number) ?? this.#decoded(number, create)
    this.#latest = page
    this.#latestNumber = number
    return page
  }

  #decoded(number: number, create: boolean): Page | undefined {
    const sparse = this.#state.pages[keyOf(number)]
    if (sparse === undefined && !create) return undefined
    const page =
      sparse === undefined
        ? { memory: spare.pop() ?? memoryOf(new Uint8Array(PAGE_SIZE)), from: PAGE_SIZE, to: 0 }
        : { memory: memoryOf(fromSparse(sparse, PAGE_SIZE)), from: 0, to: PAGE_SIZE }
    this.#pages.set(number, page)
    return page
  }

  /** A page for writing; marks its bytes from `from` to `to` as dirty. */
  #touched(number: number, from: number, to: number): Memory {
    const page = this.#page(number, true) as Page
    if (from < page.from) page.from = from - (from % 4)
    if (to > page.to) page.to = to
    this.#dirty.add(number)
    return page.memory
  }

  /** Unsorted numbers of the pages of a range that are stored or decoded. */
  #pagesWithin(addr: number, size: number): number[] {
    const first = Math.floor(addr / PAGE_SIZE)
    const last = Math.floor((addr + size - 1) / PAGE_SIZE)
    const held = this.#held()
    const start = placeOf(held, first)
    let end = start
    while (end < held.length && (held[end] as number) <= last) end += 1
    const numbers = held.slice(start, end)
    for (const number of this.#pages.keys()) {
      if (number >= first && number <= last && held[placeOf(held, number)] !== number) numbers.push(number)
    }
    return numbers
  }

  #held(): number[] {
    const { pages } = this.#state
    const known = heldBy.get(pages)
    if (known) return known
    const held = Object.keys(pages)
      .map((hex) => Number.parseInt(hex, 16))
      .sort((a, b) => a - b)
    heldBy.set(pages, held)
    return held
  }

  #keep(number: number, sparse: Sparse): void {
    const held = this.#held()
    const place = placeOf(held, number)
    if (held[place] !== number) held.splice(place, 0, number)
    this.#state.pages[keyOf(number)] = sparse
  }

  #drop(number: number): void {
    const held = this.#held()
    const place = placeOf(held, number)
    if (held[place] !== number) return
    held.splice(place, 1)
    delete this.#state.pages[keyOf(number)]
  }

  /** Drops a page, decoded and stored. */
  #forget(number: number): void {
    if (number === this.#latestNumber) this.#latest = undefined
    this.#pages.delete(number)
    this.#dirty.delete(number)
    this.#drop(number)
  }

  #check(addr: number, length: number): void {
    if (addr < 0 || addr + length > this.#state.size) throw outside(this.#state, addr, length)
  }
}

function outside({ size }: HwState['fb'], addr: number, length: number): RangeError {
  return new RangeError(`framebuffer: 0x${addr.toString(16)} + ${length} is outside ${size} bytes`)
}

function wordOf(bytes: Uint8Array): number {
  return (
    (bytes[0] as number) +
    (bytes[1] as number) * 0x100 +
    (bytes[2] as number) * 0x10000 +
    (bytes[3] as number) * 0x1000000
  )
}

/** The index of a number in an ascending list, or its insertion point. */
function placeOf(numbers: readonly number[], wanted: number): number {
  let low = 0
  let high = numbers.length
  while (low < high) {
    const middle = (low + high) >> 1
    if ((numbers[middle] as number) < wanted) low = middle + 1
    else high = middle
  }
  return low
}

function memoryOf(bytes: Uint8Array): Memory {
  return { bytes, words: new Uint32Array(bytes.buffer, bytes.byteOffset, PAGE_SIZE / 4) }
}
