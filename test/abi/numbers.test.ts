import { crc32 as zlibCrc32 } from 'node:zlib'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { alignDown, alignUp, GiB, KiB, MiB, prevPow2 } from '../../src/abi/align.ts'
import { crc32 } from '../../src/abi/crc32.ts'
import { namesOf } from '../../src/abi/names.ts'
import { formatBdf, formatRoutingId, parseBdf } from '../../src/abi/pci.ts'
import { clientHandle, clientId } from '../../src/abi/rm-objects.ts'
import { regionOffset } from '../../src/abi/vfio.ts'
import { doorbellGfid, doorbellValue } from '../../src/abi/vgpu-gsp.ts'
import { isErrnoName } from '../../src/errors/errno.ts'
import { ERRNO, ERRNO_MEANING } from '../../src/errors/errno-numbers.ts'
import { NvError } from '../../src/errors/nv-error.ts'
import { isRefusalCode, REFUSALS } from '../../src/errors/refusal.ts'

describe('alignment', () => {
  it('is exact far above 32 bits and for alignments that are no power of two', () => {
    expect(alignUp(0xbffdfe001, 0x10000)).toBe(0xbffe00000)
    expect(alignDown(0xbffdfe001, 0x10000)).toBe(0xbffdf0000)
    expect(alignUp(10, 3)).toBe(12)
    expect([KiB, MiB, GiB]).toEqual([2 ** 10, 2 ** 20, 2 ** 30])
  })

  it('surrounds every value by less than the alignment', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 2 ** 52 }), fc.integer({ min: 1, max: 2 ** 40 }), (value, alignment) => {
        const [down, up] = [alignDown(value, alignment), alignUp(value, alignment)]
        expect([BigInt(down) % BigInt(alignment), BigInt(up) % BigInt(alignment)]).toEqual([0n, 0n])
        expect(value - down).toBeLessThan(alignment)
        expect(up - value).toBeLessThan(alignment)
        expect(down <= value && value <= up).toBe(true)
      }),
    )
  })

  it('refuses what has no answer', () => {
    for (const [value, alignment] of [
      [-1, 4],
      [1.5, 4],
      [2 ** 53, 4],
      [1, 0],
      [1, -4],
      [Number.NaN, 4],
    ] as const) {
      expect(() => alignUp(value, alignment)).toThrow(RangeError)
      expect(() => alignDown(value, alignment)).toThrow(RangeError)
    }
    expect(() => alignUp(Number.MAX_SAFE_INTEGER, 2 ** 52)).toThrow('passes 2^53 - 1')
  })

  it('finds the power of two below a share, such as the channels of a type', () => {
    expect([32, 16, 12, 8, 4, 3, 2, 1].map((max) => prevPow2(1536 / max))).toEqual([
      32, 64, 128, 128, 256, 512, 512, 1024,
    ])
    expect([prevPow2(1536 / 24), prevPow2(1), prevPow2(2 ** 53 - 1)]).toEqual([64, 1, 2 ** 52])
    for (const bad of [0, 0.9, -8, Number.NaN, Infinity]) expect(() => prevPow2(bad)).toThrow(RangeError)
  })
})

describe('PCI addresses', () => {
  it.each([
    ['c1:00.0', 0xc100],
    ['0000:c1:00.4', 0xc104],
    ['00000000:C1:04.3', 0xc123],
    ['abcd:ff:1f.7', 0xabcdffff],
  ])('%s is routing id %i', (text, id) => {
    expect(parseBdf(text)).toBe(id)
  })

  it.each([
    '',
    'c1',
    'c1:00',
    'c1:00.8',
    'c1:20.0',
    '1:00.0',
    '000:c1:00.0',
    '00010000:c1:00.0',
    ' c1:00.0',
    'c1:00.0\n',
  ])('%j is none', (text) => {
    expect(parseBdf(text)).toBeNull()
  })

  it('every routing id is printed in the kernel spelling and read back', () => {
    expect(formatBdf({ domain: 0, bus: 0xc1, device: 0, function: 4 })).toBe('0000:c1:00.4')
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 0xffff_ffff }), (id) => {
        const text = formatRoutingId(id)
        expect(text).toMatch(/^[0-9a-f]{4}:[0-9a-f]{2}:[01][0-9a-f]\.[0-7]$/)
        expect(parseBdf(text)).toBe(id)
        expect(parseBdf(`0000${text.toUpperCase()}`)).toBe(id)
      }),
    )
  })
})

describe('doorbell and handles', () => {
  it('the doorbell value is the golden one and decodes to its gfid alone', () => {
    expect([1, 2, 32].map(doorbellValue)).toEqual([49, 81, 1041])
    expect([49, 81, 1041, 50, 48, 17, 0].map(doorbellGfid)).toEqual([1, 2, 32, null, null, null, null])
  })

  it('client handles are numbered from 0xc1d00000', () => {
    expect([0, 1, 0xffff].map(clientHandle)).toEqual([0xc1d00000, 0xc1d00001, 0xc1d0ffff])
    expect([0xc1d00003, 0xc1d10000, 0xc1cfffff].map(clientId)).toEqual([3, null, null])
    for (const bad of [-1, 0x10000, 0.5]) expect(() => clientHandle(bad)).toThrow(RangeError)
  })

  it('a VFIO region begins at its index times 2^40', () => {
    expect([0, 1, 7].map(regionOffset)).toEqual([0, 0x100_0000_0000, 0x700_0000_0000])
  })
})

