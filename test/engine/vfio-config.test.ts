import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ConfigSpace } from '../../src/engine/hw/config-space.ts'
import { klogLines } from '../../src/engine/klog.ts'
import type { VfState } from '../../src/engine/state.ts'
import { pieces } from '../../src/engine/vfio/access.ts'
import { opened } from './opened.ts'

const CONFIG = 7

/** The open device of a type-869 vGPU, with access by register values. */
function device() {
  const made = opened()
  const { file, vf } = made
  return {
    ...made,
    read: (offset: number, size: number) => value(file().read(CONFIG, offset, size)),
    write: (offset: number, size: number, to: number) => file().write(CONFIG, offset, bytes(to, size)),
    /** Sets a hardware register without the driver. */
    hardware: (offset: number, size: number, to: number) => edit(vf, (config) => config.write(offset, size, to)),
    hardwareAt: (offset: number, size: number) => new ConfigSpace(vf.config, () => {}).read(offset, size),
  }
}

function edit(vf: VfState, act: (config: ConfigSpace) => void): void {
  const config = new ConfigSpace(vf.config, (sparse) => {
    vf.config = sparse
  })
  act(config)
  config.save()
}

function value(from: Uint8Array): number {
  return from.reduceRight((sum, byte) => sum * 256 + byte, 0)
}

function bytes(to: number, size: number): Uint8Array {
  return Uint8Array.from({ length: size }, (_, i) => Math.floor(to / 256 ** i) % 256)
}

