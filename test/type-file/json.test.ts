import { describe, expect, it } from 'vitest'
import { NVA081_CTRL_VGPU_INFO } from '../../src/abi/nva081.ts'
import { readTypeFile } from '../../src/app/type-file/read.ts'
import { encodeVgpuInfo } from '../../src/catalog/vgpu-info.ts'
import { refusal } from './refusal.ts'
import { catalogType, jsonType, utf8 } from './samples.ts'

const read = (value: unknown) => readTypeFile('types.json', utf8(JSON.stringify(value))).blobs
const refused = (value: unknown) => refusal('types.json', utf8(JSON.stringify(value))).message
const only = (blobs: Uint8Array[]) => {
  const [blob] = blobs
  if (!blob || blobs.length > 1) throw new Error(`${blobs.length} types`)
  return NVA081_CTRL_VGPU_INFO.decode(blob)
}

describe('a JSON type file', () => {
  it('makes the record of the catalogue from one object, from a list, and from a "types" list', () => {
    const wanted = [encodeVgpuInfo(catalogType(874))]
    expect(read(jsonType(874))).toEqual(wanted)
    expect(read([jsonType(874)])).toEqual(wanted)
    expect(read({ schema: 1, kind: 'types', types: [jsonType(874)] })).toEqual(wanted)
  })

  it('takes numbers as numbers, hex or decimal text, and flags as true and false', () => {
    const type = { ...jsonType(874), fbLength: '0xf0000000', numHeads: '4', cudaEnabled: true, frlEnable: false }
    expect(only(read(type))).toMatchObject({ fbLength: 0xf0000000, numHeads: 4, cudaEnabled: 1, frlEnable: 0 })
  })

  it('fills in what follows from the rest: profile size, pixels, device id and limiter', () => {
    const { profileSize: _p, maxPixels: _m, pdevId: _d, frlEnable: _f, ...rest } = jsonType(874)
    expect(only(read(rest))).toMatchObject({
      profileSize: 4 * 1024 ** 3,
      maxPixels: 4 * 7680 * 4320,
      pdevId: 0x26b5,
      frlEnable: 1,
    })
    const sum = only(read({ ...rest, vgpuName: 'Mine' }))
    expect(sum.profileSize).toBe(sum.fbLength + sum.fbReservation + sum.gspHeapSize)
  })

  it('takes a signature as hex, extra parameters as a list, and makes up a signature when there is none', () => {
    const type = { ...jsonType(874), vgpuSignature: '0x0102', vgpuExtraParams: [7, '0x8'] }
    const decoded = only(read(type))
    expect([...decoded.vgpuSignature.subarray(0, 3)]).toEqual([1, 2, 0])
    expect(decoded.vgpuExtraParams.slice(0, 3)).toEqual([7, 8, 0])
    expect(only(read(jsonType(874))).vgpuSignature).not.toContain(0)
  })

  it.each([
    [{ numHeads: 'four' }, 'numHeads: "four" is not a whole number'],
    [{ numHeads: 1.5 }, 'numHeads: 1.5 is not a whole number'],
    [{ numHeads: -1 }, 'numHeads: -1 is not a whole number'],
    [{ numHeads: null }, 'numHeads: null is not a whole number'],
    [{ fbLength: 2 ** 53 }, 'fbLength: 9007199254740992 is not a whole number'],
    [{ fbLength: {} }, 'fbLength: an object is not a whole number'],
    [{ numHeads: 2 ** 32 }, 'numHeads: 4294967296 is not an integer from 0 to 4294967295'],
    [{ vgpuName: 5 }, 'vgpuName: 5 is not text'],
    [{ vgpuName: 'x'.repeat(32) }, 'vgpuName has 32 characters, 31 fit'],
    [{ vgpuName: 'naïve' }, 'vgpuName is 0xef after "na": it must be printable ASCII'],
    [{ vgpuName: '日本' }, 'vgpuName'],
    [{ vgpuSignature: 'xyz' }, 'vgpuSignature is not a row of hex digits'],
    [{ vgpuSignature: '00'.repeat(129) }, 'vgpuSignature: 129 bytes do not fit 128'],
    [{ vgpuExtraParams: 5 }, 'vgpuExtraParams: 5 is not a list'],
    [{ vgpuExtraParams: [1, 'x'] }, 'vgpuExtraParams[1]: "x" is not a whole number'],
    [{ vgpuExtraParams: new Array(1025).fill(1) }, 'vgpuExtraParams: 1025 elements do not fit 1024'],
    [{ bar1Length: 300 }, 'bar1Length is 300 (0x12c): it must be a power of two'],
    [{ fbLenght: 1 }, 'fbLenght: no such member of NVA081_CTRL_VGPU_INFO (did you mean fbLength?)'],
  ])('refuses %j with the path of the field', (change, message) => {
    const text = refused({ types: [jsonType(869), { ...jsonType(874), ...change }] })
    expect(text).toContain(`types.json: types[1].`)
    expect(text).toContain(message)
  })

  it('says what is missing', () => {
    const { gspHeapSize: _, ...rest } = jsonType(874)
    expect(refused([rest])).toContain('[0]: gspHeapSize is missing: it must be a multiple of 4 KiB')
    expect(refused({})).toContain('the type: vgpuName is missing')
  })

  it('gives line and column of a syntax error', () => {
    expect(refusal('t.json', utf8('{\n  "vgpuType": 1,\n  oops\n}')).message).toBe('t.json: line 3, column 3: not JSON')
    expect(refusal('t.json', utf8('[\n1,')).message).toBe('t.json: line 2, column 3: not JSON')
  })

  it.each([
    ['{"__proto__": {"vgpuType": 1}}', '__proto__: no such member'],
    ['{"constructor": 1}', 'constructor: no such member'],
    ['{"a\\u001b[2J": 1}', '"a\\u001b[2J": no such member'],
    ['{"types": 5}', 'types: is not a list'],
    ['{"types": [], "more": 1}', '"more" does not belong beside "types"'],
    ['{"types": []}', 'has no types in it'],
    ['[]', 'has no types in it'],
    ['[1]', '[0]: is not an object'],
    ['[[]]', '[0]: is not an object'],
    ['[null]', '[0]: is not an object'],
  ])('refuses %s', (text, message) => {
    expect(refusal('t.json', utf8(text)).message).toContain(message)
    expect(Object.hasOwn(Object.prototype, 'vgpuType')).toBe(false)
  })

  it('refuses duplicates and more than 64 types before it looks at them', () => {
    expect(refused([jsonType(869), jsonType(869)])).toContain('vgpuType 869 is there twice, at [0] and at [1]')
    expect(refused(new Array(65).fill({}))).toContain('65 types: one upload carries at most 64')
  })

  it('refuses nesting a million deep and numbers beyond all bounds', () => {
    const million = 1_000_000
    expect(refusal('t', utf8('['.repeat(million))).message).toContain('not JSON')
    expect(refusal('t', utf8('['.repeat(million) + ']'.repeat(million))).code).toBe('invalid-file')
    expect(refusal('t', utf8('{"vgpuType": 1e999}')).message).toContain('vgpuType: the number is not a whole number')
  })
})
