import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { fromSparse, toSparse } from '../../src/engine/sparse.ts'

const mostlyZero = fc
  .array(fc.tuple(fc.nat({ max: 4095 }), fc.uint8Array({ minLength: 1, maxLength: 40 })), { maxLength: 12 })
  .map((runs) => {
    const bytes = new Uint8Array(4096 + 40)
    for (const [at, run] of runs) bytes.set(run, at)
    return bytes.subarray(0, 4096)
  })

describe('sparse bytes', () => {
  it('come back as they went in', () => {
    fc.assert(
      fc.property(fc.oneof(mostlyZero, fc.uint8Array({ maxLength: 300, size: 'max' })), (bytes) => {
        expect(Buffer.compare(fromSparse(toSparse(bytes), bytes.length), bytes)).toBe(0)
      }),
    )
  })

  it('have one spelling: what is read is written the same', () => {
    fc.assert(
      fc.property(mostlyZero, (bytes) => {
        const sparse = toSparse(bytes)
        expect(toSparse(fromSparse(sparse, bytes.length))).toBe(sparse)
      }),
    )
  })

  it('leave zeros out but for short gaps', () => {
    expect(toSparse(new Uint8Array(4096))).toBe('')
    expect(toSparse(Uint8Array.of(0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 0, 3, 0))).toBe('2:0100000002 b:03')
  })

  it.each(['zz:00', '0:0', '0:0g', ':00', '0', 'fff:0001', '-1:00', '0:00 5'])('refuse %j', (sparse) => {
    expect(() => fromSparse(sparse, 4096)).toThrow(RangeError)
  })
})
