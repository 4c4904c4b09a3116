import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  BEST_EFFORT,
  fromPvmrl,
  LIMITS,
  type Scheduler,
  timeSliceNs,
  toPvmrl,
} from '../../src/engine/load/scheduler.ts'
import { newHost } from '../../src/engine/new-host.ts'
import { fromSparse } from '../../src/engine/sparse.ts'
import { boundHost } from './bound-host.ts'
import { refusal } from './refusal-of.ts'

const UUID = '00000000-0000-4000-8000-000000000001'
const set = (policy: Scheduler['policy'], more: Partial<Scheduler> = {}): Scheduler => ({
  ...BEST_EFFORT,
  policy,
  arr: true,
  ...more,
})

describe('the module option RmPVMRL', () => {
  it.each<[number, Scheduler]>([
    [0x00, BEST_EFFORT],
    [0x01, set('equal-share')],
    [0x11, set('fixed-share')],
    [0x1e0f0001, set('equal-share', { averaging: 30, frequencyHz: 240 })],
    [0x3c3c0011, set('fixed-share', { averaging: 60, frequencyHz: 960 })],
    [0x03, set('equal-share', { arr: false })],
    [0x13, set('fixed-share', { arr: false })],
    [0x00050003, set('equal-share', { arr: false, timeSliceMs: 5 })],
    [0x001e0013, set('fixed-share', { arr: false, timeSliceMs: 30 })],
  ])('0x%x is read and written back', (word, scheduler) => {
    expect(fromPvmrl(word)).toEqual(scheduler)
    expect(toPvmrl(scheduler)).toBe(word)
  })

  it.each<[number, Partial<Scheduler>]>([
    [0xff010001, { averaging: 60, frequencyHz: 63 }],
    [0x01fff011, { averaging: 1, frequencyHz: 960 }],
    [0x00ff0003, { timeSliceMs: 30 }],
  ])('0x%x is clamped', (word, wanted) => {
    expect(fromPvmrl(word)).toMatchObject(wanted)
  })

  it('is best effort where it says nothing that is known', () => {
    for (const word of [0x02, 0x12, 0x21, 0x00050002, 0x7fffffff]) expect(fromPvmrl(word)).toEqual(BEST_EFFORT)
  })

  it('survives the way to a word and back, whatever is set', () => {
    const range = ({ least, most }: { least: number; most: number }) => fc.integer({ min: least, max: most })
    const policy = fc.constantFrom<Scheduler['policy']>('equal-share', 'fixed-share')
    const withArr = fc.record({
      policy,
      arr: fc.constant(true),
      frequencyHz: fc.option(range(LIMITS.frequencyHz)),
      averaging: range(LIMITS.averaging),
      timeSliceMs: fc.constant(null),
    })
    const without = fc.record({
      policy,
      arr: fc.constant(false),
      frequencyHz: fc.constant(null),
      averaging: fc.constant(LIMITS.averaging.usual),
      timeSliceMs: fc.option(range(LIMITS.timeSliceMs)),
    })
    fc.assert(
      fc.property(fc.oneof(withArr, without), (scheduler) => {
        expect(fromPvmrl(toPvmrl(scheduler))).toEqual(scheduler)
      }),
    )
  })

  it('stands when the driver loads, in GSP too, and a GPU reset brings it back', () => {
    const host = boundHost(newHost({ registryDwords: 'RmPVMRL=0x11' }))
    expect(host.gpuViews()[0]?.scheduler).toMatchObject({ policy: 'fixed-share', arr: true })
    expect(host.state.gpus[0]?.gsp.scheduler).toBe(0x11)
    host.setScheduler({ policy: 'best-effort' })
    expect(host.gpuViews()[0]?.scheduler.policy).toBe('best-effort')
    expect(host.state.gpus[0]?.gsp.scheduler).toBe(0)
    host.resetGpu()
    expect(host.gpuViews()[0]?.scheduler.policy).toBe('fixed-share')
    expect(String.fromCharCode(...fromSparse(host.state.gpus[0]?.gsp.registry ?? '', 256))).toContain('RmPVMRL')
  })
})

describe('the default time slice', () => {
  it.each<[Partial<Scheduler>, number | null, number | null]>([
    [set('equal-share'), null, 2_083_333],
    [set('equal-share'), 8, 2_083_333],
    [set('equal-share'), 12, 1_041_666],
    [set('fixed-share', { arr: false }), 8, 2_000_000],
    [set('fixed-share', { arr: false }), 16, 1_000_000],
    [set('fixed-share', { arr: false, timeSliceMs: 7 }), 16, 7_000_000],
    [set('equal-share', { frequencyHz: 100 }), 16, 10_000_000],
    [BEST_EFFORT, 8, null],
  ])('of %j with at most %j vGPUs is %j ns', (scheduler, most, wanted) => {
    expect(timeSliceNs({ ...BEST_EFFORT, ...scheduler }, most)).toBe(wanted)
  })
})

