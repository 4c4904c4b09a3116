import { spawnSync } from 'node:child_process'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'

const USAGE = path.join(import.meta.dirname, 'usage.cjs')

/** Bytes of output that are taken. */
const MOST = 256 * 1024 * 1024

/** What every process of a run gets: nothing that would slow Node's own start, and the floor with it. */
const {
  NODE_EXTRA_CA_CERTS: _certificates,
  NODE_OPTIONS: _options,
  NODE_V8_COVERAGE: _coverage,
  ...OUR_ENV
} = process.env

/** A code cache of the benchmark's own. */
const caches = fs.mkdtempSync(path.join(os.tmpdir(), 'nvgpu-bench-cache-'))
process.on('exit', () => fs.rmSync(caches, { recursive: true, force: true }))
const ENV = { ...OUR_ENV, XDG_CACHE_HOME: caches }

/**
 * Runs the cases, each next to the floor, `pairs` times, all interleaved, so that a slow minute of the machine hits
 * both halves of a pair and every case alike. Each has run before, so that the code cache is there. A case is
 * `{ command, args, env?, input?, status?, prepare?, after? }`; `prepare` is not timed, nor is `after`, which gets the result.
 * Answers for each case the sorted ratios of wall and of processor time, and the sorted milliseconds of both.
 */
export function measurePairs(floor, cases, pairs) {
  const results = cases.map(() => ({ wall: [], cpu: [], wallMs: [], cpuMs: [] }))
  for (const one of [floor, ...cases, ...cases]) timed(one)
  for (let round = 0; round < pairs; round++) {
    cases.forEach((one, index) => {
      // The one that goes second finds warmer caches: take turns.
      const first = timed(round % 2 === 0 ? floor : one)
      const second = timed(round % 2 === 0 ? one : floor)
      const [base, time] = round % 2 === 0 ? [first, second] : [second, first]
      results[index].wall.push(time.wall / base.wall)
      results[index].cpu.push(time.cpu / base.cpu)
      results[index].wallMs.push(time.wall)
      results[index].cpuMs.push(time.cpu)
    })
  }
  for (const values of results.flatMap((each) => Object.values(each))) values.sort((a, b) => a - b)
  return results
}

/** The same for the peak resident memory of one case of node: sorted ratios and KiB. */
export function measurePeaks(floor, one, pairs) {
  const ratios = []
  const sizes = []
  for (let round = 0; round < pairs; round++) {
    const base = timed(floor).peak
    const size = timed(one).peak
    ratios.push(size / base)
    sizes.push(size)
  }
  return { ratios: ratios.sort((a, b) => a - b), sizes: sizes.sort((a, b) => a - b) }
}

/** The value below which `part` of the sorted values lie. */
export function quantile(sorted, part) {
  const at = (sorted.length - 1) * part
  const below = sorted[Math.floor(at)]
  return below + (sorted[Math.ceil(at)] - below) * (at - Math.floor(at))
}

/** Runs a command to its end and answers its standard output. Output goes to a pipe, as it would from a script. */
export function output({ command, args, env, input, status = 0, stdio = 'pipe' }) {
  const more = input === undefined ? {} : { input }
  const result = spawnSync(command, args, {
    env: { ...ENV, ...env },
    encoding: 'utf8',
    stdio,
    maxBuffer: MOST,
    ...more,
  })
  if (result.error !== undefined) throw result.error
  if (result.status !== status)
    throw new Error(`${command} ${args.join(' ')}: status ${result.status}\n${result.stderr}`)
  return result
}

/** Milliseconds that a case takes and, of Node, the processor time in milliseconds and the peak memory in KiB. */
export function timed(one) {
  one.prepare?.()
  const isNode = path.basename(one.command) === 'node'
  const args = isNode ? ['--require', USAGE, ...one.args] : one.args
  const start = process.hrtime.bigint()
  const result = output({ ...one, args, stdio: ['pipe', 'pipe', 'pipe', 'pipe'] })
  const wall = Number(process.hrtime.bigint() - start) / 1e6
  one.after?.(result)
  return { wall, ...(isNode ? JSON.parse(result.output[3]) : { cpu: Number.NaN, peak: Number.NaN }) }
}
