import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Framebuffer, PAGE_SIZE } from '../../src/engine/hw/framebuffer.ts'
import type { HwState } from '../../src/engine/state.ts'

const SIZE = 6 * PAGE_SIZE
const empty = (): HwState['fb'] => ({ size: SIZE, pages: {} })

const span = fc
  .tuple(fc.nat({ max: SIZE - 1 }), fc.nat({ max: 2 * PAGE_SIZE }))
  .map(([at, length]) => ({ at, length: Math.min(length, SIZE - at) }))

const act = fc.oneof(
  fc.record({ do: fc.constant('write' as const), span, seed: fc.integer({ min: 0, max: 255 }) }),
  fc.record({ do: fc.constant('scrub' as const), span }),
  fc.record({ do: fc.constant('word' as const), at: fc.nat({ max: SIZE - 4 }), value: fc.nat({ max: 0xffffffff }) }),
  fc.record({ do: fc.constant('flush' as const) }),
  fc.record({ do: fc.constant('reload' as const) }),
)

describe('the framebuffer', () => {
  it('reads zero where nothing was written, however far up', () => {
    const fb = new Framebuffer({ size: 0xc00000000, pages: {} })
    expect(fb.read(0xbffffff00, 256)).toEqual(new Uint8Array(256))
    expect(fb.read32(0x123456788)).toBe(0)
    expect(fb.isZero(0, 0xc00000000)).toBe(true)
  })

  it('behaves as plain memory under writes, scrubs, words, flushes and reloads', () => {
    fc.assert(
      fc.property(fc.array(act, { maxLength: 30, size: 'max' }), (acts) => {
        const state = empty()
        let fb = new Framebuffer(state)
        const plain = new Uint8Array(SIZE)
        for (const one of acts) {
          if (one.do === 'write') {
            const bytes = Uint8Array.from({ length: one.span.length }, (_, i) => (one.seed + i) % 256)
            fb.write(one.span.at, bytes)
            plain.set(bytes, one.span.at)
          } else if (one.do === 'scrub') {
            fb.scrub(one.span.at, one.span.length)
            plain.fill(0, one.span.at, one.span.at + one.span.length)
          } else if (one.do === 'word') {
            fb.write32(one.at, one.value)
            new DataView(plain.buffer).setUint32(one.at, one.value, true)
            expect(fb.read32(one.at)).toBe(one.value)
          } else {
            fb.flush()
            if (one.do === 'reload') fb = new Framebuffer(state)
          }
        }
        expect(Buffer.compare(fb.read(0, SIZE), plain)).toBe(0)
        fb.flush()
        expect(Buffer.compare(new Framebuffer(state).read(0, SIZE), plain)).toBe(0)
        // pages of zeros take no space
        for (const sparse of Object.values(state.pages)) expect(sparse).not.toBe('')
      }),
      { numRuns: 60 },
    )
  })

  it('reads and writes words across the edge of a page', () => {
    const fb = new Framebuffer(empty())
    for (const at of [PAGE_SIZE - 1, PAGE_SIZE - 2, PAGE_SIZE - 3, PAGE_SIZE - 4, PAGE_SIZE]) {
      fb.write32(at, 0xfedcba98)
      expect(fb.read32(at)).toBe(0xfedcba98)
      expect([...fb.read(at, 4)]).toEqual([0x98, 0xba, 0xdc, 0xfe])
    }
  })

  it('drops pages that lie wholly in a scrubbed range and clears the edges of the others', () => {
    const state = empty()
    const fb = new Framebuffer(state)
    fb.write(0, new Uint8Array(SIZE).fill(7))
    fb.flush()
    fb.scrub(PAGE_SIZE / 2, 3 * PAGE_SIZE)
    fb.flush()
    expect(Object.keys(state.pages).sort()).toEqual(['0', '3', '4', '5'])
    expect(fb.read(PAGE_SIZE / 2 - 1, 2)).toEqual(Uint8Array.of(7, 0))
    expect(fb.read(3.5 * PAGE_SIZE - 1, 2)).toEqual(Uint8Array.of(0, 7))
  })

  it('refuses what lies outside', () => {
    const fb = new Framebuffer(empty())
    for (const [at, length] of [
      [-1, 1],
      [SIZE, 1],
      [SIZE - 3, 4],
    ] as const) {
      expect(() => fb.read(at, length)).toThrow(RangeError)
      expect(() => fb.write(at, new Uint8Array(length))).toThrow(RangeError)
      expect(() => fb.scrub(at, length)).toThrow(RangeError)
    }
    expect(() => fb.read32(SIZE - 3)).toThrow(RangeError)
    expect(() => fb.write32(SIZE - 3, 1)).toThrow(RangeError)
  })
})
