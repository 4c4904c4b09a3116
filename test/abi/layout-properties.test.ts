import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { struct } from '../../src/abi/compound.ts'
import { array, bytes, text } from '../../src/abi/elements.ts'
import type { AnyLayout } from '../../src/abi/layout.ts'
import { bigU64, bool8, bool32, u8, u16, u32, u64 } from '../../src/abi/scalars.ts'

/** Reference model of a C type, laid out by hand, for comparison with the codec. */
interface CType {
  layout: AnyLayout
  align: number
  /** the bytes of a value, padding included */
  bytes(value: never): number[]
  value: fc.Arbitrary<unknown>
}

function integer(layout: AnyLayout, width: number, max: number): CType {
  return {
    layout,
    align: width,
    bytes: (value: number) => littleEndian(BigInt(value), width),
    value: fc.oneof(
      fc.maxSafeNat().map((n) => n % (max + 1)),
      fc.constantFrom(0, 1, max),
    ),
  }
}

const truth = (layout: AnyLayout, width: number): CType => ({
  layout,
  align: width,
  bytes: (value: boolean) => littleEndian(value ? 1n : 0n, width),
  value: fc.boolean(),
})

const SCALARS: readonly CType[] = [
  integer(u8, 1, 0xff),
  integer(u16, 2, 0xffff),
  integer(u32, 4, 0xffff_ffff),
  integer(u64, 8, Number.MAX_SAFE_INTEGER),
  truth(bool8, 1),
  truth(bool32, 4),
  {
    layout: bigU64,
    align: 8,
    bytes: (value: bigint) => littleEndian(value, 8),
    value: fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
  },
]

const strings = fc.integer({ min: 1, max: 9 }).map((length): CType => {
  const character = fc.integer({ min: 1, max: 255 }).map((code) => String.fromCharCode(code))
  return {
    layout: text(length),
    align: 1,
    bytes: (value: string) =>
      padded(
        [...value].map((one) => one.charCodeAt(0)),
        length,
      ),
    value: fc.array(character, { maxLength: length }).map((all) => all.join('')),
  }
})

const opaque = fc.integer({ min: 1, max: 9 }).map(
  (length): CType => ({
    layout: bytes(length),
    align: 1,
    bytes: (value: Uint8Array) => [...value],
    value: fc.uint8Array({ minLength: length, maxLength: length }),
  }),
)

function arrayOf(element: CType, length: number): CType {
  return {
    layout: array(element.layout, length),
    align: element.align,
    bytes: (value: never[]) => value.flatMap((item) => element.bytes(item)),
    value: fc.array(element.value, { minLength: length, maxLength: length }),
  }
}

function structOf(members: readonly CType[]): CType {
  const align = Math.max(...members.map((member) => member.align))
  const named = members.map((member, index) => [`m${index}`, member] as const)
  return {
    layout: struct('RANDOM', Object.fromEntries(named.map(([name, member]) => [name, member.layout]))),
    align,
    bytes: (value: Record<string, never>) => {
      const all: number[] = []
      for (const [name, member] of named) {
        while (all.length % member.align !== 0) all.push(0)
        all.push(...member.bytes(value[name] as never))
      }
      while (all.length % align !== 0) all.push(0)
      return all
    },
    value: fc.record(Object.fromEntries(named.map(([name, member]) => [name, member.value]))),
  }
}

const { type: anyType } = fc.letrec<{ type: CType; structure: CType }>((tie) => ({
  type: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.constantFrom(...SCALARS),
    strings,
    opaque,
    fc.tuple(tie('type'), fc.integer({ min: 1, max: 4 })).map(([element, length]) => arrayOf(element, length)),
    tie('structure'),
  ),
  structure: fc.array(tie('type'), { minLength: 1, maxLength: 6 }).map(structOf),
}))