describe('CRC-32', () => {
  it.runIf(typeof zlibCrc32 === 'function')('agrees with zlib', () => {
    fc.assert(
      fc.property(fc.uint8Array(), (bytes) => {
        expect(crc32(bytes)).toBe(zlibCrc32(bytes))
      }),
    )
  })

  it('has the check value of the standard, inverted or not', () => {
    const digits = new TextEncoder().encode('123456789')
    expect(crc32(digits)).toBe(0xcbf43926)
    expect(crc32(digits, { xorOut: 0 })).toBe(~0xcbf43926 >>> 0)
  })

  it('can be carried on from a part', () => {
    fc.assert(
      fc.property(fc.uint8Array(), fc.uint8Array(), (a, b) => {
        expect(crc32(b, { init: crc32(a, { xorOut: 0 }) })).toBe(crc32(Uint8Array.of(...a, ...b)))
      }),
    )
  })
})

describe('errors', () => {
  it('an NvError carries its facts as fields', () => {
    const cause = new Error('below')
    const error = new NvError({
      errno: 'ENOSPC',
      code: 'no-channels',
      at: 'nvkm_vgpu_mgr alloc_chids',
      message: 'no run of 128 channels is free',
      hint: 'nvgpu chid map',
      cause,
    })
    expect(error).toBeInstanceOf(Error)
    expect(error).toMatchObject({
      name: 'NvError',
      errno: 'ENOSPC',
      code: 'no-channels',
      at: 'nvkm_vgpu_mgr alloc_chids',
      message: 'no run of 128 channels is free',
      hint: 'nvgpu chid map',
      object: undefined,
      cause,
    })
    expect(REFUSALS[error.code].status).toBe(5)
  })

  it('every refusal has a status of its kind and two whole sentences', () => {
    const codesOf = (status: number) =>
      Object.entries(REFUSALS)
        .filter(([, refusal]) => refusal.status === status)
        .map(([code]) => code)
        .sort()
    expect(Object.fromEntries([1, 2, 3, 4, 5, 6, 7, 8].map((status) => [status, codesOf(status)]))).toEqual({
      1: [
        'callout-refused',
        'disk-full',
        'firmware-refusal',
        'io-error',
        'network-filesystem',
        'no-device',
        'not-running',
        'outcome-unknown',
        'timeout',
        'unsupported',
      ],
      2: ['ambiguous', 'invalid-argument', 'invalid-file', 'syntax'],
      3: ['not-found'],
      4: ['busy', 'conflict', 'contention', 'ecc-unsupported', 'exists', 'type-mismatch', 'wrong-state'],
      5: [
        'max-instances',
        'no-bar1',
        'no-channels',
        'no-framebuffer',
        'no-instance',
        'no-vf',
        'numvfs-range',
        'profile-limit',
        'vf-limit',
      ],
      6: ['differs'],
      7: ['permission'],
      8: ['corrupt', 'newer-schema'],
    })
    for (const { meaning, fix } of Object.values(REFUSALS)) {
      expect(meaning).toMatch(/^[A-Z].*\.$/)
      expect(fix).toMatch(/^[A-Z].*\.$/)
    }
    expect(isRefusalCode('busy')).toBe(true)
    expect(isRefusalCode('toString')).toBe(false)
  })

  it('error numbers are those of Linux, each used once and explained', () => {
    expect(ERRNO).toMatchObject({
      EPERM: 1,
      ENOENT: 2,
      EIO: 5,
      EAGAIN: 11,
      ENOMEM: 12,
      EFAULT: 14,
      EBUSY: 16,
      EEXIST: 17,
      ENODEV: 19,
      EINVAL: 22,
      ENOTTY: 25,
      ENOSPC: 28,
      ERANGE: 34,
      ETIMEDOUT: 110,
    })
    expect(new Set(Object.values(ERRNO)).size).toBe(Object.keys(ERRNO).length)
    expect(Object.keys(ERRNO_MEANING)).toEqual(Object.keys(ERRNO))
    expect(isErrnoName('ENOSPC')).toBe(true)
    expect(isErrnoName('constructor')).toBe(false)
  })

  it('agree with the numbers Node knows', async () => {
    const { constants } = await import('node:os')
    const known: Record<string, number> = constants.errno
    for (const [name, number] of Object.entries(ERRNO)) if (name in known) expect(number, name).toBe(known[name])
    expect(known.EDQUOT).toBe(ERRNO.EDQUOT)
  })

  it('a table of names refuses two names for one number', () => {
    expect(() => namesOf({ A: 1, B: 1 })()).toThrow('B and A are both 1')
  })
})
