export function checkWindow(view: DataView, offset: number, size: number): void {
  if (offset >= 0 && offset + size <= view.byteLength) return
  throw new RangeError(`wanted ${size} bytes at ${offset}, got ${Math.max(0, view.byteLength - offset)}`)
}

export function window(view: DataView, offset: number, size: number): Uint8Array {
  checkWindow(view, offset, size)
  return new Uint8Array(view.buffer, view.byteOffset + offset, size)
}

export function clear(view: DataView, offset: number, size: number): void {
  window(view, offset, size).fill(0)
}

export function hasRoom(source: Uint8Array, at: number, size: number): boolean {
  return Number.isSafeInteger(at) && at >= 0 && at + size <= source.length
}

export function tooShort(what: string, source: Uint8Array, at: number, size: number): RangeError {
  return new RangeError(`${what}: wanted ${size} bytes at ${at}, got ${Math.max(0, source.length - at)}`)
}

let seen: { readonly source: Uint8Array; readonly view: DataView } | undefined

/** A view of `source`. The last view is cached. */
export function viewOf(source: Uint8Array): DataView {
  if (seen?.source === source) return seen.view
  seen = { source, view: new DataView(source.buffer, source.byteOffset, source.byteLength) }
  return seen.view
}

/** The little-endian 32-bit word at `at`. */
export function wordAt(source: Uint8Array, at: number): number {
  const high = (source[at + 3] as number) * 0x100_0000
  return high + (((source[at + 2] as number) << 16) | ((source[at + 1] as number) << 8) | (source[at] as number))
}

export function putWord(target: Uint8Array, at: number, value: number): void {
  target[at] = value
  target[at + 1] = value >>> 8
  target[at + 2] = value >>> 16
  target[at + 3] = value >>> 24
}