describe('setting the scheduler', () => {
  const started = (more: Parameters<typeof newHost>[0] = {}) => {
    const host = boundHost(newHost(more))
    host.enableVfs({ count: 4 })
    return host
  }

  it('clamps what is out of range, and says so', () => {
    const host = started()
    const slow = host.setScheduler({ policy: 'equal-share', timeSliceMs: 50 })
    expect(slow.items[0]?.scheduler).toMatchObject({ arr: false, timeSliceNs: 30_000_000 })
    expect(slow.warnings).toEqual(['time slice 50 ms is taken as 30 ms'])
    const fast = host.setScheduler({ policy: 'fixed-share', frequencyHz: 5, averaging: 99 })
    expect(fast.items[0]?.scheduler).toMatchObject({ arr: true, averaging: 60, frequencyHz: 63 })
    expect(fast.warnings).toHaveLength(2)
    expect(host.setScheduler({ policy: 'fixed-share', frequencyHz: 63, averaging: 60 }).changed).toBe(false)
  })

  it('fills the defaults in for the vGPUs that are there', () => {
    const host = started()
    expect(host.setScheduler({ policy: 'equal-share' }).items[0]?.scheduler.frequencyHz).toBe(480)
    host.createVgpu({ type: 'L40-4Q', uuid: UUID, start: false })
    expect(host.gpuViews()[0]?.scheduler).toMatchObject({ frequencyHz: 960, timeSliceNs: 1_041_666, averaging: 33 })
  })

  it.each([
    [{ policy: 'best-effort', averaging: 3 }],
    [{ policy: 'equal-share', arr: true, timeSliceMs: 3 }],
    [{ policy: 'equal-share', arr: false, frequencyHz: 100 }],
    [{ policy: 'fixed-share', timeSliceMs: 3, averaging: 9 }],
  ] as const)('refuses parameters that the policy does not have: %j', (request) => {
    const host = started()
    expect(refusal(() => host.setScheduler(request))).toMatchObject({ errno: 'EINVAL', code: 'invalid-argument' })
    expect(host.gpuViews()[0]?.scheduler.policy).toBe('best-effort')
  })

  it('wants a GPU without vGPUs', () => {
    const host = started()
    host.createVgpu({ type: 'L40-4Q', uuid: UUID, start: true })
    expect(refusal(() => host.setScheduler({ policy: 'equal-share' }))).toMatchObject({ errno: 'EBUSY', code: 'busy' })
  })

  it('knows no fixed share among mixed sizes, from either side', () => {
    const mixed = started()
    mixed.setMode({ mode: 'heterogeneous' })
    expect(refusal(() => mixed.setScheduler({ policy: 'fixed-share' }))).toMatchObject({ errno: 'EOPNOTSUPP' })
    expect(mixed.setScheduler({ policy: 'equal-share' }).changed).toBe(true)
    const fixed = started()
    fixed.setScheduler({ policy: 'fixed-share' })
    expect(refusal(() => fixed.setMode({ mode: 'heterogeneous' }))).toMatchObject({ errno: 'EOPNOTSUPP' })
  })

  it('is best effort only under rfc-v1', () => {
    const host = started({ profile: 'rfc-v1' })
    expect(refusal(() => host.setScheduler({ policy: 'equal-share' }))).toMatchObject({ code: 'unsupported' })
  })

  it('leaves everything as it was when GSP is not running', () => {
    const host = started()
    host.suspendHost()
    expect(refusal(() => host.setScheduler({ policy: 'equal-share' }))).toMatchObject({ errno: 'EIO' })
    expect(host.gpuViews()[0]?.scheduler.policy).toBe('best-effort')
  })

  it('switches the frame-rate limiter off where it is not best effort', () => {
    for (const [policy, limit] of [
      ['best-effort', 45],
      ['equal-share', null],
      ['fixed-share', null],
    ] as const) {
      const host = started()
      if (policy !== 'best-effort') host.setScheduler({ policy })
      host.createVgpu({ type: 'L40-2B', uuid: UUID, start: true })
      expect(host.vgpuViews()[0]?.frameRateLimit, policy).toBe(limit)
    }
  })
})