describe('the virtual configuration space', () => {
  it('begins with the golden 64 bytes for type 869, and is zero behind but for the MSI-X capability', () => {
    const all = device().file().read(CONFIG, 0, 4096)
    const golden = new Uint8Array(64)
    golden.set([0xde, 0x10, 0xb5, 0x26, 0, 0, 0x10, 0, 0xa1, 0, 0, 3], 0)
    golden.set([0xc], 0x14)
    golden.set([0xc], 0x1c)
    golden.set([0xde, 0x10, 0x6d, 0x17], 0x2c)
    golden.set([0x7c], 0x34)
    expect(all.subarray(0, 64)).toEqual(golden)
    expect([...all].flatMap((byte, at) => (byte !== 0 && at >= 64 ? [at] : []))).toEqual([0x7c, 0x7e, 0x82, 0x85, 0x86])
  })

  it('sizes a BAR1 of 256 MiB by the classic test', () => {
    const { read, write } = device()
    write(0x14, 4, 0xffffffff)
    write(0x18, 4, 0xffffffff)
    expect([read(0x14, 4), read(0x18, 4)]).toEqual([0xf000000c, 0xffffffff])
  })

  it.each<[string, number, number, number]>([
    ['BAR0 of 256 KiB', 0x10, 0xffffffff, 0xfffc0000],
    ['BAR0 with flag bits written', 0x10, 0x8123456f, 0x81200000],
    ['BAR1 low', 0x14, 0x12345678, 0x1000000c],
    ['BAR1 low, zero', 0x14, 0, 0xc],
    ['BAR1 high', 0x18, 0x00002010, 0x2010],
    ['BAR3 of 32 MiB, low', 0x1c, 0xffffffff, 0xfe00000c],
    ['BAR3 low, an address', 0x1c, 0x43ff0000, 0x4200000c],
    ['BAR3 high', 0x20, 0xffffffff, 0xffffffff],
  ])('masks a write of %s', (_what, offset, to, reads) => {
    const { read, write } = device()
    write(offset, 4, to)
    expect(read(offset, 4)).toBe(reads >>> 0)
  })

  it('keeps the flag bits of BAR0, whatever they are', () => {
    const { vf, read, write } = device()
    const config = new ConfigSpace(vf.vconfig, (sparse) => {
      vf.vconfig = sparse
    })
    config.write32(0x10, 0x4)
    config.save()
    write(0x10, 4, 0x80000003)
    expect(read(0x10, 4)).toBe(0x80000004)
  })

  it('takes the length of BAR1 from the type and of BAR3 from the hardware', () => {
    const { file, gpu, vf } = opened('v2', '907')
    file().write(CONFIG, 0x14, bytes(0xffffffff, 4))
    const type = gpu.gsp.types.find((known) => known.vgpuType === vf.vgpuType)
    expect(type).toBeDefined()
    const info = file().regionInfo(1)
    expect(value(file().read(CONFIG, 0x14, 4))).toBe((((2 ** 32 - info.size) & 0xfffffff0) | 0xc) >>> 0)
  })

  it.each([
    [0x10, 1],
    [0x10, 2],
    [0x12, 2],
    [0x17, 1],
    [0x20, 2],
    [0x23, 1],
  ])('refuses a BAR write at 0x%s of %i bytes with EINVAL', (offset, size) => {
    const { write, read } = device()
    const before = read(offset & ~3, 4)
    expect(() => write(offset, size, 0)).toThrow(expect.objectContaining({ errno: 'EINVAL' }))
    expect(read(offset & ~3, 4)).toBe(before)
  })

  it.each<[string, number, number]>([
    ['vendor id', 0x00, 2],
    ['vendor and device id', 0x00, 4],
    ['device id', 0x02, 2],
    ['command, second byte', 0x05, 1],
    ['status, second byte', 0x07, 1],
    ['revision and class', 0x08, 4],
    ['cache line size', 0x0c, 1],
    ['BAR5', 0x24, 4],
    ['subsystem', 0x2c, 4],
    ['ROM BAR', 0x30, 4],
    ['capability pointer', 0x34, 1],
    ['interrupt line', 0x3c, 1],
    ['interrupt pin', 0x3d, 1],
    ['what is behind the MSI-X capability', 0x88, 4],
    ['extended configuration space', 0x100, 4],
    ['the last word', 0xffc, 4],
  ])('drops a write of the %s', (_what, offset, size) => {
    const { write, vf } = device()
    const before = [vf.vconfig, vf.config]
    write(offset, size, 2 ** (8 * size) - 1)
    expect([vf.vconfig, vf.config]).toEqual(before)
  })

  it('stores what is written to the command register and never shows it to the hardware', () => {
    for (const size of [1, 2, 4]) {
      const { write, read, hardwareAt } = device()
      const before = hardwareAt(4, 2)
      write(4, size, 0x07)
      expect([read(4, 2) & 0xff, hardwareAt(4, 2)]).toEqual([0x07, before])
    }
  })

  it('sends the upper half of four bytes at 4, and what is written to 6, to the hardware status only', () => {
    const { write, vf, hardware, hardwareAt } = device()
    hardware(6, 2, 0xf910)
    const stored = vf.vconfig
    write(6, 2, 0x1000)
    expect(hardwareAt(6, 2)).toBe(0xe910)
    write(4, 4, 0x2000_0000)
    expect(hardwareAt(6, 2)).toBe(0xc910)
    write(6, 1, 0xff)
    expect(hardwareAt(6, 2)).toBe(0xc910)
    expect(vf.vconfig).toBe(stored)
  })

  it('adds error reporting of the hardware command to a read of two bytes at 4, and the status half to four', () => {
    const { hardware, write, read } = device()
    hardware(4, 2, 0x0547)
    hardware(6, 2, 0x8010)
    write(4, 2, 0x0002)
    expect(read(4, 2)).toBe(0x0142)
    expect(read(4, 4)).toBe(0x8010_0142)
    expect(read(6, 2)).toBe(0x8010)
    expect(read(6, 1)).toBe(0x10)
    expect(read(5, 1)).toBe(0)
    expect(read(7, 1)).toBe(0)
  })

  it('warns of a read of one byte at 4 and adds the whole hardware byte', () => {
    const { hardware, write, read, gpu } = device()
    hardware(4, 2, 0x0046)
    write(4, 2, 0x0001)
    expect(read(4, 1)).toBe(0x47)
    expect(klogLines(gpu.klog).at(-1)).toMatchObject({ level: 'warn', text: '0000:c1:00.4: Not supported access len' })
  })

  it('passes the twelve bytes of MSI-X through to the hardware, both ways', () => {
    const { hardware, read, write, hardwareAt, vf } = device()
    expect(read(0x7c, 4)).toBe(0x0005_0011)
    expect([read(0x80, 4), read(0x84, 4)]).toEqual([0x30000, 0x31000])
    const stored = vf.vconfig
    write(0x7e, 2, 0xc000)
    expect([read(0x7e, 2), hardwareAt(0x7e, 2), vf.vconfig]).toEqual([0xc005, 0xc005, stored])
    write(0x7c, 4, 0x8000_ffff)
    expect(read(0x7c, 4)).toBe(0x8005_0011)
    write(0x80, 4, 0xffffffff)
    expect(read(0x80, 4)).toBe(0x30000)
    hardware(0x84, 4, 0x41000)
    expect(read(0x84, 4)).toBe(0x41000)
    hardware(0x88, 4, 0x1234)
    expect(read(0x88, 4)).toBe(0)
  })

  it('ends at 4096: EINVAL beyond, and a piece that ends there is the last', () => {
    const { file, read } = device()
    expect(read(4095, 1)).toBe(0)
    for (const [offset, size] of [
      [4096, 1],
      [4095, 2],
      [4094, 4],
      [5000, 4],
    ] as const) {
      expect(() => file().read(CONFIG, offset, size)).toThrow(expect.objectContaining({ errno: 'EINVAL' }))
      expect(() => file().write(CONFIG, offset, new Uint8Array(size))).toThrow(
        expect.objectContaining({ errno: 'EINVAL' }),
      )
    }
  })

  it('an error after some pieces is the answer; the pieces before it were written', () => {
    const { file, read } = device()
    expect(() => file().write(CONFIG, 0x1c, Uint8Array.of(0, 0, 0, 0xfe, 0, 0))).toThrow(
      expect.objectContaining({ errno: 'EINVAL' }),
    )
    expect([read(0x1c, 4), read(0x20, 4)]).toEqual([0xfe00000c, 0])
  })

  it('whatever a guest writes, it can change nothing but command, BARs and MSI-X', () => {
    fc.assert(
      fc.property(
        fc.array(fc.record({ offset: fc.integer({ min: 0, max: 4095 }), data: fc.uint8Array({ maxLength: 8 }) })),
        (writes) => {
          const { file } = device()
          const before = file().read(CONFIG, 0, 4096)
          for (const { offset, data } of writes) {
            try {
              file().write(CONFIG, offset, data)
            } catch (error) {
              expect(error).toMatchObject({ errno: 'EINVAL' })
            }
          }
          const after = file().read(CONFIG, 0, 4096)
          const changed = [...after].flatMap((byte, at) => (byte === before[at] ? [] : [at]))
          const allowed = (at: number) => at === 4 || at === 5 || (at >= 0x10 && at < 0x24) || at === 0x7f
          expect(changed.filter((at) => !allowed(at))).toEqual([])
        },
      ),
      { numRuns: 40 },
    )
  })
})

