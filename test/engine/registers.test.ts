import { describe, expect, it } from 'vitest'
import { GiB, MiB } from '../../src/abi/align.ts'
import { type Board, findBoard } from '../../src/catalog/boards.ts'
import { ConfigSpace } from '../../src/engine/hw/config-space.ts'
import { CopyEngine } from '../../src/engine/hw/copy-engine.ts'
import { Framebuffer } from '../../src/engine/hw/framebuffer.ts'
import { findCapability } from '../../src/engine/hw/pci-caps.ts'
import { barAddresses, pfConfig, pfRoutingId } from '../../src/engine/hw/pf.ts'
import { iovResources, pfResources, vfResources } from '../../src/engine/hw/resources.ts'
import { portAddress, portConfig } from '../../src/engine/hw/root-port.ts'
import { vfConfig } from '../../src/engine/hw/vf.ts'
import { VfRegisters } from '../../src/engine/hw/vf-registers.ts'
import { wprHeapSize } from '../../src/engine/nvkm/fb-layout.ts'
import { findAt, giveBack, take } from '../../src/engine/nvkm/ranges.ts'
import type { Pool } from '../../src/engine/state.ts'

function board(name: string): Board {
  const found = findBoard(name)
  if (!found) throw new Error(`no ${name}`)
  return found
}
const space = (sparse: string) => new ConfigSpace(sparse, () => {})
const pf = (name = 'L40') => space(pfConfig(board(name), 0))

const PF_REGISTERS: readonly (readonly [what: string, offset: number, width: 2 | 4, value: number])[] = [
  ['vendor and device', 0x00, 4, 0x26b510de],
  ['command: memory, master', 0x04, 2, 0x0006],
  ['status: capability list', 0x06, 2, 0x0010],
  ['revision and class 3D controller', 0x08, 4, 0x030200a1],
  ['BAR0 below 4 GiB', 0x10, 4, 0x80000000],
  ['BAR1, 64 bits, prefetchable', 0x14, 4, 0x0000000c],
  ['BAR1, upper half', 0x18, 4, 0x00002000],
  ['BAR3, 64 bits, prefetchable', 0x1c, 4, 0x0000000c],
  ['BAR3, upper half', 0x20, 4, 0x00002020],
  ['subsystem', 0x2c, 4, 0x169d10de],
  ['first capability', 0x34, 2, 0x40],
  ['power management, then 0x60', 0x40, 2, 0x6001],
  ['power management version 3', 0x42, 2, 0x0003],
  ['no soft reset', 0x44, 2, 0x0008],
  ['PCI Express, then 0xb0', 0x60, 2, 0xb010],
  ['version 2 endpoint', 0x62, 2, 0x0002],
  ['extended tags, role-based errors, FLR', 0x64, 4, 0x10008020],
  ['link of 16 lanes at 16 GT/s, L1', 0x6c, 4, 0x00000904],
  ['link status', 0x72, 2, 0x1104],
  ['link speeds 1 to 4', 0x8c, 4, 0x0000001e],
  ['target speed 4', 0x90, 2, 0x0004],
  ['MSI-X, the last one', 0xb0, 2, 0x0011],
  ['six vectors', 0xb2, 2, 0x0005],
  ['MSI-X table in BAR0', 0xb4, 4, 0x00b90000],
  ['pending bits in BAR0', 0xb8, 4, 0x00ba0000],
  ['ARI, then 0xbcc', 0x100, 4, 0xbcc1000e],
  ['SR-IOV, the last one', 0xbcc, 4, 0x00010010],
  ['ARI capable hierarchy', 0xbd0, 4, 0x00000002],
  ['SR-IOV control: ARI alone', 0xbd4, 2, 0x0010],
  ['initial VFs', 0xbd8, 2, 32],
  ['total VFs', 0xbda, 2, 32],
  ['no VF yet', 0xbdc, 2, 0],
  ['first VF offset', 0xbe0, 2, 4],
  ['VF stride', 0xbe2, 2, 1],
  ['VF device', 0xbe6, 2, 0x26b5],
  ['page sizes', 0xbe8, 4, 0x553],
  ['page size of 4 KiB', 0xbec, 4, 1],
  ['VF BAR0', 0xbf0, 4, 0x81000000],
  ['VF BAR1', 0xbf4, 4, 0x0000000c],
  ['VF BAR1, upper half', 0xbf8, 4, 0x00002010],
  ['VF BAR3', 0xbfc, 4, 0x4000000c],
  ['VF BAR3, upper half', 0xc00, 4, 0x00002020],
]

