import { describe, expect, it } from 'vitest'
import { aligned, struct, union } from '../../src/abi/compound.ts'
import { array, bytes, text } from '../../src/abi/elements.ts'
import type { Value } from '../../src/abi/layout.ts'
import { offsetOf } from '../../src/abi/offset-of.ts'
import { bigU64, bool8, bool32, u8, u16, u32, u64 } from '../../src/abi/scalars.ts'

const POINT = struct('POINT', { x: u16, y: u16 })
const SHAPE = struct('SHAPE', { kind: u8, area: u64, name: text(6), points: array(POINT, 3), closed: bool8 })
const VALUE = union('VALUE', { number: bigU64, raw: bytes(12), point: POINT })
const OVERLAID = struct(
  'OVERLAID',
  { id: u32, low: u32, high: u32 },
  { low: { wide: array(u16, 2) }, id: { buf: bytes(32) } },
)

describe('a structure', () => {
  it('places members at their natural alignment and rounds its size up', () => {
    expect(SHAPE.size).toBe(40)
    expect(SHAPE.align).toBe(8)
    expect(offsetOf(SHAPE, 'area')).toBe(8)
    expect(offsetOf(SHAPE, 'points[2].y')).toBe(16 + 6 + 2 * 4 + 2)
    expect(offsetOf(SHAPE, 'points[3]')).toBe(34)
  })

  it('writes what it is given, little endian, and zero for the rest', () => {
    const encoded = SHAPE.encode({ area: 0x1_0000_0002, name: 'abc', points: [{ x: 1 }, { y: 0x203 }] })
    const expected = new Uint8Array(40)
    expected.set([2, 0, 0, 0, 1, 0, 0, 0, 97, 98, 99, 0, 0, 0, 1, 0, 0, 0, 0, 0, 3, 2], 8)
    expect(encoded).toEqual(expected)
  })

  it('reads back every member', () => {
    const value: Value<typeof SHAPE> = {
      kind: 7,
      area: Number.MAX_SAFE_INTEGER,
      name: 'sextet',
      points: [
        { x: 1, y: 2 },
        { x: 3, y: 4 },
        { x: 0xffff, y: 0 },
      ],
      closed: true,
    }
    expect(SHAPE.decode(SHAPE.encode(value))).toEqual(value)
    expect(SHAPE.zero()).toEqual(SHAPE.decode(new Uint8Array(40)))
  })

  it('clears gaps and members left out when it writes over old bytes', () => {
    const dirty = new Uint8Array(52).fill(0xff)
    SHAPE.write(new DataView(dirty.buffer), 4, { kind: 1, points: [{ x: 1, y: 1 }] })
    expect(dirty.subarray(4, 44)).toEqual(SHAPE.encode({ kind: 1, points: [{ x: 1, y: 1 }] }))
    expect([...dirty.subarray(0, 4), ...dirty.subarray(44)]).toEqual(new Array(12).fill(0xff))
  })

  it('gets and sets one member in place, at any byte, and touches nothing else', () => {
    const memory = new Uint8Array(100).fill(0xee)
    SHAPE.set(memory, 'area', 5, 3)
    SHAPE.set(memory, 'points', [{ x: 9 }], 3)
    expect(SHAPE.get(memory, 'area', 3)).toBe(5)
    expect(SHAPE.get(memory, 'points', 3)).toEqual([
      { x: 9, y: 0 },
      { x: 0, y: 0 },
      { x: 0, y: 0 },
    ])
    expect(memory.filter((byte) => byte === 0xee)).toHaveLength(100 - 8 - 12)
  })

  it('works inside a larger buffer that it sees only a part of', () => {
    const outer = new Uint8Array(96).fill(0xff)
    const part = outer.subarray(16, 56)
    part.set(SHAPE.encode({ kind: 3 }))
    expect(SHAPE.decode(part)).toEqual({ ...SHAPE.zero(), kind: 3 })
    expect(() => SHAPE.decode(part, 1)).toThrow('SHAPE: wanted 40 bytes at 1, got 39')
    expect(() => SHAPE.set(part, 'closed', true, 7)).toThrow('SHAPE.closed: wanted 1 bytes at 41, got 0')
  })

  it('names itself, what it wanted and what it got when bytes are missing', () => {
    expect(() => SHAPE.decode(new Uint8Array(39))).toThrow('SHAPE: wanted 40 bytes at 0, got 39')
    expect(() => SHAPE.decode(new Uint8Array(40), 90)).toThrow('SHAPE: wanted 40 bytes at 90, got 0')
    expect(() => SHAPE.decode(new Uint8Array(48), -1)).toThrow(RangeError)
    expect(() => SHAPE.decode(new Uint8Array(96), 0.5)).toThrow(RangeError)
    expect(() => SHAPE.get(new Uint8Array(12), 'area')).toThrow('SHAPE.area: wanted 8 bytes at 8, got 4')
    expect(() => SHAPE.write(new DataView(new ArrayBuffer(39)), 0, {})).toThrow(RangeError)
  })

  it('names the whole path of a value it cannot hold', () => {
    const wide = { points: [{ x: 1 }, { y: 0x10000 }] }
    expect(() => SHAPE.encode(wide)).toThrow('SHAPE.points[1].y: 65536 is not an integer from 0 to 65535')
    expect(() => SHAPE.encode({ name: 'seventh' })).toThrow('SHAPE.name: "seventh" has 7 characters, 6 fit')
    expect(() => SHAPE.encode({ points: [{}, {}, {}, {}] })).toThrow('SHAPE.points: 4 elements do not fit 3')
  })

  it('names the whole path of a 64-bit number it cannot read', () => {
    const encoded = struct('OUTER', { list: array(SHAPE, 2) })
    const hostile = new Uint8Array(encoded.size)
    hostile.fill(0xff, 40 + 8, 40 + 16)
    expect(() => encoded.decode(hostile)).toThrow('OUTER.list[1].area: 0xffffffffffffffff is above 2^53 - 1')
    expect(() => SHAPE.get(hostile, 'area', 40)).toThrow('SHAPE.area: 0xffffffffffffffff is above 2^53 - 1')
  })

  it('refuses members it does not have, those every object inherits too', () => {
    expect(() => SHAPE.encode(JSON.parse('{"sort":1}'))).toThrow('SHAPE.sort: no such member')
    expect(() => SHAPE.encode(JSON.parse('{"__proto__":{"kind":1}}'))).toThrow('SHAPE.__proto__: no such member')
    expect(() => SHAPE.encode(JSON.parse('{"constructor":1}'))).toThrow('SHAPE.constructor: no such member')
    expect(() => SHAPE.get(new Uint8Array(48), JSON.parse('"toString"'))).toThrow('SHAPE has no member toString')
    expect(() => SHAPE.encode(JSON.parse('[1]'))).toThrow('SHAPE: an array is not an object')
    expect(() => SHAPE.encode(JSON.parse('null'))).toThrow('SHAPE: null is not an object')
  })

  it('takes a member that is undefined for one left out', () => {
    expect(SHAPE.encode(Object.assign({ kind: 1 }, { area: undefined }))).toEqual(SHAPE.encode({ kind: 1 }))
  })

  it('honours a stricter alignment of one member', () => {
    const HEADER = struct('HEADER', { count: u32, point: aligned(POINT, 8) })
    expect([HEADER.size, HEADER.align, offsetOf(HEADER, 'point.y')]).toEqual([16, 8, 10])
  })
})

