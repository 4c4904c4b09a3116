import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { readTypeFile } from '../../src/app/type-file/read.ts'
import { findVgpuInfoFault } from '../../src/catalog/check-vgpu-info.ts'
import { NvError } from '../../src/errors/nv-error.ts'
import { jsonType, RECORD, records, utf8, xmlFile, xmlType } from './samples.ts'

/** Reads a file: what is accepted must be whole, checked records; what is not must be an NvError naming the file. */
function judge(bytes: Uint8Array): 'accepted' | 'refused' {
  try {
    const { blobs } = readTypeFile('hostile', bytes)
    for (const blob of blobs) {
      expect(blob).toHaveLength(RECORD)
      expect(findVgpuInfoFault(blob, 0)).toBeUndefined()
    }
    expect(blobs.length).toBeGreaterThan(0)
    return 'accepted'
  } catch (error) {
    if (!(error instanceof NvError)) throw error
    expect(error.code).toBe('invalid-file')
    expect(error.message.startsWith('hostile: ')).toBe(true)
    return 'refused'
  }
}

const whole = {
  records: records(869, 874),
  json: utf8(JSON.stringify({ types: [jsonType(869), jsonType(874)] })),
  xml: xmlFile(xmlType(869), xmlType(874)),
}

describe('a damaged or hostile type file', () => {
  it('is accepted undamaged, which the properties below start from', () => {
    expect(Object.values(whole).map(judge)).toEqual(['accepted', 'accepted', 'accepted'])
  })

  it('of random bytes is refused', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 0, maxLength: 3 * RECORD }), (bytes) => judge(bytes) === 'refused'),
    )
  })

  it('of random text, XML-like or JSON-like, is refused', () => {
    const word = fc.constantFrom(
      '<',
      '>',
      '/',
      '{',
      '[',
      '"',
      ':',
      ',',
      '&',
      ';',
      ']]>',
      '<!--',
      '<vgpuType',
      ' id="1"',
      'x',
      '\n',
    )
    fc.assert(
      fc.property(fc.constantFrom('<', '{', '['), fc.array(word, { maxLength: 40 }), (first, words) => {
        return judge(utf8(first + words.join(''))) === 'refused'
      }),
      { numRuns: 300 },
    )
  })

  it('cut short anywhere is refused', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...Object.values(whole)),
        fc.double({ min: 0, max: 0.999, noNaN: true }),
        (bytes, part) => {
          const length = Math.floor(part * (bytes.length - 2))
          // two records cut at their border are one record
          return length === RECORD || judge(bytes.subarray(0, length)) === 'refused'
        },
      ),
      { numRuns: 200 },
    )
  })

  it('with any bit flipped is refused or read as whole, checked records', () => {
    fc.assert(
      fc.property(fc.constantFrom(...Object.values(whole)), fc.nat(), fc.nat(7), (bytes, where, bit) => {
        const flipped = bytes.slice()
        const index = where % flipped.length
        flipped[index] = (flipped[index] ?? 0) ^ (1 << bit)
        expect(['accepted', 'refused']).toContain(judge(flipped))
      }),
      { numRuns: 300 },
    )
  })

  it('with pieces cut out, doubled or swapped is refused or read as whole, checked records', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(whole.json, whole.xml),
        fc.nat(),
        fc.nat(200),
        fc.boolean(),
        (bytes, where, length, twice) => {
          const at = where % bytes.length
          const piece = bytes.subarray(at, at + length)
          const parts = [bytes.subarray(0, at), ...(twice ? [piece, piece] : []), bytes.subarray(at + length)]
          const joined = Uint8Array.from(parts.flatMap((part) => [...part]))
          expect(['accepted', 'refused']).toContain(judge(joined))
        },
      ),
      { numRuns: 200 },
    )
  })

  it('of any JSON value is refused', () => {
    fc.assert(
      fc.property(fc.json({ maxDepth: 4 }), (text) => judge(utf8(text)) === 'refused'),
      { numRuns: 300 },
    )
  })
})
