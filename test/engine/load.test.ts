import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  NV2080_CTRL_PERF_GPUMON_PERFMON_UTIL_SAMPLE_v17_00,
  rpc_gpuacct_perfmon_util_samples_v17_00,
} from '../../src/abi/gsp-rpc.ts'
import { demandOf, FULL, type Runner, spread, utilisation } from '../../src/engine/load/model.ts'
import { consumePerfmon, duePerfmon, perfmonPayload, SAMPLE_SLOTS, samplesOf } from '../../src/engine/load/perfmon.ts'
import { newHost } from '../../src/engine/new-host.ts'
import type { LoadState } from '../../src/engine/state.ts'
import { boundHost, type Host } from './bound-host.ts'

const SECOND = 1_000_000
const runner = (gfid: number, more: Partial<Runner> = {}): Runner => ({
  gfid,
  working: true,
  maxInstance: 4,
  frameRateLimit: 0,
  encoderCapacity: 100,
  ...more,
})
const runners = (count: number, more: Partial<Runner> = {}) =>
  Array.from({ length: count }, (_, i) => runner(i + 1, more))
const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0)

let made = 0
const uuid = () => `00000000-0000-4000-8000-${String(++made).padStart(12, '0')}`

function running(count: number, type = 'L40-4Q'): Host {
  const host = boundHost(newHost())
  host.enableVfs({ count: 12 })
  for (let i = 0; i < count; i += 1) host.createVgpu({ type, uuid: uuid(), start: true })
  return host
}

const gpuOf = (host: Host) => {
  const [gpu] = host.state.gpus
  if (!gpu) throw new Error('no GPU')
  return gpu
}

describe('the load model', () => {
  const policies = fc.constantFrom('best-effort' as const, 'equal-share' as const, 'fixed-share' as const)

  it('says the same of the same seed, second, scheduler and guests, and never more than an engine has', () => {
    fc.assert(
      fc.property(
        fc.nat(),
        fc.nat({ max: 1e6 }),
        policies,
        fc.integer({ min: 1, max: 32 }),
        (seed, second, policy, n) => {
          const guests = runners(n, { maxInstance: 32, frameRateLimit: 60 })
          const used = utilisation(seed, second, policy, guests)
          expect(used).toEqual(utilisation(seed, second, policy, guests))
          for (const engine of ['gr', 'fb', 'nvenc', 'nvdec'] as const) {
            const shares = used.map((use) => use[engine])
            expect(shares.every((share) => Number.isInteger(share) && share >= 0)).toBe(true)
            expect(sum(shares), engine).toBeLessThanOrEqual(FULL)
          }
        },
      ),
    )
  })

  it('is another load with another seed, another guest or another second', () => {
    const trace = (seed: number, gfid: number) =>
      Array.from({ length: 300 }, (_, second) => demandOf(seed, second, runner(gfid)).gr)
    expect(new Set(trace(1, 1)).size).toBeGreaterThan(100)
    expect(trace(1, 1)).not.toEqual(trace(2, 1))
    expect(trace(1, 1)).not.toEqual(trace(1, 2))
  })

  it('gives the idle share to the others under best effort only', () => {
    const seconds = Array.from({ length: 600 }, (_, second) => second)
    const busiest = (policy: 'best-effort' | 'equal-share' | 'fixed-share', guests: Runner[]) =>
      Math.max(...seconds.flatMap((second) => utilisation(7, second, policy, guests).map((use) => use.gr)))
    const two = runners(2, { maxInstance: 4 })
    expect(busiest('best-effort', two)).toBeGreaterThan(FULL / 2)
    expect(busiest('equal-share', two)).toBe(FULL / 2)
    expect(busiest('fixed-share', two)).toBe(FULL / 4)
    expect(busiest('equal-share', runners(5))).toBe(FULL / 5)
    // a fixed share is independent of the number of running vGPUs
    expect(busiest('fixed-share', runners(1, { maxInstance: 4 }))).toBe(FULL / 4)
  })

  it('counts a guest without a driver among the running, and lets it use nothing', () => {
    const [idle, busy] = utilisation(3, 40, 'equal-share', [runner(1, { working: false }), runner(2)])
    expect(idle).toEqual({ gfid: 1, gr: 0, fb: 0, nvenc: 0, nvdec: 0 })
    expect(busy?.gr).toBe(Math.min(FULL / 2, demandOf(3, 40, runner(2)).gr))
  })

  it('holds a guest back at its frame rate and its share of the encoders', () => {
    for (let second = 0; second < 400; second += 1) {
      expect(demandOf(5, second, runner(1, { frameRateLimit: 45 })).gr).toBeLessThanOrEqual(45 * 125)
      expect(demandOf(5, second, runner(1, { encoderCapacity: 10 })).nvenc).toBeLessThanOrEqual(1000)
    }
  })

  it('meets all demands that fit, and levels those that do not', () => {
    expect(spread([1000, 2000, 3000])).toEqual([1000, 2000, 3000])
    expect(spread([9000, 1000, 9000])).toEqual([4500, 1000, 4500])
    expect(spread([])).toEqual([])
    fc.assert(
      fc.property(fc.array(fc.nat({ max: FULL }), { minLength: 1, maxLength: 32 }), (demands) => {
        const granted = spread(demands)
        const most = Math.max(...granted)
        expect(sum(granted)).toBeLessThanOrEqual(FULL)
        granted.forEach((share, i) => {
          const demand = demands[i] ?? 0
          expect(share).toBeLessThanOrEqual(demand)
          // a reduced share is the largest share, up to the rounding
          if (share < demand) expect(share).toBeGreaterThanOrEqual(most - demands.length)
        })
        if (sum(demands) > FULL) expect(sum(granted)).toBeGreaterThan(FULL - demands.length)
      }),
    )
  })
})

