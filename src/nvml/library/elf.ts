import type { Code } from './listing.ts'

/** What an ELF file for this loader needs: no C library is linked, `getenv` is weak and comes from the program's own. */
export interface SharedObject {
  readonly machine: number
  readonly soname: string
  readonly code: Code
  /** Offsets of the exports in the code. */
  readonly entries: ReadonlyMap<string, number>
  readonly constants: Uint8Array
  /** Offsets in the constants, by label. */
  readonly labels: ReadonlyMap<string, number>
  readonly data: Uint8Array
}

const HEADER = 64
const PROGRAM_HEADER = 56
const PROGRAM_HEADERS = 5
const SECTION_HEADER = 64
const SYMBOL = 24
const RELA = 24
const DYNAMIC = 16
const DYNAMIC_ENTRIES = 11
const EM_X86_64 = 62
/** Kernels with pages of 64 KiB refuse smaller segments on AArch64. */
const PAGE = { x64: 0x1000, arm64: 0x10000 }
const GLOB_DAT = { x64: 6, arm64: 1025 }

/** The file: one segment each to read, to execute and to write; SysV hash; section headers for linkers and nm. */
export function sharedObject(object: SharedObject): Uint8Array {
  const kind = object.machine === EM_X86_64 ? 'x64' : 'arm64'
  const names = [...object.entries.keys()]
  const strings = new Strings()
  const soname = strings.add(object.soname)
  const hash = hashTable(['', 'getenv', ...names])
  const place = new Place(HEADER + PROGRAM_HEADER * PROGRAM_HEADERS)
  for (const name of ['getenv', ...names]) strings.add(name)
  const at = {
    hash: place.take(hash.length, 8),
    symbols: place.take(SYMBOL * (names.length + 2), 8),
    strings: place.take(strings.size, 1),
    rela: place.take(RELA, 8),
    constants: place.take(object.constants.length, 16),
    text: place.take(object.code.pc, PAGE[kind]),
    dynamic: place.take(DYNAMIC * DYNAMIC_ENTRIES, PAGE[kind]),
    got: place.take(8, 8),
    data: place.take(object.data.length, 64),
  }
  const end = place.size
  const constants = [...object.labels].map(([label, offset]) => [label, at.constants + offset - at.text] as const)
  const outside = new Map([['getenv', at.got - at.text], ['data', at.data - at.text], ...constants])
  const dynamic = dynamicSection(at, soname, strings.size)
  const parts: [offset: number, bytes: Uint8Array][] = [
    [at.hash, hash],
    [at.symbols, symbolTable(names, strings, (name) => at.text + (object.entries.get(name) ?? 0))],
    [at.strings, strings.bytes()],
    [at.rela, words64([[at.got, 2 ** 32 + GLOB_DAT[kind]], [0]])],
    [at.constants, object.constants],
    [at.text, object.code.link(outside)],
    [at.dynamic, dynamic],
    [at.data, object.data],
  ]
  const sections = sectionHeaders(
    [
      ['.hash', 5, 2, at.hash, hash.length, 2, 0, 8, 4],
      ['.dynsym', 11, 2, at.symbols, SYMBOL * (names.length + 2), 3, 1, 8, SYMBOL],
      ['.dynstr', 3, 2, at.strings, strings.size, 0, 0, 1, 0],
      ['.rela.dyn', 4, 2, at.rela, RELA, 2, 0, 8, RELA],
      ['.rodata', 1, 2, at.constants, object.constants.length, 0, 0, 16, 0],
      ['.text', 1, 6, at.text, object.code.pc, 0, 0, 16, 0],
      ['.dynamic', 6, 3, at.dynamic, dynamic.length, 3, 0, 8, DYNAMIC],
      ['.got', 1, 3, at.got, 8, 0, 0, 8, 8],
      ['.data', 1, 3, at.data, object.data.length, 0, 0, 64, 0],
    ],
    end,
  )
  const segments: [start: number, size: number][] = [
    [0, at.constants + object.constants.length],
    [at.text, object.code.pc],
    [at.dynamic, end - at.dynamic],
  ]
  const headers = loadHeaders(segments, dynamic.length, PAGE[kind])
  const file = new Uint8Array(sections.at + sections.headers.length)
  file.set(elfHeader(object.machine, sections.at, sections.count))
  file.set(headers, HEADER)
  for (const [offset, bytes] of [...parts, [end, sections.names] as const, [sections.at, sections.headers] as const])
    file.set(bytes, offset)
  return file
}

/** PT_LOAD to read, to execute and to write, PT_DYNAMIC, and PT_GNU_STACK. */
function loadHeaders(segments: readonly [number, number][], dynamicSize: number, page: number): Uint8Array {
  const [read = [0, 0], execute = [0, 0], write = [0, 0]] = segments
  return programHeaders([
    [1, 4, ...read, page],
    [1, 5, ...execute, page],
    [1, 6, ...write, page],
    [2, 6, write[0], dynamicSize, 8],
    [0x6474e551, 6, 0, 0, 16],
  ])
}

/** DT_SONAME, the tables for the loader, and DF_BIND_NOW. */
function dynamicSection(
  at: { readonly hash: number; readonly strings: number; readonly symbols: number; readonly rela: number },
  soname: number,
  stringsSize: number,
): Uint8Array {
  return words64([
    [14, soname],
    [4, at.hash],
    [5, at.strings],
    [6, at.symbols],
    [10, stringsSize],
    [11, SYMBOL],
    [7, at.rela],
    [8, RELA],
    [9, RELA],
    [30, 8],
    [0, 0],
  ])
}

