import type { SchedulerPolicy } from '../../catalog/profiles.ts'

/** A running guest. */
export interface Runner {
  gfid: number
  /** Whether the driver is loaded. Without it the guest uses nothing but keeps its turn. */
  working: boolean
  maxInstance: number
  /** Frame-rate limit, Hz; 0 while the limiter is off. */
  frameRateLimit: number
  /** Allowed share of the encoders, percent. */
  encoderCapacity: number
}

/** Utilisation in percent x 100: 10000 is a fully busy engine. */
export interface Utilisation {
  gfid: number
  gr: number
  fb: number
  nvenc: number
  nvdec: number
}

export const FULL = 10_000

/** Cost of one frame a second: 125 of 10000. A guest limited to 60 Hz demands three quarters of the GPU. */
const PER_FRAME = 125
/** Seconds between two points of a guest's demand; it is linear between them. */
const STRETCH = 20
/** Duration of a guest's busy or idle phase in seconds; one phase in so many is idle. */
const MOOD = 90
const IDLE_ONE_IN = 4

/**
 * Use of a GPU's engines by every guest in one second: a pure function of seed, gfid, second, scheduler and the running
 * guests. The demands are invented, without a published trace. The scheduler distributes the engine: best effort gives
 * an idle share to the others, equal share gives each running vGPU at most 1/N, fixed share 1/maxInstance. This holds
 * for graphics and compute; the other engines are always best effort.
 */
export function utilisation(
  seed: number,
  second: number,
  policy: SchedulerPolicy,
  runners: readonly Runner[],
): Utilisation[] {
  const demands = runners.map((runner) => demandOf(seed, second, runner))
  const gr = SHARES[policy](
    demands.map((demand) => demand.gr),
    runners,
  )
  const nvenc = spread(demands.map((demand) => demand.nvenc))
  const nvdec = spread(demands.map((demand) => demand.nvdec))
  return runners.map(({ gfid }, i) => {
    const demand = demands[i] ?? NOTHING
    const granted = gr[i] ?? 0
    // memory use is proportional to the granted work
    const fb = demand.gr === 0 ? 0 : Math.floor((demand.fb * granted) / demand.gr)
    return { gfid, gr: granted, fb, nvenc: nvenc[i] ?? 0, nvdec: nvdec[i] ?? 0 }
  })
}

interface Demand {
  gr: number
  fb: number
  nvenc: number
  nvdec: number
}

const NOTHING: Demand = { gr: 0, fb: 0, nvenc: 0, nvdec: 0 }

const SHARES: Readonly<Record<SchedulerPolicy, (demands: number[], runners: readonly Runner[]) => number[]>> = {
  'best-effort': (demands) => spread(demands),
  'equal-share': (demands) => demands.map((demand) => Math.min(demand, Math.floor(FULL / demands.length))),
  'fixed-share': (demands, runners) =>
    demands.map((demand, i) => Math.min(demand, Math.floor(FULL / (runners[i]?.maxInstance ?? 1)))),
}

/** Demand of a guest with the GPU to itself. */
export function demandOf(seed: number, second: number, runner: Runner): Demand {
  if (!runner.working) return NOTHING
  const dice = (what: number, when: number) => hash(seed, runner.gfid * 16 + what, when)
  const stretch = Math.floor(second / STRETCH)
  const from = dice(0, stretch) % FULL
  const to = dice(0, stretch + 1) % FULL
  const level = from + Math.floor(((to - from) * (second % STRETCH)) / STRETCH)
  const idle = dice(1, Math.floor(second / MOOD)) % IDLE_ONE_IN === 0
  const wobble = (dice(2, second) % 600) - 300
  const limit = runner.frameRateLimit === 0 ? FULL : Math.min(FULL, runner.frameRateLimit * PER_FRAME)
  const gr = between(idle ? level / 50 : level + wobble, limit)
  return {
    gr,
    fb: between((gr * (30 + (dice(3, stretch) % 45))) / 100, FULL),
    // encoding for remote desktops; occasional video decoding
    nvenc: between((gr * (dice(4, 0) % 45)) / 100, runner.encoderCapacity * 100),
    nvdec: dice(5, stretch) % 3 === 0 ? between((gr * (dice(6, stretch) % 30)) / 100, FULL) : 0,
  }
}

/** Distributes one engine: all demands if they fit, else each demand up to a common level that fills the engine. */
export function spread(demands: readonly number[]): number[] {
  let left = FULL
  let waiting = demands.map((demand, i) => ({ demand, i })).sort((a, b) => a.demand - b.demand || a.i - b.i)
  const granted = demands.map(() => 0)
  while (waiting.length > 0) {
    const level = Math.floor(left / waiting.length)
    const [first, ...rest] = waiting
    if (!first) break
    granted[first.i] = Math.min(first.demand, level)
    left -= Math.min(first.demand, level)
    waiting = rest
  }
  return granted
}

function between(value: number, most: number): number {
  return Math.max(0, Math.min(Math.floor(value), most))
}

/** A 32-bit hash of three numbers: two rounds of multiply and shift over their mix. */
function hash(a: number, b: number, c: number): number {
  let x = Math.imul(a ^ 0x9e3779b9, 0x85ebca6b) ^ Math.imul(b + 0x7f4a7c15, 0xc2b2ae35) ^ Math.imul(c + 1, 0x27d4eb2f)
  x = Math.imul(x ^ (x >>> 16), 0x7feb352d)
  x = Math.imul(x ^ (x >>> 15), 0x846ca68b)
  return (x ^ (x >>> 16)) >>> 0
}
