import { describe, expect, it } from 'vitest'
import { NVA081_CTRL_VGPU_INFO } from '../../src/abi/nva081.ts'
import { readTypeFile } from '../../src/app/type-file/read.ts'
import { encodeVgpuInfo } from '../../src/catalog/vgpu-info.ts'
import { refusal } from './refusal.ts'
import { catalogType, RECORD, records, utf8 } from './samples.ts'

describe('a file of raw type records', () => {
  it('gives its records back byte for byte', () => {
    for (const ids of [[869], [869, 874, 880]]) {
      const { blobs } = readTypeFile('types.bin', records(...ids))
      expect(blobs).toEqual(ids.map((id) => encodeVgpuInfo(catalogType(id))))
    }
  })

  it('hands out copies, not windows on the file', () => {
    const bytes = records(869)
    const { blobs } = readTypeFile('types.bin', bytes)
    bytes.fill(0)
    expect(blobs).toEqual([encodeVgpuInfo(catalogType(869))])
  })

  it('is taken for records even when its first byte looks like XML or JSON', () => {
    const { vgpuType } = NVA081_CTRL_VGPU_INFO.fields
    for (const first of ['<', '{', '[', ' ']) {
      const bytes = records(869)
      bytes.set([first.charCodeAt(0), 0, 0, 0], vgpuType.offset)
      expect(readTypeFile('types.bin', bytes).blobs).toEqual([bytes])
    }
  })

  it.each([5, 4951, 4953, 2 * 4952 - 1])('of %d bytes is refused with the size a record has', (length) => {
    const bytes = new Uint8Array(length)
    bytes.set(records(869, 874).subarray(0, length))
    expect(refusal('types.bin', bytes).message).toBe(`types.bin: ${length} bytes: not a multiple of 4952`)
  })

  it('is refused at the first bad field of any record, by its offset in the file', () => {
    const bytes = records(869, 874)
    const { offset } = NVA081_CTRL_VGPU_INFO.fields.numHeads
    NVA081_CTRL_VGPU_INFO.set(bytes, 'numHeads', 9, RECORD)
    expect(refusal('two.bin', bytes).message).toBe(
      `two.bin: numHeads at offset ${RECORD + offset} (record 1) is 9: it must be 1 to 4`,
    )
  })

  it('is refused when an id is there twice, naming both places', () => {
    expect(refusal('types.bin', records(869, 874, 869)).message).toContain(
      'vgpuType 869 is there twice, at offset 0 and at offset 9904',
    )
  })

  it('carries 64 types and not one more', () => {
    const many = (count: number) => {
      const bytes = records(...Array.from({ length: count }, () => 869))
      for (let index = 0; index < count; index++)
        NVA081_CTRL_VGPU_INFO.set(bytes, 'vgpuType', index + 1, index * RECORD)
      return bytes
    }
    expect(readTypeFile('types.bin', many(64)).blobs).toHaveLength(64)
    expect(refusal('types.bin', many(65)).message).toContain('65 types: one upload carries at most 64')
  })

  it('is refused when it is empty, too large, or no kind of type file', () => {
    expect(refusal('x', new Uint8Array(0)).message).toBe('x: is empty')
    expect(refusal('x', new Uint8Array(10 * 1024 * 1024)).message).toContain('a type file has at most 8388608')
    expect(refusal('x', utf8('hello')).message).toBe('x: neither type records, nor XML, nor JSON')
    expect(refusal('x', new Uint8Array([0xff, 0xfe, 0x3c])).message).toBe('x: neither type records nor UTF-8 text')
  })

  it('is refused as an invalid file, with exit status and object to go with it', () => {
    const error = refusal('some/file.bin', new Uint8Array(3))
    expect([error.code, error.errno, error.object]).toEqual(['invalid-file', 'EINVAL', 'some/file.bin'])
  })
})