/** Offsets of parts in the file, one after the other. */
class Place {
  size: number

  constructor(start: number) {
    this.size = start
  }

  take(length: number, align: number): number {
    const at = Math.ceil(this.size / align) * align
    this.size = at + length
    return at
  }
}

/** A table of strings, each once. */
class Strings {
  readonly #offsets = new Map([['', 0]])
  size = 1

  add(text: string): number {
    const known = this.#offsets.get(text)
    if (known !== undefined) return known
    const at = this.size
    this.#offsets.set(text, at)
    this.size += text.length + 1
    return at
  }

  bytes(): Uint8Array {
    return Buffer.from([...this.#offsets.keys()].map((text) => `${text}\0`).join(''), 'latin1')
  }
}

/** DT_HASH over the symbols in their order; the first is the null symbol. */
function hashTable(names: readonly string[]): Uint8Array {
  const buckets = names.length >> 1
  const table = new Uint32Array(2 + buckets + names.length)
  table[0] = buckets
  table[1] = names.length
  for (const [index, name] of names.entries()) {
    if (index === 0) continue
    const bucket = 2 + (sysvHash(name) % buckets)
    table[2 + buckets + index] = table[bucket] ?? 0
    table[bucket] = index
  }
  return new Uint8Array(table.buffer)
}

function sysvHash(name: string): number {
  let hash = 0
  for (let i = 0; i < name.length; i += 1) {
    hash = (hash * 16 + name.charCodeAt(i)) >>> 0
    const high = hash & 0xf0000000
    if (high !== 0) hash ^= high >>> 24
    hash = (hash & ~high) >>> 0
  }
  return hash
}

function symbolTable(names: readonly string[], strings: Strings, addressOf: (name: string) => number): Uint8Array {
  const bytes = Buffer.alloc(SYMBOL * (names.length + 2))
  const put = (index: number, name: string, info: number, section: number, value: number, size: number) => {
    const at = SYMBOL * index
    bytes.writeUInt32LE(strings.add(name), at)
    bytes[at + 4] = info
    bytes.writeUInt16LE(section, at + 6)
    bytes.writeBigUInt64LE(BigInt(value), at + 8)
    bytes.writeBigUInt64LE(BigInt(size), at + 16)
  }
  // weak, function, undefined
  put(1, 'getenv', 0x22, 0, 0, 0)
  // global, function, in .text
  for (const [index, name] of names.entries()) put(index + 2, name, 0x12, 6, addressOf(name), 20)
  return bytes
}

/** Rows of 64-bit words. */
function words64(rows: readonly (readonly number[])[]): Uint8Array {
  return new Uint8Array(BigUint64Array.from(rows.flat(), BigInt).buffer)
}

function programHeaders(
  rows: readonly (readonly [type: number, flags: number, at: number, size: number, align: number])[],
) {
  const bytes = Buffer.alloc(PROGRAM_HEADER * rows.length)
  for (const [index, [type, flags, at, size, align]] of rows.entries()) {
    const start = PROGRAM_HEADER * index
    bytes.writeUInt32LE(type, start)
    bytes.writeUInt32LE(flags, start + 4)
    bytes.set(words64([[at, at, at, size, size, align]]), start + 8)
  }
  return bytes
}

type Section = readonly [
  name: string,
  type: number,
  flags: number,
  at: number,
  size: number,
  link: number,
  info: number,
  align: number,
  entry: number,
]

/** Section headers behind the names of the sections, which begin at `end` of the file. */
function sectionHeaders(sections: readonly Section[], end: number) {
  const names = new Strings()
  for (const [name] of sections) names.add(name)
  names.add('.shstrtab')
  const all: Section[] = [['', 0, 0, 0, 0, 0, 0, 0, 0], ...sections, ['.shstrtab', 3, 0, end, names.size, 0, 0, 1, 0]]
  const headers = Buffer.alloc(SECTION_HEADER * all.length)
  for (const [index, [name, type, flags, at, size, link, info, align, entry]] of all.entries()) {
    const start = SECTION_HEADER * index
    headers.writeUInt32LE(names.add(name), start)
    headers.writeUInt32LE(type, start + 4)
    headers.set(words64([[flags, (flags & 2) === 0 ? 0 : at, at, size]]), start + 8)
    headers.writeUInt32LE(link, start + 40)
    headers.writeUInt32LE(info, start + 44)
    headers.set(words64([[align, entry]]), start + 48)
  }
  return { names: names.bytes(), headers, count: all.length, at: Math.ceil((end + names.size) / 8) * 8 }
}

function elfHeader(machine: number, sections: number, count: number): Uint8Array {
  const bytes = Buffer.alloc(HEADER)
  bytes.set([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1])
  bytes.writeUInt16LE(3, 16)
  bytes.writeUInt16LE(machine, 18)
  bytes.writeUInt32LE(1, 20)
  bytes.set(words64([[0, HEADER, sections]]), 24)
  for (const [index, value] of [HEADER, PROGRAM_HEADER, PROGRAM_HEADERS, SECTION_HEADER, count, count - 1].entries())
    bytes.writeUInt16LE(value, 52 + 2 * index)
  return bytes
}
