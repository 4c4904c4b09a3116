import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { dirtyModel } from '../../src/engine/migration/dirty.ts'
import { newHost } from '../../src/engine/new-host.ts'
import { departVgpu } from '../../src/engine/verbs/migrate.ts'
import { boundHost } from '../engine/bound-host.ts'

const UUID = '11111111-2222-4333-8444-555555555555'
const GB = 1e9

function running(uuid = UUID) {
  const state = newHost()
  const host = boundHost(state)
  host.enableVfs({ count: 1 })
  host.createVgpu({ type: 'L40-8Q', uuid, start: true })
  const fbLength = host.vgpuViewOf(uuid).framebuffer?.size ?? 0
  return { state, fbLength }
}

describe('what a guest dirties while it is copied', () => {
  it('follows from its UUID and the time alone, grows with the time, and stays within its working set', () => {
    fc.assert(
      fc.property(fc.uuid(), fc.nat(1e8), fc.nat(2e7), fc.nat(2e7), (uuid, from, a, b) => {
        const model = dirtyModel(uuid, 8 * GB)
        const short = model.dirtied(from, from + Math.min(a, b))
        const long = model.dirtied(from, from + Math.max(a, b))
        expect(dirtyModel(uuid, 8 * GB).dirtied(from, from + Math.min(a, b))).toBe(short)
        expect(short).toBeLessThanOrEqual(long)
        expect(long).toBeLessThanOrEqual(model.workingSet)
        expect(short % 4096).toBe(0)
        expect(model.workingSet).toBeGreaterThan(0.05 * 8 * GB)
        expect(model.workingSet).toBeLessThan(0.26 * 8 * GB)
      }),
    )
    expect(dirtyModel(UUID, 8 * GB).dirtied(5, 5)).toBe(0)
  })
})

describe('the passes of a copy', () => {
  it('are one without pre-copy: the whole framebuffer while the guest stands', () => {
    const { state, fbLength } = running()
    const left = departVgpu(state, { id: 'm', selector: UUID, peer: '/b', copy: { bandwidth: GB } })
    expect(left.rounds).toEqual([])
    expect(left.stopCopy).toEqual({ bytes: fbLength, durationUs: Math.ceil(fbLength / 1000) })
    expect(left.stoppedUs).toBeGreaterThanOrEqual(left.stopCopy.durationUs)
    expect(left.totalUs).toBe(left.stoppedUs)
  })

  it('get smaller with pre-copy until the rest fits the downtime limit', () => {
    const { state, fbLength } = running()
    const downtimeLimit = 20_000
    const left = departVgpu(state, {
      id: 'm',
      selector: UUID,
      peer: '/b',
      copy: { precopy: true, bandwidth: 3 * GB, downtimeLimit },
    })
    expect(left.converged).toBe(true)
    expect(left.rounds[0]?.bytes).toBe(fbLength)
    expect(left.rounds.length).toBeGreaterThan(1)
    expect(left.stopCopy.durationUs).toBeLessThanOrEqual(downtimeLimit + 1)
    for (const { bytes, durationUs } of left.rounds) expect(durationUs).toBe(Math.ceil((bytes * 1e6) / (3 * GB)))
    expect(left.stoppedUs).toBeLessThan(left.totalUs / 10)
  })

  it('end at the round limit when the guest writes faster than the wire carries', () => {
    const { state } = running()
    const left = departVgpu(state, {
      id: 'm',
      selector: UUID,
      peer: '/b',
      copy: { precopy: true, bandwidth: GB / 10, downtimeLimit: 1000, maxRounds: 5 },
      dirtyRate: GB,
    })
    expect(left).toMatchObject({ converged: false })
    expect(left.rounds).toHaveLength(5)
    expect(left.stopCopy.durationUs).toBeGreaterThan(1000)
  })

  it('of a paused guest need no rounds', () => {
    const { state } = running()
    boundHost(state).suspendVgpus({ selectors: [UUID] })
    const left = departVgpu(state, { id: 'm', selector: UUID, peer: '/b', copy: { precopy: true } })
    expect(left.rounds).toEqual([])
  })
})