describe('perfmon samples', () => {
  it('go over the wire as event 0x1008 with one sample a vGPU, and arrive by gfid', () => {
    const host = running(3)
    const gpu = gpuOf(host)
    const payload = perfmonPayload(gpu.gsp, gpu.load.seed, 90 * SECOND)
    expect(payload).toHaveLength(4048)
    const { params } = rpc_gpuacct_perfmon_util_samples_v17_00.decode(payload)
    expect(params).toMatchObject({ type: 2, count: 3, bufSize: 3 * 56, tracker: 2 })
    expect(params.samples.slice(0, 3).map(({ gr, timeStamp }) => [gr.subProcessID, gr.procId, timeStamp])).toEqual([
      [1, 1001, 90 * SECOND],
      [2, 1002, 90 * SECOND],
      [3, 1003, 90 * SECOND],
    ])
    const load: LoadState = { seed: 0, next: 0, samples: [] }
    consumePerfmon(load, payload)
    expect(samplesOf(load).map(({ gfid, gr }) => [gfid, gr])).toEqual(
      params.samples.slice(0, 3).map(({ gr }) => [gr.subProcessID, gr.util]),
    )
  })

  it('come once a virtual second while time passes, each with its time, and only from a GSP that runs vGPUs', () => {
    const host = running(2)
    const before = Math.floor(host.state.now / SECOND)
    host.advance(3_500_000)
    const after = Math.floor(host.state.now / SECOND)
    const gpu = gpuOf(host)
    expect(samplesOf(gpu.load, 1).map((sample) => sample.at)).toEqual(
      Array.from({ length: after - before }, (_, i) => (before + 1 + i) * SECOND),
    )
    expect(gpu.nvkm.events.GPUACCT_PERFMON_UTIL_SAMPLES).toBe(after - before)
    expect(gpu.klog.lines.some((line) => /0x1008|unknown event/.test(line.text))).toBe(false)
    const idle = boundHost(newHost())
    idle.advance(5 * SECOND)
    expect(gpuOf(idle).load.next).toBe(0)
  })

  it('stop for a paused vGPU, and are forgotten with it', () => {
    const host = running(2)
    const [first, second] = host.vgpuViews()
    host.advance(2 * SECOND)
    host.suspendVgpus({ selectors: [first?.uuid ?? ''] })
    const kept = samplesOf(gpuOf(host).load, 1).length
    host.advance(2 * SECOND)
    expect(samplesOf(gpuOf(host).load, 1)).toHaveLength(kept)
    expect(samplesOf(gpuOf(host).load, 2).length).toBeGreaterThan(kept)
    host.destroyVgpus({ selectors: [second?.uuid ?? ''] })
    host.createVgpu({ type: 'L40-4Q', vf: '1', uuid: uuid(), start: true })
    expect(samplesOf(gpuOf(host).load, 2)).toEqual([])
  })

  it('are kept in a ring, oldest first', () => {
    const load: LoadState = { seed: 0, next: 0, samples: [] }
    const sample = (n: number) => {
      const engine = { util: n % 100, procId: 1, subProcessID: 1 + (n % 3) }
      return { timeStamp: n, gr: engine, fb: engine, nvenc: engine, nvdec: engine }
    }
    for (let n = 0; n < SAMPLE_SLOTS + 100; n += 10) {
      const samples = Array.from({ length: 10 }, (_, i) => sample(n + i))
      const params = { type: 2, count: 10, bufSize: 560, tracker: 9, samples }
      consumePerfmon(load, rpc_gpuacct_perfmon_util_samples_v17_00.encode({ params }))
    }
    const times = samplesOf(load).map(({ at }) => at)
    expect(load.samples).toHaveLength(SAMPLE_SLOTS)
    expect(times).toEqual([...times].sort((a, b) => a - b))
    expect(times.at(-1)).toBe(Math.ceil((SAMPLE_SLOTS + 100) / 10) * 10 - 1)
  })

  it('that are damaged are dropped: another type, too many, too short', () => {
    const load: LoadState = { seed: 0, next: 0, samples: [] }
    const encode = (params: object) =>
      rpc_gpuacct_perfmon_util_samples_v17_00.encode({ params: { type: 2, count: 1, bufSize: 56, ...params } })
    consumePerfmon(load, encode({ type: 1 }))
    consumePerfmon(load, encode({ count: 73, bufSize: 73 * 56 }))
    consumePerfmon(load, encode({ bufSize: NV2080_CTRL_PERF_GPUMON_PERFMON_UTIL_SAMPLE_v17_00.size - 1 }))
    consumePerfmon(load, encode({}).subarray(0, 100))
    expect(load.next).toBe(0)
    consumePerfmon(load, encode({}))
    expect(load.next).toBe(1)
  })

  it('fall due at whole seconds, the end included and the beginning not', () => {
    expect(duePerfmon(0, SECOND)).toEqual([SECOND])
    expect(duePerfmon(SECOND, SECOND)).toEqual([])
    expect(duePerfmon(1_999_999, 4_000_000)).toEqual([2 * SECOND, 3 * SECOND, 4 * SECOND])
  })
})

