import fc from 'fast-check'
import { expect, it } from 'vitest'
import { typeByName } from '../../src/catalog/vgpu-types.ts'
import { fits } from '../../src/engine/capacity.ts'
import { copyState } from '../../src/engine/copy-state.ts'
import { checkHost } from '../../src/engine/invariants.ts'
import { NvError } from '../../src/errors/nv-error.ts'
import { boundHost, type Host } from './bound-host.ts'
import { gpuOf, hostOf, lasting, uuidOf } from './host-of.ts'

const SEED = Number(process.env.WALK_SEED ?? Date.now() % 0x7fffffff)
const RUNS = Number(process.env.WALK_RUNS ?? 12)
console.log(`MIG walk: WALK_SEED=${SEED}`)

const BOARDS = {
  'A100-PCIE-40GB': ['A100-1-5C', 'A100-1-10C', 'A100-2-10C', 'A100-3-20C', 'A100-7-40C', 'A100-1-5CME', 'A100-8C'],
  'H100-NVL-94GB': ['H100L-1-12C', 'H100L-2-24C', 'H100L-3-47C', 'H100L-4-47C', 'H100L-1-12CME', 'H100L-47C'],
} as const
const PROFILES = ['19', '19', '20', '15', '14', '14', '9', '5', '0']

type Act = (host: Host, n: number) => unknown

const vgpus = (host: Host) => host.vgpuViews().map(({ uuid }) => uuid)
const nth = <T>(list: readonly T[], n: number): T | undefined => list[n % Math.max(1, list.length)]
const instances = (host: Host) => gpuOf(host.state).gsp.mig.instances

/** What a step may do; numbers pick among the objects there are. */
const ACTS: Readonly<Record<string, Act>> = {
  enable: (host) => host.setMigMode({ on: true }),
  disable: (host) => host.setMigMode({ on: false }),
  vfs: (host, n) => host.enableVfs({ count: 1 + (n % 8) }),
  noVfs: (host, n) => host.disableVfs({ force: n % 4 === 0 }),
  instance: (host, n) =>
    host.createGpuInstances({ instances: [{ profile: nth(PROFILES, n) ?? '' }], compute: n % 2 === 0 }),
  placed: (host, n) =>
    host.createGpuInstances({ instances: [{ profile: nth(PROFILES, n) ?? '', start: n % 8 }], compute: false }),
  three: (host, n) =>
    host.createGpuInstances({
      instances: [0, 1, 2].map((i) => ({ profile: nth(PROFILES, n + i) ?? '' })),
      compute: false,
    }),
  compute: (host, n) =>
    host.createComputeInstances({
      gpuInstance: nth(instances(host), n)?.swizzId ?? 0,
      instances: [{ profile: `${1 + (n % 3)}c` }],
    }),
  uncompute: (host, n) =>
    host.destroyComputeInstance({ gpuInstance: nth(instances(host), n)?.swizzId ?? 0, id: n % 3 }),
  free: (host, n) =>
    host.destroyGpuInstances({ ids: [nth(instances(host), n)?.swizzId ?? 0], withCompute: n % 2 === 0 }),
  freeAll: (host) => host.destroyGpuInstances({ withCompute: true }),
  vgpu(host, n) {
    const { board } = gpuOf(host.state)
    const type = nth(BOARDS[board as keyof typeof BOARDS], n) ?? ''
    const id = typeByName(type.toLowerCase())?.vgpuType ?? 0
    const before = fits(host.state, 0, id).count
    try {
      host.createVgpu({ type, uuid: uuidOf(n), start: n % 4 > 0 })
    } catch (error) {
      if (before > 0 && !host.vgpuViews().some(({ uuid }) => uuid === uuidOf(n)))
        throw new Error(`capacity says ${before}: ${error}`)
      throw error
    }
    if (n % 4 > 0) expect(before, `${type} was created`).toBeGreaterThan(0)
  },
  start: (host, n) => host.startVgpus({ selectors: [nth(vgpus(host), n) ?? 'none'] }),
  stop: (host, n) => host.stopVgpus({ selectors: [nth(vgpus(host), n) ?? 'none'] }),
  destroy: (host, n) => host.destroyVgpus({ selectors: [nth(vgpus(host), n) ?? 'none'] }),
  saved(host, n) {
    const uuid = nth(vgpus(host), n) ?? 'none'
    const { file } = host.saveVgpu(uuid)
    host.destroyVgpus({ selectors: [uuid] })
    host.restoreVgpu(file)
  },
  reset: (host) => host.resetGpu(),
  reboot: (host) => host.rebootHost(),
  reload(host) {
    host.unbindGpu(undefined, { unlessUsed: true })
    host.bindGpu()
  },
}

const step = fc.record({
  act: fc.constantFrom(
    ...['instance', 'instance', 'three', 'vgpu', 'vgpu', 'vgpu', 'start', 'stop'],
    ...Object.keys(ACTS),
  ),
  n: fc.nat({ max: 99 }),
})

it('M 3: a random walk keeps the invariants, a refused step changes nothing, and capacity is what can be created', () => {
  let done = 0
  fc.assert(
    fc.property(
      fc.constantFrom(...(Object.keys(BOARDS) as (keyof typeof BOARDS)[])),
      fc.array(step, { minLength: 12, maxLength: 30 }),
      (board, steps) => {
        const { state, host } = hostOf({ board, profile: 'vgpu17' })
        host.setMigMode({ on: true })
        host.enableVfs({ count: 8 })
        for (const { act, n } of steps) {
          const before = copyState(state)
          try {
            ACTS[act]?.(host, n)
            done += 1
          } catch (error) {
            if (!(error instanceof NvError)) throw error
            // two of these acts are several steps
            if (act !== 'saved' && act !== 'reload') expect(lasting(state), `${act} ${n}`).toEqual(lasting(before))
          }
          expect(checkHost(state, [0]), `${act} ${n}`).toEqual([])
        }
        expect(boundHost(copyState(state)).gpuInstanceViews()).toEqual(host.gpuInstanceViews())
      },
    ),
    { seed: SEED, numRuns: RUNS, endOnFailure: true },
  )
  expect(done).toBeGreaterThan(RUNS)
})