describe('unnamed unions inside a structure', () => {
  it('lie over the member they are anchored at and stretch the structure', () => {
    expect(OVERLAID.size).toBe(32)
    expect(offsetOf(OVERLAID, 'wide[1]')).toBe(6)
    expect(OVERLAID.fields.buf.offset).toBe(0)
  })

  it('can be written and looked at, but are decoded by their first view', () => {
    const encoded = OVERLAID.encode({ id: 1, wide: [2, 3] })
    expect(OVERLAID.decode(encoded)).toEqual({ id: 1, low: 0x30002, high: 0 })
    expect(OVERLAID.get(encoded, 'wide')).toEqual([2, 3])
    OVERLAID.set(encoded, 'low', 0x50004)
    expect(OVERLAID.get(encoded, 'wide')).toEqual([4, 5])
  })

  it('are refused when two views of the same bytes are given', () => {
    expect(() => OVERLAID.encode({ low: 1, wide: [1] })).toThrow(/^OVERLAID\.(low|wide): shares bytes with (low|wide)/)
    expect(() => OVERLAID.encode({ buf: new Uint8Array(1), high: 1 })).toThrow('OVERLAID.high: shares bytes with buf')
  })

  it('must be anchored at a member that exists', () => {
    expect(() => struct('ODD', { a: u8 }, JSON.parse('{"b":{}}'))).toThrow('ODD has no member b')
  })
})

describe('a named union', () => {
  it('is as long as its longest member, rounded to its alignment', () => {
    expect([VALUE.size, VALUE.align]).toEqual([16, 8])
    expect(offsetOf(VALUE, 'point.y')).toBe(2)
  })

  it('writes one member and reads all', () => {
    const read = VALUE.decode(VALUE.encode({ point: { x: 1, y: 2 } }))
    expect(read.number).toBe(0x20001n)
    expect(read.point).toEqual({ x: 1, y: 2 })
    expect([...read.raw]).toEqual([1, 0, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0])
  })

  it('is a snapshot: bytes that change later do not show', () => {
    const memory = VALUE.encode({ number: 5n })
    const read = VALUE.decode(memory)
    memory.fill(0xff)
    expect(read.number).toBe(5n)
  })

  it('decodes a member only when it is looked at', () => {
    const STRICT = union('STRICT', { exact: u64, all: bigU64 })
    const read = STRICT.decode(new Uint8Array(8).fill(0xff))
    expect(read.all).toBe(2n ** 64n - 1n)
    expect(() => read.exact).toThrow(RangeError)
  })

  it('writes back what it read, inside a structure too', () => {
    const HOLDER = struct('HOLDER', { before: u8, value: VALUE })
    const encoded = HOLDER.encode({ before: 1, value: { raw: new Uint8Array(12).fill(7) } })
    expect(HOLDER.encode(HOLDER.decode(encoded))).toEqual(encoded)
  })

  it('refuses two members, and names the one whose value does not fit', () => {
    expect(() => VALUE.encode({ number: 1n, point: {} })).toThrow('VALUE: one member of a union, not number and point')
    expect(() => VALUE.encode({ point: { x: -1 } })).toThrow('VALUE.point.x: -1 is not an integer from 0 to 65535')
    expect(VALUE.encode({})).toEqual(new Uint8Array(16))
  })
})

