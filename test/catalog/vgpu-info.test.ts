import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { NVA081_CTRL_VGPU_INFO } from '../../src/abi/nva081.ts'
import type { CatalogType } from '../../src/catalog/catalog-type.ts'
import { checkVgpuInfo, findVgpuInfoFault } from '../../src/catalog/check-vgpu-info.ts'
import { encodeVgpuInfo, vgpuSignature } from '../../src/catalog/vgpu-info.ts'
import { typeById } from '../../src/catalog/vgpu-types.ts'
import { firstRecord } from '../../src/engine/type-storage.ts'
import { NvError } from '../../src/errors/nv-error.ts'
import { typesGolden } from './golden.ts'

const ids = typesGolden().types.map(({ vgpuType }) => Number(vgpuType))
/** Types that the catalogue of 0.1.0 lacked. */
const SINCE_0_1_0: readonly number[] = [978]
const { fields, size } = NVA081_CTRL_VGPU_INFO

function type(id: number): CatalogType {
  const found = typeById(id)
  if (!found) throw new Error(`no type ${id}`)
  return found
}

describe('encoding a type', () => {
  it('gives, for type 869 with the signature cleared, the very bytes of the published record', () => {
    const golden: { sha256WithSignatureZeroed: string } = JSON.parse(
      readFileSync(new URL('../golden/golden-type-869.json', import.meta.url), 'utf8'),
    )
    const blob = encodeVgpuInfo(type(869))
    blob.fill(0, fields.vgpuSignature.offset, fields.license.offset)
    expect(createHash('sha256').update(blob).digest('hex')).toBe(golden.sha256WithSignatureZeroed)
  })

  it('gives 4952 bytes that decode to the same figures and pass the checks, for every type', () => {
    for (const id of ids) {
      const blob = encodeVgpuInfo(type(id))
      expect(blob).toHaveLength(4952)
      expect(() => checkVgpuInfo(blob, 0), String(id)).not.toThrow()
      const decoded: Record<string, unknown> = { ...NVA081_CTRL_VGPU_INFO.decode(blob) }
      for (const [name, value] of Object.entries(type(id))) {
        if (Object.hasOwn(decoded, name)) expect(decoded[name], `${id} ${name}`).toBe(value)
      }
    }
  })

  it('gives the records that hosts on disk were written with: they keep none that the catalogue has', () => {
    const all = createHash('sha256')
    for (const id of ids.toSorted((a, b) => a - b).filter((id) => !SINCE_0_1_0.includes(id)))
      all.update(firstRecord(id) ?? expect.fail(`${id} is gone`))
    // a change here is a change of every host there is: give firstRecord the old figure
    expect(all.digest('hex')).toBe('8f668e849089b4ebed3e2991bcf9c18b044198b23e2dafe907af3d5bba41d4f0')
    const changed = ids.filter((id) => !Buffer.from(firstRecord(id) ?? '').equals(encodeVgpuInfo(type(id))))
    expect(
      changed.filter((id) => type(id).mig === null),
      'I 1.5',
    ).toEqual([1422, 1438])
    for (const id of changed.filter((known) => type(known).mig !== null))
      expect(firstRecord(id), 'the GPU instance alone is new').toEqual(
        encodeVgpuInfo({ ...type(id), gpuInstanceProfileId: 0 }),
      )
  })

  it('signs every type with 128 non-zero bytes of its own, always the same', () => {
    const signatures = ids.map((id) => Buffer.from(vgpuSignature(id)).toString('hex'))
    expect(new Set(signatures).size).toBe(ids.length)
    for (const id of ids) {
      expect(vgpuSignature(id)).toHaveLength(128)
      expect(vgpuSignature(id)).not.toContain(0)
      expect(vgpuSignature(id)).toEqual(vgpuSignature(id))
    }
  })
})

