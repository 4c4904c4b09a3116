import { spawnSync } from 'node:child_process'
import path from 'node:path'

const PEAK = path.join(import.meta.dirname, 'peak.cjs')

/** Bytes of output that are taken. */
const MOST = 256 * 1024 * 1024

/** What every process of a run gets: nothing that would slow Node's own start, and the floor with it. */
const { NODE_EXTRA_CA_CERTS: _certificates, NODE_OPTIONS: _options, NODE_V8_COVERAGE: _coverage, ...ENV } = process.env

/**
 * Runs the cases, each next to the floor, `pairs` times, all interleaved, so that a slow minute of the machine hits
 * both halves of a pair and every case alike. A case is `{ command, args, env?, input?, status?, prepare?, after? }`;
 * `prepare` is not timed, nor is `after`, which gets the result.
 * Answers for each case the sorted ratios of wall time and the sorted times in milliseconds.
 */
export function measurePairs(floor, cases, pairs) {
  const results = cases.map(() => ({ ratios: [], times: [] }))
  for (const one of [floor, ...cases]) timed(one)
  for (let round = 0; round < pairs; round++) {
    cases.forEach((one, index) => {
      // The one that goes second finds warmer caches: take turns.
      const first = round % 2 === 0 ? timed(floor) : timed(one)
      const second = round % 2 === 0 ? timed(one) : timed(floor)
      const [base, time] = round % 2 === 0 ? [first, second] : [second, first]
      results[index].ratios.push(time / base)
      results[index].times.push(time)
    })
  }
  for (const { ratios, times } of results) {
    ratios.sort((a, b) => a - b)
    times.sort((a, b) => a - b)
  }
  return results
}

/** The same for the peak resident memory of one case of node: sorted ratios and KiB. */
export function measurePeaks(floor, one, pairs) {
  const ratios = []
  const sizes = []
  for (let round = 0; round < pairs; round++) {
    const base = peak(floor)
    const size = peak(one)
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

/** Milliseconds that a case takes. */
export function timed(one) {
  one.prepare?.()
  const start = process.hrtime.bigint()
  const result = output(one)
  const ms = Number(process.hrtime.bigint() - start) / 1e6
  one.after?.(result)
  return ms
}

function peak(one) {
  const stdio = ['ignore', 'pipe', 'pipe', 'pipe']
  return Number(output({ ...one, args: ['--require', PEAK, ...one.args], stdio }).output[3])
}
