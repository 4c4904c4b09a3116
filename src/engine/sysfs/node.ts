/** A node of the sysfs tree. A live mount and `nvgpu sysfs` share the nodes. */
export type SysfsNode = SysfsDirectory | SysfsFile | SysfsLink

export interface SysfsDirectory {
  readonly kind: 'directory'
  /** Names of the entries in listing order. */
  names(): string[]
  entry(name: string): SysfsNode | undefined
  /** The file that a program can create under a name; undefined for other names. Omitted where none can be created. */
  draft?(name: string): SysfsFile | undefined
  /** Removes an entry that `draft` can create. @throws NvError */
  remove?(name: string): void
}

export interface SysfsFile {
  readonly kind: 'file'
  /** Permission bits. */
  readonly mode: number
  readonly size: number
  /** Reads and writes have an offset. A text file has none: it is read and written whole. */
  readonly binary: boolean
  /** null for an unreadable or unwritable file. @throws NvError */
  readonly show: (() => Uint8Array) | null
  readonly store: ((bytes: Uint8Array, offset: number) => void) | null
  /** Whether a content can be stored. A file with this is stored at once when its content is whole. */
  readonly isWhole?: (bytes: Uint8Array) => boolean
}

export interface SysfsLink {
  readonly kind: 'link'
  readonly target: string
}

/** One attribute of objects of kind `At`: a row of a table by file name. Text is in the kernel's format. */
export interface Attribute<At> {
  readonly mode: number
  /** Whether an object has the file; omitted when all have it. */
  present?(at: At): boolean
  /** Size of a binary attribute; text attributes report one page, as in sysfs. */
  size?(at: At): number
  /** @throws NvError */
  show?(at: At): string | Uint8Array
  /** A write of text up to its first NUL, as in the kernel. @throws NvError */
  store?(at: At, text: string): void
  /** A write of a binary attribute. @throws NvError */
  storeBytes?(at: At, bytes: Uint8Array, offset: number): void
}

export type Attributes<At> = Readonly<Record<string, Attribute<At>>>

/** sysfs reads and writes attributes in pages. */
const PAGE_SIZE = 4096

/** A directory with fixed names; entries may be lazy. */
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

/** The directory of an object: its present files, then other entries. A file is made when it is asked for. */
export function objectDirectory<At>(
  at: At,
  attributes: Attributes<At>,
  others: Readonly<Record<string, SysfsNode | (() => SysfsNode)>> = {},
): SysfsDirectory {
  const rest = directory(others)
  const isPresent = (attribute: Attribute<At>) => attribute.present?.(at) ?? true
  return {
    kind: 'directory',
    names() {
      const present = Object.entries(attributes).filter(([, attribute]) => isPresent(attribute))
      return [...present.map(([name]) => name), ...rest.names()]
    },
    entry(name) {
      const attribute = Object.hasOwn(attributes, name) ? attributes[name] : undefined
      if (attribute === undefined) return rest.entry(name)
      return isPresent(attribute) ? file(at, attribute) : undefined
    },
  }
}

/** A directory with entries that depend on the state. */
export function dynamic(names: () => string[], entry: (name: string) => SysfsNode | undefined): SysfsDirectory {
  return { kind: 'directory', names, entry }
}

export function link(target: string): SysfsLink {
  return { kind: 'link', target }
}

/** The present files of an object as directory entries. */
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
    binary: attribute.size !== undefined,
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

/** A buffer as a C string: text up to the first NUL. */
function cString(bytes: Uint8Array): string {
  const end = bytes.indexOf(0)
  return Array.from(end < 0 ? bytes : bytes.subarray(0, end), (byte) => String.fromCharCode(byte)).join('')
}