const structures = fc.array(anyType, { minLength: 1, maxLength: 8 }).map(structOf)
const samples = structures.chain((type) => fc.tuple(fc.constant(type), type.value))

describe('any structure', () => {
  it('has the bytes of a naive layout, and reads back as it was written', () => {
    fc.assert(
      fc.property(samples, ([{ layout, bytes: byHand }, value]) => {
        const memory = new Uint8Array(layout.size)
        layout.write(new DataView(memory.buffer), 0, value)
        expect([...memory]).toEqual(byHand(value as never))
        expect(layout.read(new DataView(memory.buffer), 0)).toEqual(value)
      }),
    )
  })

  it('lands the same at any byte of dirty memory, and leaves the neighbours alone', () => {
    fc.assert(
      fc.property(
        samples,
        fc.integer({ min: 0, max: 17 }),
        fc.integer({ min: 1, max: 255 }),
        ([type, value], at, dirt) => {
          const memory = new Uint8Array(at + type.layout.size + 5).fill(dirt)
          type.layout.write(new DataView(memory.buffer), at, value)
          expect([...memory.subarray(at, at + type.layout.size)]).toEqual(type.bytes(value as never))
          expect(new Set([...memory.subarray(0, at), ...memory.subarray(at + type.layout.size)])).toEqual(
            new Set([dirt]),
          )
        },
      ),
    )
  })

  it('reads all zero as its zero value, and writes that as all zero', () => {
    fc.assert(
      fc.property(structures, ({ layout }) => {
        const memory = new Uint8Array(layout.size)
        expect(layout.read(new DataView(memory.buffer), 0)).toEqual(layout.zero())
        memory.fill(0xa5)
        layout.write(new DataView(memory.buffer), 0, layout.zero())
        expect(memory.every((byte) => byte === 0)).toBe(true)
      }),
    )
  })

  it('never reads or writes past a buffer that is too short', () => {
    fc.assert(
      fc.property(samples, fc.nat(), ([{ layout }, value], cut) => {
        const whole = new Uint8Array(layout.size + 8).fill(0x5a)
        const short = new DataView(whole.buffer, 0, cut % layout.size)
        expect(() => layout.read(short, 0)).toThrow(RangeError)
        expect(() => layout.write(short, 0, value)).toThrow(RangeError)
        expect(whole.subarray(short.byteLength).every((byte) => byte === 0x5a)).toBe(true)
      }),
    )
  })

  it('throws nothing but RangeError on a value that is not one', () => {
    fc.assert(
      fc.property(structures, fc.anything({ withBigInt: true, withTypedArray: true }), ({ layout }, junk) => {
        const memory = new Uint8Array(layout.size)
        try {
          layout.write(new DataView(memory.buffer), 0, junk)
        } catch (error) {
          expect(error).toBeInstanceOf(RangeError)
        }
      }),
    )
  })

  it('reads random bytes into something that writes back the same, or says which number is too large', () => {
    const random = structures.chain((type) =>
      fc.tuple(fc.constant(type), fc.uint8Array({ minLength: type.layout.size, maxLength: type.layout.size })),
    )
    fc.assert(
      fc.property(random, ([{ layout }, memory]) => {
        try {
          const value = layout.read(new DataView(memory.buffer, memory.byteOffset), 0)
          const again = new Uint8Array(layout.size)
          layout.write(new DataView(again.buffer), 0, value)
          expect(layout.read(new DataView(again.buffer), 0)).toEqual(value)
        } catch (error) {
          if (!(error instanceof RangeError)) throw error
          expect(error.message).toMatch(/^RANDOM\.m\d.* is above 2\^53 - 1$/)
        }
      }),
    )
  })
})

function littleEndian(value: bigint, width: number): number[] {
  return Array.from({ length: width }, (_, index) => Number((value >> BigInt(8 * index)) & 0xffn))
}

function padded(values: number[], length: number): number[] {
  return [...values, ...new Array<number>(length - values.length).fill(0)]
}