describe('scalars', () => {
  const view = new DataView(new ArrayBuffer(16))

  it.each([
    ['u8', u8, 0xff],
    ['u16', u16, 0xffff],
    ['u32', u32, 0xffff_ffff],
    ['u64', u64, Number.MAX_SAFE_INTEGER],
  ] as const)('%s takes its largest value and no other kind of number', (_, layout, max) => {
    layout.write(view, 1, max)
    expect(layout.read(view, 1)).toBe(max)
    for (const bad of [max + 1, -1, 0.5, Number.NaN, Infinity, '1', 1n, null, undefined, true, [1]]) {
      expect(() => layout.write(view, 0, untyped(bad)), String(bad)).toThrow(RangeError)
    }
  })

  it('u64 refuses to read what a number cannot hold exactly', () => {
    bigU64.write(view, 0, 2n ** 53n - 1n)
    expect(u64.read(view, 0)).toBe(Number.MAX_SAFE_INTEGER)
    bigU64.write(view, 0, 2n ** 53n)
    expect(() => u64.read(view, 0)).toThrow('0x20000000000000 is above 2^53 - 1')
  })

  it('bigU64 holds all 64 bits and only bigints', () => {
    bigU64.write(view, 3, 0xdc3a_ae21_371a_60b3n)
    expect(bigU64.read(view, 3)).toBe(0xdc3a_ae21_371a_60b3n)
    for (const bad of [2n ** 64n, -1n, 1, '1']) expect(() => bigU64.write(view, 0, untyped(bad))).toThrow(RangeError)
  })

  it('booleans are one and four bytes, and any non-zero byte is true', () => {
    view.setUint32(0, 0x0000_0200, true)
    expect([bool8.read(view, 0), bool8.read(view, 1), bool32.read(view, 0)]).toEqual([false, true, true])
    bool32.write(view, 0, true)
    expect(view.getUint32(0, true)).toBe(1)
    for (const bad of [1, 0, 'true', null]) expect(() => bool8.write(view, 0, untyped(bad))).toThrow(RangeError)
  })

  it('text stops at the first NUL, may fill all its bytes, and takes Latin-1 without NUL only', () => {
    const name = text(4)
    for (const word of ['', 'abc', 'abcd', 'L\u00e4nd']) {
      name.write(view, 0, word)
      expect(name.read(view, 0)).toBe(word)
    }
    view.setUint32(0, 0x63_00_62_61, true)
    expect(name.read(view, 0)).toBe('ab')
    for (const bad of ['abcde', 'a\0b', '\u20ac', 5, null]) {
      expect(() => name.write(view, 0, untyped(bad)), String(bad)).toThrow(RangeError)
    }
  })

  it('bytes are copied both ways and padded', () => {
    const source = Uint8Array.of(1, 2)
    view.setUint32(0, 0xffff_ffff)
    bytes(4).write(view, 0, source)
    const read = bytes(4).read(view, 0)
    view.setUint8(0, 9)
    expect([...read]).toEqual([1, 2, 0, 0])
    expect(() => bytes(1).write(view, 0, source)).toThrow('2 bytes do not fit 1')
    expect(() => bytes(4).write(view, 0, untyped([1, 2]))).toThrow('an array is not a Uint8Array')
    expect(() => bytes(4).read(view, 14)).toThrow('wanted 4 bytes at 14, got 2')
  })

  it('an array shorter than its type clears the rest, one with a hole is refused', () => {
    const list = array(u16, 4)
    for (let index = 0; index < 10; index++) view.setUint8(index, 0xff)
    list.write(view, 0, [1, 2])
    expect(list.read(view, 0)).toEqual([1, 2, 0, 0])
    expect(view.getUint16(8)).toBe(0xffff)
    expect(() => list.write(view, 0, new Array(2))).toThrow('[0]: undefined is not an integer from 0 to 65535')
    expect(() => list.write(view, 0, untyped('ab'))).toThrow('"ab" is not an array')
  })
})

describe('offsetOf', () => {
  it.each(['nosuch', 'points[4]', 'points.x', 'points[0].z', 'kind.x', 'area[0]', 'points[-1]', '..kind', 'toString'])(
    'refuses %s',
    (path) => {
      expect(() => offsetOf(SHAPE, path)).toThrow(RangeError)
    },
  )
})

/** A value of unchecked type, as from outside. */
function untyped(value: unknown): never {
  return value as never
}
