import { alignUp } from './align.ts'
import type { AnyLayout, ArrayLayout, Layout } from './layout.ts'
import { placed, shown } from './layout-error.ts'
import { isWord, notUnsigned, u32 } from './scalars.ts'
import { checkWindow, clear, window } from './window.ts'

/** An array of `length` elements. Writing accepts fewer and clears the rest. */
export function array<T, I>(element: Layout<T, I>, length: number): ArrayLayout<T, I> {
  return new Elements(element, length)
}

class Elements<T, I> implements ArrayLayout<T, I> {
  readonly element: Layout<T, I>
  readonly length: number

  constructor(element: Layout<T, I>, length: number) {
    this.element = element
    this.length = length
  }

  get size(): number {
    return strideOf(this.element) * this.length
  }

  get align(): number {
    return this.element.align
  }

  read(view: DataView, offset: number): T[] {
    const { element, length } = this
    const values = new Array<T>(length)
    if (element === (u32 as unknown)) {
      for (let index = 0; index < length; index++) values[index] = view.getUint32(offset + 4 * index, true) as T
      return values
    }
    const stride = strideOf(element)
    let index = 0
    try {
      for (; index < length; index++) values[index] = element.read(view, offset + index * stride)
    } catch (error) {
      throw placed('', `[${index}]`, error)
    }
    return values
  }

  write(view: DataView, offset: number, value: readonly I[], blank = false): void {
    const { element, length } = this
    if (!Array.isArray(value)) throw new RangeError(`${shown(value)} is not an array`)
    if (value.length > length) throw new RangeError(`${value.length} elements do not fit ${length}`)
    if (element === (u32 as unknown)) {
      putWords(view, offset, value, blank ? value.length : length)
      return
    }
    const stride = strideOf(element)
    let index = 0
    try {
      for (const item of value as readonly I[]) {
        element.write(view, offset + index * stride, item, blank)
        index++
      }
    } catch (error) {
      throw placed('', `[${index}]`, error)
    }
    if (index < length && !blank) clear(view, offset + index * stride, (length - index) * stride)
  }

  zero(): T[] {
    return Array.from({ length: this.length }, () => this.element.zero())
  }
}

/** Writes the numbers, then zeros up to `length`. */
function putWords(view: DataView, offset: number, values: readonly unknown[], length: number): void {
  for (let index = 0; index < values.length; index++) {
    const value = values[index]
    if (!isWord(value)) throw placed('', `[${index}]`, notUnsigned(value, 0xffff_ffff))
    view.setUint32(offset + 4 * index, value, true)
  }
  for (let index = values.length; index < length; index++) view.setUint32(offset + 4 * index, 0, true)
}

function strideOf({ size, align }: AnyLayout): number {
  return alignUp(size, align)
}

/** Opaque bytes. Reading copies; writing accepts fewer and pads with zero. */
export function bytes(length: number): Layout<Uint8Array> {
  return new Bytes(length)
}

class Bytes implements Layout<Uint8Array> {
  readonly size: number
  readonly align = 1

  constructor(length: number) {
    this.size = length
  }

  read(view: DataView, offset: number): Uint8Array {
    return window(view, offset, this.size).slice()
  }

  write(view: DataView, offset: number, value: Uint8Array): void {
    if (!(value instanceof Uint8Array)) throw new RangeError(`${shown(value)} is not a Uint8Array`)
    if (value.length > this.size) throw new RangeError(`${value.length} bytes do not fit ${this.size}`)
    const target = window(view, offset, this.size)
    target.set(value)
    target.fill(0, value.length)
  }

  zero(): Uint8Array {
    return new Uint8Array(this.size)
  }
}

/** A Latin-1 string padded with NUL. A string of all `length` bytes has no NUL, as with C's strncpy. */
export function text(length: number): Layout<string> {
  return new Text(length)
}

class Text implements Layout<string> {
  readonly size: number
  readonly align = 1

  constructor(length: number) {
    this.size = length
  }

  read(view: DataView, offset: number): string {
    checkWindow(view, offset, this.size)
    const codes: number[] = []
    for (let at = offset; at < offset + this.size; at++) {
      const code = view.getUint8(at)
      if (code === 0) break
      codes.push(code)
    }
    return String.fromCharCode.apply(null, codes)
  }

  write(view: DataView, offset: number, value: string, blank = false): void {
    const length = this.size
    if (typeof value !== 'string') throw new RangeError(`${shown(value)} is not a string`)
    if (value.length > length) throw new RangeError(`${shown(value)} has ${value.length} characters, ${length} fit`)
    checkWindow(view, offset, length)
    for (let index = 0; index < value.length; index++) {
      const character = value.charCodeAt(index)
      if (character === 0 || character > 0xff) throw new RangeError(`${shown(value)} is not Latin-1 without NUL`)
      view.setUint8(offset + index, character)
    }
    if (!blank) clear(view, offset + value.length, length - value.length)
  }

  zero(): string {
    return ''
  }
}