describe('an access of any length', () => {
  it.each<[number, number, [number, number][]]>([
    [0, 4, [[0, 4]]],
    [0, 0, []],
    [
      1,
      4,
      [
        [1, 1],
        [2, 2],
        [4, 1],
      ],
    ],
    [
      2,
      4,
      [
        [2, 2],
        [4, 2],
      ],
    ],
    [
      3,
      6,
      [
        [3, 1],
        [4, 4],
        [8, 1],
      ],
    ],
    [
      0,
      7,
      [
        [0, 4],
        [4, 2],
        [6, 1],
      ],
    ],
    [6, 2, [[6, 2]]],
  ])('at %i of %i bytes is cut into aligned pieces', (offset, length, expected) => {
    expect([...pieces(offset, length)].map((piece) => [piece.offset, piece.length])).toEqual(expected)
  })

  it('is covered by its pieces without gap, each naturally aligned', () => {
    fc.assert(
      fc.property(fc.nat(5000), fc.nat(64), (offset, length) => {
        let at = offset
        for (const piece of pieces(offset, length)) {
          expect(piece.offset).toBe(at)
          expect([1, 2, 4]).toContain(piece.length)
          expect(piece.offset % piece.length).toBe(0)
          at += piece.length
        }
        expect(at).toBe(offset + length)
      }),
    )
  })
})