describe('checking a record', () => {
  const good = () => encodeVgpuInfo(type(874))

  const refusal = (blob: Uint8Array, at = 0): NvError => {
    try {
      checkVgpuInfo(blob, at)
    } catch (error) {
      if (error instanceof NvError) return error
      throw error
    }
    throw new Error('was accepted')
  }

  const patched = (field: keyof typeof fields, value: number | bigint): Uint8Array => {
    const blob = good()
    const view = new DataView(blob.buffer)
    const { offset, layout } = fields[field]
    if (layout.size === 8) view.setBigUint64(offset, BigInt(value), true)
    else view.setUint32(offset, Number(value), true)
    return blob
  }

  it.each([
    ['vgpuType', 0],
    ['maxInstance', 0],
    ['maxInstance', 33],
    ['numHeads', 0],
    ['numHeads', 5],
    ['maxResolutionX', 0],
    ['maxResolutionY', 40000],
    ['maxPixels', 0],
    ['frlConfig', 1001],
    ['cudaEnabled', 2],
    ['eccSupported', 0xffffffff],
    ['gpuInstanceSize', 9],
    ['multiVgpuSupported', 2],
    ['vdevId', 0x1_0000_0000],
    ['vdevId', 0x26b5],
    ['pdevId', 0],
    ['pdevId', 0x1_0000],
    ['profileSize', 0],
    ['fbLength', 0],
    ['fbLength', 1024 * 1024 + 4096],
    ['fbLength', 2n ** 40n + 2n ** 20n],
    ['fbLength', 2n ** 64n - 1n],
    ['gspHeapSize', 0],
    ['gspHeapSize', 0x273000],
    ['gspHeapSize', 0x274001],
    ['fbReservation', 1],
    ['mappableVideoSize', 1],
    ['encoderCapacity', 101],
    ['bar1Length', 0],
    ['bar1Length', 3],
    ['bar1Length', 131072],
    ['frlEnable', 2],
    ['ftraceEnable', 2],
    ['gpuDirectSupported', 2],
    ['nvlinkP2PSupported', 2],
    ['multiVgpuExclusive', 2],
    ['gpuInstanceProfileId', 256],
  ] as const)('refuses %s %d, naming the field, its offset and the value', (field, value) => {
    const error = refusal(patched(field, value))
    expect(error.code).toBe('invalid-file')
    expect(error.message).toContain(`${field} at offset ${fields[field].offset} is ${value}`)
  })

  it.each([
    ['maxInstance', 1],
    ['maxInstance', 32],
    ['numHeads', 4],
    ['fbLength', 1024 * 1024],
    ['fbLength', 2n ** 40n],
    ['gspHeapSize', 0x274000],
    ['bar1Length', 1],
    ['bar1Length', 65536],
    ['encoderCapacity', 0],
    ['vgpuType', 0xffffffff],
  ] as const)('accepts %s %d', (field, value) => {
    expect(() => checkVgpuInfo(patched(field, value), 0)).not.toThrow()
  })

  it('refuses a name that is empty, blank, not printable or without its NUL', () => {
    const { offset } = fields.vgpuName
    const named = (change: (blob: Uint8Array) => void) => {
      const blob = good()
      change(blob)
      return refusal(blob).message
    }
    expect(named((blob) => blob.fill(0, offset, offset + 32))).toContain('vgpuName at offset 4 is ""')
    expect(named((blob) => blob.fill(0, offset, offset + 32).set([32, 32], offset))).toContain('must not be blank')
    expect(named((blob) => blob.fill(65, offset, offset + 32))).toContain('must end with a NUL')
    expect(named((blob) => blob.set([0x1b], offset + 3))).toContain('vgpuName at offset 7 is 0x1b after "NVI"')
  })

  it('refuses bytes in the two holes of the structure', () => {
    for (const offset of [364, 367, 428, 431]) {
      const blob = good()
      blob[offset] = 1
      expect(refusal(blob).message).toContain(`padding at offset ${offset - (offset % 4)} is`)
    }
  })

  it('counts offsets from the start of the buffer and looks only at the record it was asked for', () => {
    const two = new Uint8Array(2 * size)
    two.set(good(), 0)
    two.set(patched('numHeads', 9), size)
    expect(() => checkVgpuInfo(two, 0)).not.toThrow()
    expect(refusal(two, size).message).toContain(`numHeads at offset ${size + fields.numHeads.offset} is 9`)
    const inside = new Uint8Array(two.buffer, size)
    expect(refusal(inside).message).toContain(`numHeads at offset ${fields.numHeads.offset} is 9`)
  })

  it('refuses a record that is cut short or lies outside', () => {
    for (const [length, at] of [
      [0, 0],
      [4951, 0],
      [4952, 1],
      [4952, 9999],
    ] as const) {
      expect(refusal(new Uint8Array(length), at).message).toContain('a type record has 4952')
    }
  })

  it('answers any bytes with a fault or with none, and a fault names a place inside the record', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: size, maxLength: size }), (bytes) => {
        const fault = findVgpuInfoFault(bytes, 0)
        expect(fault?.offset).toBeGreaterThanOrEqual(0)
        expect(fault?.offset).toBeLessThan(size)
      }),
      { numRuns: 50 },
    )
  })

  it('notices or lives with any flipped bit: what it accepts decodes', () => {
    fc.assert(
      fc.property(fc.nat(size * 8 - 1), (bit) => {
        const blob = good()
        const index = Math.floor(bit / 8)
        blob[index] = (blob[index] ?? 0) ^ (1 << (bit % 8))
        if (findVgpuInfoFault(blob, 0)) expect(() => checkVgpuInfo(blob, 0)).toThrow(NvError)
        else expect(NVA081_CTRL_VGPU_INFO.encode(NVA081_CTRL_VGPU_INFO.decode(blob))).toHaveLength(size)
      }),
    )
  })
})
