import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { crc32 } from '../../src/abi/crc32.ts'
import { GUEST_PAGE_SIZE, MIGRATION_PLUGIN_STATE } from '../../src/abi/migration.ts'
import type { VgpuImage } from '../../src/engine/migration/image.ts'
import {
  decodeImage,
  encodeImage,
  IMAGE_HEADER,
  IMAGE_SECTION,
  IMAGE_VERSION,
} from '../../src/engine/migration/image-file.ts'
import { NvError } from '../../src/errors/nv-error.ts'

const FB = 64 * 1024 * 1024

const name = fc.string({ unit: 'grapheme', maxLength: 20 }).filter((text) => !/[\p{C}\p{Zl}\p{Zp}]/u.test(text))
const page = fc.uint8Array({ minLength: GUEST_PAGE_SIZE, maxLength: GUEST_PAGE_SIZE })

const image: fc.Arbitrary<VgpuImage> = fc.record({
  vgpuType: fc.integer({ min: 1, max: 0xffffffff }),
  typeName: fc.constantFrom('NVIDIA L40-4Q', 'NVIDIA A16-2B', 'x'),
  uuid: fc.uuid(),
  version: fc.integer({ min: 0, max: 0xffffffff }),
  hostVersions: fc.record({ oldest: fc.nat(), newest: fc.nat() }),
  profile: fc.constantFrom('rfc-v1', 'v2', 'vgpu17', 'vgpu16'),
  metadata: fc.string({ unit: fc.constantFrom('a', '0', '.', 'e'), maxLength: 60 }),
  eccEnabled: fc.boolean(),
  numChannels: fc.integer({ min: 0, max: 2048 }),
  fbLength: fc.constant(FB),
  paused: fc.boolean(),
  vm: fc.record(
    {
      vm: name,
      name: fc.option(name),
      guestOs: fc.option(name),
      policy: fc.constantFrom('closes', 'ignores'),
      tcc: fc.boolean(),
      driverUs: fc.maxSafeNat(),
      attrs: fc.array(
        fc.record({
          name: fc.constantFrom('vgpu_params', 'nvidia/vgpu_params'),
          value: fc.constantFrom(' ', 'disable_vnc=1', 'enable_uvm=0,frame_rate_limiter=0'),
        }),
        { minLength: 1, maxLength: 3 },
      ),
    },
    { requiredKeys: ['vm', 'name', 'guestOs', 'policy', 'tcc'] },
  ),
  config: fc.uint8Array({ minLength: 4096, maxLength: 4096 }),
  hardware: fc.record({ command: fc.nat(0xffff), msixFlags: fc.nat(0xffff) }),
  registers: fc
    .uniqueArray(
      fc.tuple(
        fc.nat(0xffff).map((word) => word * 4),
        fc.nat(),
      ),
      { selector: ([at]) => at, maxLength: 6 },
    )
    .map((pairs) => pairs.sort(([a], [b]) => a - b)),
  plugin: fc
    .record({ encoder_capacity: fc.nat(100), bus_master: fc.boolean(), num_channels: fc.nat() })
    .map((state) => MIGRATION_PLUGIN_STATE.encode(state)),
  pages: fc
    .uniqueArray(fc.tuple(fc.nat(FB / GUEST_PAGE_SIZE - 1), page), { selector: ([at]) => at, maxLength: 4 })
    .map((pairs) => new Map(pairs.sort(([a], [b]) => a - b).map(([at, bytes]) => [at * GUEST_PAGE_SIZE, bytes]))),
})

function refusal(act: () => unknown): NvError {
  try {
    act()
  } catch (error) {
    if (error instanceof NvError) return error
    throw error
  }
  throw new Error('nothing was refused')
}

/** The same file with a changed header whose own sum is right again. */
function reheaded(file: Uint8Array, change: (header: Uint8Array) => void): Uint8Array {
  const header = file.slice(0, IMAGE_HEADER.size)
  change(header)
  IMAGE_HEADER.set(header, 'crc', 0)
  IMAGE_HEADER.set(header, 'crc', crc32(header))
  const out = file.slice()
  out.set(header)
  return out
}

const [sample] = fc.sample(image, { numRuns: 1, seed: 5 })
if (!sample) throw new Error('no sample')
const file = encodeImage(sample)

