/**
 * npm run bench [-- --smoke | --pairs N]: what a command costs, as a ratio to an empty Node process. Whole processes, in
 * interleaved pairs, medians of the pairwise ratios: only ratios say something about another machine.
 * It judges nothing by its exit status; a count that must not grow is a test (test/house/counts.test.ts).
 */
import { spawnSync } from 'node:child_process'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { parseArgs } from 'node:util'
import { changingCase, makeHost, nvgpuCase } from './hosts.js'
import { measurePairs, measurePeaks, quantile } from './measure.js'

const FLOOR = { command: process.execPath, args: ['-e', '0'] }
/** statfs f_type of tmpfs, linux/magic.h. */
const TMPFS_MAGIC = 0x01021994

const { values } = parseArgs({ options: { smoke: { type: 'boolean' }, pairs: { type: 'string', default: '40' } } })
const pairs = values.smoke ? 5 : Number(values.pairs)
if (!Number.isInteger(pairs) || pairs < 1) throw new Error(`--pairs takes a count, not ${values.pairs}`)

const scratch = fs.mkdtempSync(path.join(os.tmpdir(), 'nvgpu-bench-'))
try {
  report(scratch)
} finally {
  fs.rmSync(scratch, { recursive: true, force: true })
}

function report(dir) {
  const full = makeHost(path.join(dir, 'full'), 32, 32)
  const almost = makeHost(path.join(dir, 'almost'), 32, 31)
  const fresh = makeHost(path.join(dir, 'fresh'), 4, 0)
  const create = ['vgpu', 'create', '--type', 'L40-1B']
  const cases = [
    // What is above the floor without our doing: an empty file instead of -e 0.
    { title: 'an empty script', ...emptyScript(dir) },
    { title: 'nvgpu --version', ceiling: 1.4, ...nvgpuCase(full, '--version') },
    { title: 'nvgpu --help', ...nvgpuCase(full, '--help') },
    { title: 'nvgpu gpu list', ceiling: 1.5, ...nvgpuCase(full, 'gpu', 'list') },
    { title: 'nvgpu types list', ceiling: 1.5, ...nvgpuCase(full, 'types', 'list') },
    { title: 'nvgpu vgpu list, 32 vGPUs', ceiling: 1.5, ...nvgpuCase(full, 'vgpu', 'list') },
    { title: 'nvgpu vgpu create, the first', ceiling: 1.6, ...changingCase(fresh, ...create) },
    { title: 'nvgpu vgpu create, the 32nd', ceiling: 1.6, ...changingCase(almost, ...create) },
    ...peers(),
  ]
  const results = measurePairs(FLOOR, cases, pairs)
  console.log(`${pairs} pairs, Node ${process.version}, ${os.cpus().length} CPUs${tmpfsNote(dir)}\n`)
  console.log(row('command', 'ratio', 'quartiles', 'ms', 'ceiling', ''))
  results.forEach(({ ratios, times }, index) => {
    const { title, ceiling } = cases[index]
    console.log(line(title, ratios, quantile(times, 0.5).toFixed(1), ceiling))
  })
  const { ratios, sizes } = measurePeaks(FLOOR, nvgpuCase(full, 'vgpu', 'list'), Math.min(pairs, 10))
  console.log(`\n${row('peak memory', 'ratio', 'quartiles', 'MiB', 'ceiling', '')}`)
  console.log(line('nvgpu vgpu list, 32 vGPUs', ratios, (quantile(sizes, 0.5) / 1024).toFixed(1), undefined))
}

function line(title, ratios, amount, ceiling) {
  const median = quantile(ratios, 0.5)
  const quartiles = `${quantile(ratios, 0.25).toFixed(2)}-${quantile(ratios, 0.75).toFixed(2)}`
  return row(title, median.toFixed(2), quartiles, amount, ceiling?.toFixed(2) ?? '-', verdict(median, ceiling))
}

function verdict(median, ceiling) {
  if (ceiling === undefined) return ''
  return median <= ceiling ? 'ok' : `above the ceiling by ${(median - ceiling).toFixed(2)}`
}

function row(title, ratio, quartiles, amount, ceiling, note) {
  const cells = [title.padEnd(30), ratio.padStart(5), quartiles.padStart(11), amount.padStart(7), ceiling.padStart(8)]
  return `${cells.join('  ')}  ${note}`.trimEnd()
}

function emptyScript(dir) {
  const file = path.join(dir, 'empty.cjs')
  fs.writeFileSync(file, '')
  return { command: process.execPath, args: [file] }
}

/** Tools of the field, native code, for scale and not as a goal. */
function peers() {
  const found = spawnSync('mdevctl', ['list']).status === 0
  return found ? [{ title: 'mdevctl list (a peer)', command: 'mdevctl', args: ['list'] }] : []
}

function tmpfsNote(dir) {
  return fs.statfsSync(dir).type === TMPFS_MAGIC ? '; the state is on tmpfs, where fdatasync costs nothing' : ''
}
