import { describe, expect, it } from 'vitest'
import { Framebuffer } from '../../src/engine/hw/framebuffer.ts'
import type { HostState } from '../../src/engine/state.ts'
import { boundHost } from '../engine/bound-host.ts'
import { type Dir, locate, TwoHosts, UUID, violations } from './two-hosts.ts'

const PAGES = 560

/** All that a guest could tell apart, and what its host knows of it. */
function guest(state: HostState) {
  const { gpu, vf } = locate(state, UUID)
  const vgpu = gpu.mgr?.vgpus[vf.index]
  const { addr = 0, size = 0 } = vgpu?.fb ?? {}
  const memory = new Framebuffer(gpu.hw.fb)
  const plugin = gpu.gsp.plugins[vf.index + 1]
  return {
    pages: memory
      .pages(addr, size)
      .map((page) => [page * 4096 - addr, Buffer.from(memory.read(page * 4096, 4096)).toString('base64')]),
    config: vf.vconfig,
    hardware: vf.config,
    registers: vf.regs,
    opened: vf.opened && { ...vf.opened, pid: 0 },
    name: vf.name,
    plugin: plugin && [plugin.uuid, plugin.vgpuType, plugin.busMaster, plugin.encoderCapacity],
    // in the time of its host: see the test below
    driver: plugin?.guest && { ...plugin.guest, since: null },
    version: vgpu?.version,
    channels: vgpu?.chid?.num,
  }
}

describe('a guest that goes to another host and comes back', () => {
  it.each([false, true])('is the same guest on both, byte for byte (pre-copy %s)', (precopy) => {
    const hosts = TwoHosts.provisioned()
    const pages = Uint8Array.from({ length: PAGES * 4096 }, (_, i) =>
      i % 4096 === 5 ? 0 : (i * 13 + (i >> 12)) & 0xff,
    )
    hosts.writeGuest('/a', UUID, 0x40_0000, pages)
    hosts.side('/a').change((state) => {
      const host = boundHost(state)
      const { vf } = locate(state, UUID)
      // what a guest driver does when it comes up: bus mastering, BARs, MSI-X, a register or two
      const write = (region: number, offset: number, size: 1 | 2 | 4, value: number) =>
        host.writeVfio({ vf: vf.bdf, region, offset, size, value })
      write(7, 4, 2, 6)
      write(7, 0x14, 4, 0xe000_0000)
      write(7, 0x7e, 2, 0x8005)
      write(0, 0x140, 4, 0xdead_beef)
      write(0, 0x2_0000, 4, 77)
    })
    const before = guest(hosts.state('/a'))
    expect(before.registers).toEqual({ '140': 0xdead_beef, '20000': 77 })
    expect(before.pages).toHaveLength(PAGES)
    const ways: [Dir, Dir][] = [
      ['/a', '/b'],
      ['/b', '/a'],
    ]
    for (const [from, to] of ways) {
      const { streamBytes } = hosts.migrate(from, to, { copy: { precopy } })
      expect(streamBytes).toBeGreaterThan(PAGES * 4096)
      expect(guest(hosts.state(to))).toEqual(before)
      expect(violations(hosts.state(from))).toEqual([])
      expect(violations(hosts.state(to))).toEqual([])
    }
  })

  it('counts the time without a licence on, even on a host that is younger than it', () => {
    const hosts = TwoHosts.provisioned()
    const dayUs = 24 * 60 * 60_000_000
    hosts.side('/a').change((state) => {
      state.now += dayUs
    })
    const time = (dir: Dir) => {
      const { now } = hosts.state(dir)
      const { gpu, vf } = locate(hosts.state(dir), UUID)
      return now - (gpu.gsp.plugins[vf.index + 1]?.guest?.since ?? now)
    }
    const limit = (dir: Dir) => boundHost(hosts.state(dir)).vgpuViewOf(UUID).frameRateLimit
    expect(limit('/a')).toBe(3)
    let ran = time('/a')
    for (const [from, to] of [
      ['/a', '/b'],
      ['/b', '/a'],
    ] as const) {
      const { totalUs } = hosts.migrate(from, to)
      expect(time(to)).toBeGreaterThanOrEqual(ran)
      expect(time(to)).toBeLessThanOrEqual(ran + totalUs)
      expect(limit(to)).toBe(3)
      ran = time(to)
    }
    expect(ran).toBeGreaterThanOrEqual(dayUs)
  })

  it('stays paused when it was', () => {
    const hosts = TwoHosts.provisioned()
    hosts.side('/a').change((state) => boundHost(state).suspendVgpus({ selectors: [UUID] }))
    expect(hosts.migrate('/a', '/b').state).toBe('paused')
    hosts.side('/b').change((state) => boundHost(state).resumeVgpus({ selectors: [UUID] }))
    expect(hosts.migrate('/b', '/a').state).toBe('running')
  })
})