describe('J 3: the configuration space of a PF, register by register', () => {
  it.each(PF_REGISTERS)('%s', (_what, offset, width, value) => {
    expect(pf().read(offset, width)).toBe(value)
  })

  it('holds nothing else', () => {
    const { bytes } = pf()
    for (const [, offset, width] of PF_REGISTERS) bytes.fill(0, offset, offset + width)
    expect(bytes).toEqual(new Uint8Array(4096))
  })

  it('has a link of 32 GT/s on Hopper, and no SR-IOV on a board without', () => {
    const hopper = pf('H100-PCIe-80GB')
    expect([hopper.read32(0x6c), hopper.read16(0x72), hopper.read32(0x8c), hopper.read16(0x90)]).toEqual([
      0x905, 0x1105, 0x3e, 5,
    ])
    const plain = space(pfConfig({ ...board('L40'), sriov: null }, 0))
    expect([plain.read32(0x100), plain.read32(0xbcc)]).toEqual([0, 0])
  })
})

describe('J 3: the configuration space of a VF', () => {
  it.each<[string, number, 2 | 4, number]>([
    ['vendor and device read as ones', 0x00, 4, 0xffffffff],
    ['status: capability list', 0x06, 2, 0x0010],
    ['revision and class', 0x08, 4, 0x030200a1],
    ['subsystem', 0x2c, 4, 0x169d10de],
    ['first capability', 0x34, 2, 0x40],
    ['PCI Express, then 0x7c', 0x40, 2, 0x7c10],
    ['link capabilities of the PF', 0x4c, 4, 0x00000904],
    ['link speeds of the PF', 0x6c, 4, 0x0000001e],
    ['MSI-X, the last one', 0x7c, 2, 0x0011],
    ['six vectors', 0x7e, 2, 5],
    ['MSI-X table', 0x80, 4, 0x30000],
    ['pending bits', 0x84, 4, 0x31000],
  ])('%s', (_what, offset, width, value) => {
    expect(space(vfConfig(pf())).read(offset, width)).toBe(value)
  })
})

describe('J 3: addresses and windows', () => {
  it('63 GPUs share a domain, and each has windows of its own', () => {
    expect([0, 1, 62, 63].map(pfRoutingId)).toEqual([0xc100, 0xc200, 0xff00, 0x1c100])
    const l40 = board('L40')
    expect(barAddresses(1, l40)).toEqual({
      bar0: 0x82000000,
      vfBar0: 0x83000000,
      bar1: 0x204000000000,
      vfBar1: 0x205000000000,
      bar3: 0x206000000000,
      vfBar3: 0x206040000000,
    })
    // the low windows begin anew in each domain
    expect(barAddresses(63, l40).bar0).toBe(0x80000000)
    expect(barAddresses(63, l40).bar1).toBe(0x200000000000 + 63 * 4 * 64 * GiB)
    const large = { pfBar1Size: 128 * GiB, sriov: null }
    expect(barAddresses(0, large).vfBar1 - barAddresses(0, large).bar1).toBe(128 * GiB)
    const many = { pfBar1Size: 64 * GiB, sriov: { ...l40.sriov, totalVfs: 32, vfBar1Size: 8 * GiB } as Board['sriov'] }
    expect(barAddresses(0, many).vfBar1 - barAddresses(0, many).bar1).toBe(256 * GiB)
  })

  it('a VF has its share of the windows of all VFs', () => {
    const l40 = board('L40')
    const whole = iovResources(pf(), l40)
    const { sriov } = l40
    if (!sriov) throw new Error('no SR-IOV')
    for (const index of [0, 1, 31]) {
      const own = vfResources(pf(), l40, index)
      expect(own.map(({ size }) => size)).toEqual([sriov.vfBar0Size, sriov.vfBar1Size, 0, sriov.vfBar3Size, 0, 0])
      for (const [bar, { start, size, flags }] of own.entries()) {
        if (size === 0) continue
        expect([start, flags]).toEqual([(whole[bar]?.start ?? 0) + index * size, whole[bar]?.flags])
      }
    }
    expect(pfResources(pf(), l40).map(({ flags }) => flags)).toEqual([0x40200, 0x14220c, 0, 0x14220c, 0, 0])
    expect(iovResources(pf(), { ...l40, sriov: null }).every(({ size }) => size === 0)).toBe(true)
  })

  it('a list of capabilities that is a loop ends, and one without the status bit is not read', () => {
    const config = pf()
    expect(findCapability(config, 0x11)).toBe(0xb0)
    config.write8(0xb1, 0x40)
    expect(findCapability(config, 0x77)).toBe(0)
    config.write16(0x06, 0)
    expect(findCapability(config, 0x11)).toBe(0)
  })
})