describe('a saved vGPU as a file', () => {
  it('reads as what was written, and the same vGPU gives the same bytes', () => {
    fc.assert(
      fc.property(image, (original) => {
        const bytes = encodeImage(original)
        expect(decodeImage(bytes)).toEqual(original)
        expect(decodeImage(Buffer.from(bytes))).toEqual(original)
        expect(encodeImage(decodeImage(bytes))).toEqual(bytes)
      }),
      { numRuns: 60 },
    )
  })

  it('is refused wherever one of its bits is wrong, and says at which offset', () => {
    fc.assert(
      fc.property(fc.nat(file.length - 1), fc.nat(7), (at, bit) => {
        const damaged = file.slice()
        damaged[at] = (damaged[at] ?? 0) ^ (1 << bit)
        const { code, message } = refusal(() => decodeImage(damaged))
        expect(['invalid-file', 'newer-schema']).toContain(code)
        expect(message).toMatch(/offset \d+/)
      }),
      { numRuns: 300 },
    )
  })

  it('is refused wherever it is cut off, and when something follows it', () => {
    fc.assert(
      fc.property(fc.nat(file.length - 1), (length) => {
        expect(refusal(() => decodeImage(file.slice(0, length)))).toMatchObject({ code: 'invalid-file' })
      }),
      { numRuns: 200 },
    )
    expect(refusal(() => decodeImage(Uint8Array.from([...file, 0]))).message).toMatch(/file_size at offset 24: says/)
    expect(refusal(() => decodeImage(new Uint8Array(0))).message).toBe(
      'magic at offset 0: the file is not a saved vGPU',
    )
  })

  it('of a later version is refused as such, whatever follows', () => {
    const later = reheaded(file, (header) => IMAGE_HEADER.set(header, 'version', IMAGE_VERSION + 1))
    expect(refusal(() => decodeImage(later))).toMatchObject({
      code: 'newer-schema',
      message: 'version at offset 8 is 2, and this nvgpu reads up to 1',
    })
  })

  it.each<[string, (header: Uint8Array) => void, RegExp]>([
    ['no version', (header) => IMAGE_HEADER.set(header, 'version', 0), /version at offset 8: is 0/],
    ['another header size', (header) => IMAGE_HEADER.set(header, 'header_size', 8), /header_size at offset 12/],
    ['other sections', (header) => IMAGE_HEADER.set(header, 'section_count', 1), /section_count at offset 20/],
    ['another length', (header) => IMAGE_HEADER.set(header, 'file_size', 1), /file_size at offset 24/],
    [
      'a size that no number holds',
      (header) => header.fill(0xff, IMAGE_HEADER.fields.fb_length.offset, IMAGE_HEADER.fields.fb_length.offset + 8),
      /header at offset 0: .*2\^53/,
    ],
  ])('with %s and a right checksum is refused', (_what, change, message) => {
    expect(refusal(() => decodeImage(reheaded(file, change))).message).toMatch(message)
  })

  it('with malformed content and right checksums is refused', () => {
    const odd: [Partial<VgpuImage>, RegExp][] = [
      [{ pages: new Map([[FB, new Uint8Array(GUEST_PAGE_SIZE)]]) }, /section FBPG/],
      [{ pages: new Map([[8, new Uint8Array(GUEST_PAGE_SIZE)]]) }, /section FBPG/],
      [
        {
          pages: new Map([
            [8192, new Uint8Array(GUEST_PAGE_SIZE)],
            [4096, new Uint8Array(GUEST_PAGE_SIZE)],
          ]),
        },
        /section FBPG/,
      ],
      [{ registers: [[2, 1]] }, /section BAR0/],
      [
        {
          registers: [
            [8, 1],
            [4, 1],
          ],
        },
        /section BAR0/,
      ],
      [{ plugin: new Uint8Array(3) }, /section PLUG/],
      [{ plugin: new Uint8Array(MIGRATION_PLUGIN_STATE.size).fill(0xff) }, /section PLUG/],
      [{ config: new Uint8Array(100) }, /section CFGS/],
      [{ vm: { ...sample.vm, vm: 'a\u001b[2J' } }, /section VMID/],
      [{ vm: { ...sample.vm, attrs: [{ name: '../x', value: '1' }] } }, /section VMID/],
      [{ vm: { ...sample.vm, attrs: [{ name: 'vgpu_params', value: 'a=\u001b' }] } }, /section VMID/],
      [{ vm: { ...sample.vm, attrs: [{ name: 'rocket', value: '1' }] } }, /section VMID/],
    ]
    for (const [part, message] of odd) {
      expect(refusal(() => decodeImage(encodeImage({ ...sample, ...part }))).message).toMatch(message)
    }
  })

  it('has its sections one behind the other, each with its size', () => {
    const tags: string[] = []
    for (let at = IMAGE_HEADER.size; at + IMAGE_SECTION.size <= file.length; ) {
      tags.push(IMAGE_SECTION.get(file, 'tag', at))
      at += IMAGE_SECTION.size + IMAGE_SECTION.get(file, 'size', at)
    }
    expect(tags).toEqual(['VMID', 'CFGS', 'VFHW', 'BAR0', 'PLUG', 'FBPG'])
  })
})
