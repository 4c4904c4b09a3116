import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { PciFunctionView } from '../../src/contract/views/pci-function.ts'
import { lspciDump } from '../../src/render/export/lspci.ts'

const facts: PciFunctionView = {
  bdf: '0000:c1:00.0',
  gpu: 0,
  vfIndex: null,
  physfn: null,
  driver: 'nvkm',
  name: 'NVIDIA L40',
  vendorId: '0x10de',
  deviceId: '0x26b5',
  class: '0x030200',
  revision: '0xa1',
  iommuGroup: 1,
  totalVfs: 32,
  taken: false,
  config: new Uint8Array(4096),
}

/** A dump as it is defined: 256 rows of an offset and 16 bytes. */
function rows(config: Uint8Array): string {
  const hex = Array.from(config, (byte) => byte.toString(16).padStart(2, '0'))
  return Array.from({ length: 256 }, (_, row) => {
    return `${(row * 16).toString(16).padStart(2, '0')}: ${hex.slice(row * 16, row * 16 + 16).join(' ')}\n`
  }).join('')
}

describe('the dump for lspci', () => {
  it('has each byte of a configuration space at its place, whatever the bytes before it were', () => {
    const place = fc.tuple(fc.nat(4095), fc.nat(255))
    const config = fc.array(place, { maxLength: 40 }).map((places) => {
      const bytes = new Uint8Array(4096)
      for (const [at, byte] of places) bytes[at] = byte
      return bytes
    })
    fc.assert(
      fc.property(fc.array(config, { maxLength: 4 }), (configs) => {
        const dump = lspciDump(configs.map((each, index) => ({ ...facts, bdf: `0000:c1:00.${index}`, config: each })))
        const titles = configs.map((_, index) => `0000:c1:00.${index} 3D controller: NVIDIA Corporation L40 (rev a1)\n`)
        const expected = configs.map((each, index) => `${titles[index]}${rows(each)}`).join('\n')
        expect(new TextDecoder().decode(dump)).toBe(expected)
      }),
      { numRuns: 60 },
    )
  })

  it('takes as many functions as a thousand GPUs have with theirs, and more text than a string can hold', () => {
    const many = Array.from({ length: 40_000 }, () => facts)
    const dump = lspciDump(many)
    expect(dump.length).toBeGreaterThan(2 ** 29)
    expect(new TextDecoder().decode(dump.subarray(-16))).toBe(' 00 00 00 00 00\n')
  })
})