describe('J 3: the root port', () => {
  it.each<[string, number, 1 | 2 | 4, number]>([
    ['vendor and device', 0x00, 4, 0x14831022],
    ['command: memory, master', 0x04, 2, 0x0006],
    ['status: capability list', 0x06, 2, 0x0010],
    ['class PCI bridge', 0x08, 4, 0x06040000],
    ['header of a bridge with several functions', 0x0e, 1, 0x81],
    ['primary, secondary, subordinate bus', 0x18, 4, 0x00c1c1c0],
    ['no I/O window', 0x1c, 2, 0x00f0],
    ['memory window, base', 0x20, 2, 0x8000],
    ['memory window, limit', 0x22, 2, 0x8170],
    ['prefetchable window, base, 64 bits', 0x24, 2, 0x0001],
    ['prefetchable base, upper half', 0x28, 4, 0x2000],
    ['first capability', 0x34, 1, 0x50],
    ['power management, then 0x58', 0x50, 2, 0x5801],
    ['power management version 3', 0x52, 2, 0x0003],
    ['no soft reset', 0x54, 2, 0x0008],
    ['PCI Express, the last one', 0x58, 2, 0x0010],
    ['link capabilities of the PF', 0x64, 4, 0x00000904],
    ['link status of the PF', 0x6a, 2, 0x1104],
    ['link speeds of the PF', 0x84, 4, 0x0000001e],
    ['target speed of the PF', 0x88, 2, 4],
    ['512 bytes, extended tags, role-based errors', 0x5c, 4, 0x8022],
    ['ARI forwarding is supported', 0x7c, 4, 0x20],
    ['ARI forwarding is on', 0x80, 2, 0x20],
    ['ACS', 0x100, 4, 0x0001000d],
    ['ACS capabilities', 0x104, 2, 0x1d],
    ['ACS control', 0x106, 2, 0x1d],
  ])('%s', (_what, offset, width, value) => {
    expect(portConfig(pf(), '0000:c1:00.0', board('L40')).read(offset, width)).toBe(value)
  })

  it('has no ARI forwarding above a GPU without VFs', () => {
    const l40 = { ...board('L40'), sriov: null }
    const config = portConfig(space(pfConfig(l40, 0)), '0000:c1:00.0', l40)
    expect(config.read16(0x80)).toBe(0)
  })

  it('is a function of c0:01 and the devices behind it', () => {
    expect(['0000:c1:00.0', '0000:c8:00.0', '0000:c9:00.0', '0001:ff:00.0'].map(portAddress)).toEqual([
      '0000:c0:01.0',
      '0000:c0:01.7',
      '0000:c0:02.0',
      '0001:c0:08.6',
    ])
  })
})

describe('J 3: small parts', () => {
  it('a VF’s registers are read and written by byte, half word and word', () => {
    const stored: Record<string, number> = {}
    const regs = new VfRegisters(stored)
    regs.write(0x10, 4, 0x89abcdef)
    expect([regs.read(0x10, 4), regs.read(0x10, 1), regs.read(0x12, 2), regs.read(0x13, 1)]).toEqual([
      0x89abcdef, 0xef, 0x89ab, 0x89,
    ])
    regs.write(0x11, 1, 0xff12)
    expect(regs.read(0x10, 4)).toBe(0x89ab12ef)
    regs.write(0x12, 2, 0)
    expect([regs.read(0x10, 4), regs.read(0x14, 4)]).toEqual([0x12ef, 0])
    regs.write(0x10, 4, 0)
    expect(Object.keys(stored)).toEqual([])
  })

  it('the copy engine clears its lines and no byte more, and releases the semaphore', () => {
    const fb = new Framebuffer({ size: 64, pages: {} })
    fb.write(0, new Uint8Array(64).fill(7))
    const engine = new CopyEngine(fb)
    let interrupts = 0
    engine.onNonstall = () => {
      interrupts += 1
    }
    const semaphore = new DataView(new ArrayBuffer(8))
    engine.submit({ addr: 8, lineLength: 8, lineCount: 3, semaphore, payload: 0x1234 })
    expect([...fb.read(0, 64)].map((byte, at) => byte === (at >= 8 && at < 32 ? 0 : 7))).not.toContain(false)
    expect([semaphore.getUint32(0, true), semaphore.getUint32(4, true), interrupts]).toEqual([0x1234, 0, 1])
  })

  it('a range is given back as it was taken, and only from its own start', () => {
    const pool: Pool = { base: 0, size: 100, used: [] }
    const ranges = [10, 20, 30].map((offset) => ({ offset, size: 5, owner: `at ${offset}` }))
    for (const range of ranges) take(pool, range)
    expect(giveBack(pool, 22)).toBeNull()
    expect([giveBack(pool, 20), giveBack(pool, 10)]).toEqual([ranges[1], ranges[0]])
    expect(pool.used).toEqual([ranges[2]])
    expect([findAt(pool, 5, 25), findAt(pool, 6, 25), findAt(pool, 5, 35), findAt(pool, 65, 35)]).toEqual([
      25,
      null,
      35,
      35,
    ])
    expect([findAt(pool, 4, 8, 8), findAt(pool, 4, 9, 8)]).toEqual([8, null])
  })

  it.each([
    [24, 127],
    [32, 127],
    [33, 128],
    [48, 129],
    [64, 130],
  ])('the heap of a GPU with %d GiB and no vGPU has %d MiB', (gib, mib) => {
    // 20 + 8 MiB, 96 KiB for each GiB, 48 KiB for each of 2048 channels
    expect(wprHeapSize(gib * GiB, null)).toBe(mib * MiB)
    expect(wprHeapSize(gib * GiB - 1, null)).toBe(mib * MiB)
    expect(wprHeapSize(gib * GiB, 256 * MiB)).toBe(256 * MiB)
  })
})
