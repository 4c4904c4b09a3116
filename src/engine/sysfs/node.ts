/** What stands under a path. A live mount and `nvgpu sysfs` look at the same nodes. */
export type SysfsNode = SysfsDirectory | SysfsFile | SysfsLink

export interface SysfsDirectory {
  readonly kind: 'directory'
  /** In the order of a listing. */
  names(): string[]
  entry(name: string): SysfsNode | undefined
}

export interface SysfsFile {
  readonly kind: 'file'
  /** Permission bits. */
  readonly mode: number
  readonly size: number
  /** null where the file cannot be read, or written. @throws NvError */
  readonly show: (() => Uint8Array) | null
  readonly store: ((bytes: Uint8Array, offset: number) => void) | null
}

export interface SysfsLink {
  readonly kind: 'link'
  readonly target: string
}

/** One attribute of a kind of object `At`: a row of a table by file name. Text is what the kernel would print. */
export interface Attribute<At> {
  readonly mode: number
  /** Only where the file is there for some objects and not for others. */
  present?(at: At): boolean
  /** Bytes of a binary attribute; text ones say a page, as sysfs does. */
  size?(at: At): number
  /** @throws NvError */
  show?(at: At): string | Uint8Array
  /** A write as the kernel hands it over: text up to its first NUL. @throws NvError */
  store?(at: At, text: string): void
  /** The same for a binary attribute. */
  storeBytes?(at: At, bytes: Uint8Array, offset: number): void
}

export type Attributes<At> = Readonly<Record<string, Attribute<At>>>

/** sysfs hands attributes a page at a time. */
const PAGE_SIZE = 4096

/** A directory whose entries are known beforehand, or made when they are asked for. */
export function directory(entries: Readonly<Record<string, SysfsNode | (() => SysfsNode)>>): SysfsDirectory {
  return {
    kind: 'directory',
    names: () => Object.keys(entries),
    entry(name) {
      const entry = Object.hasOwn(entries, name) ? entries[name] : undefined
      return typeof entry === 'function' ? entry() : entry
    },
  }
}

/** A directory whose entries depend on the state. */
export function dynamic(names: () => string[], entry: (name: string) => SysfsNode | undefined): SysfsDirectory {
  return { kind: 'directory', names, entry }
}

export function link(target: string): SysfsLink {
  return { kind: 'link', target }
}

/** The files of an object that are present, as directory entries. */
export function files<At>(at: At, attributes: Attributes<At>): Record<string, () => SysfsFile> {
  return Object.fromEntries(
    Object.entries(attributes)
      .filter(([, attribute]) => attribute.present?.(at) ?? true)
      .map(([name, attribute]) => [name, () => file(at, attribute)]),
  )
}

function file<At>(at: At, attribute: Attribute<At>): SysfsFile {
  const { show, store, storeBytes } = attribute
  return {
    kind: 'file',
    mode: attribute.mode,
    size: attribute.size?.(at) ?? PAGE_SIZE,
    show: show
      ? () => {
          const shown = show(at)
          return typeof shown === 'string' ? latin1Bytes(shown) : shown
        }
      : null,
    store: storeBytes
      ? (bytes, offset) => storeBytes(at, bytes, offset)
      : store
        ? (bytes) => store(at, cString(bytes.subarray(0, PAGE_SIZE)))
        : null,
  }
}

function latin1Bytes(text: string): Uint8Array {
  return Uint8Array.from(text, (char) => char.charCodeAt(0) & 0xff)
}

/** A buffer as the C string it is to its reader. */
function cString(bytes: Uint8Array): string {
  const end = bytes.indexOf(0)
  return Array.from(end < 0 ? bytes : bytes.subarray(0, end), (byte) => String.fromCharCode(byte)).join('')
}