describe('utilisation as it is shown', () => {
  it('has nothing to show before a sample has come, then newest and mean', () => {
    const host = running(2)
    expect(host.vgpuStats({ selectors: [] })).toMatchObject([
      { gfid: 1, at: null, now: null, mean: null, samples: 0 },
      { gfid: 2, now: null },
    ])
    host.advance(10 * SECOND)
    const samples = samplesOf(gpuOf(host).load, 1)
    const [stats] = host.vgpuStats({ selectors: [host.vgpuViews()[0]?.uuid ?? ''] })
    expect(stats?.now?.gpu).toBe((samples.at(-1)?.gr ?? 0) / 100)
    expect(stats?.mean?.gpu).toBeCloseTo(sum(samples.map(({ gr }) => gr)) / samples.length / 100, 1)
    const [gpu] = host.gpuStats()
    const last = samplesOf(gpuOf(host).load).filter(({ at }) => at === samples.at(-1)?.at)
    expect(gpu).toMatchObject({ vgpus: 2, samples: samples.length, now: { gpu: sum(last.map(({ gr }) => gr)) / 100 } })
  })

  it('a monitor reads the model and changes nothing', () => {
    const host = running(2)
    const before = structuredClone(host.state)
    const rows = host.monitor({ rounds: 3 })
    expect(rows.map(({ round, gpu }) => [round, gpu])).toEqual([
      [0, 0],
      [0, 0],
      [1, 0],
      [1, 0],
      [2, 0],
      [2, 0],
    ])
    expect(host.state).toEqual(before)
    host.advance(2 * SECOND - (host.state.now % SECOND))
    const [stats] = host.vgpuStats({ selectors: [] })
    const now = host.monitor({ rounds: 1 })[0]
    expect(now?.use).toEqual(stats?.now)
    expect(boundHost(newHost()).monitor({ rounds: 1 })).toMatchObject([{ gpu: 0, vgpu: null, use: null }])
  })
})
