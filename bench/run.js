/**
 * npm run bench [-- --smoke | --pairs N | --live | --nvml | --fleet [--trace DIR]]: what a command costs, as a ratio to an empty Node process or to a peer, on each
 * Node that is found (`nodes`). Whole processes, in interleaved pairs, medians of the pairwise ratios: only ratios say
 * something about another machine. It judges nothing by its exit status.
 */
import { spawnSync } from 'node:child_process'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { parseArgs } from 'node:util'
import { bundle } from './bundle.js'
import { contend, noSqlite } from './contention.js'
import { fleet } from './fleet.js'
import { batchOf, changingCase, creatingCase, makeFleet, makeHost, nvgpuCase } from './hosts.js'
import { live } from './live.js'
import { measurePairs, measurePeaks, output, quantile, timed } from './measure.js'
import { nodes } from './nodes.js'
import { nvml } from './nvml.js'

const ABOUT = `A ratio is the median of pairs: a command, and what the heading compares it with, one after the other. Each command has run
before, so its code cache is there. "must" and "aim" are of processor time. Above what it must be, a command has become slower
than the project accepts: find the commit. Above the aim nothing has to be done.`

const FLOOR = { command: process.execPath, args: ['-e', '0'] }
/** statfs f_type of tmpfs, linux/magic.h. */
const TMPFS_MAGIC = 0x01021994

const { values } = parseArgs({
  options: {
    smoke: { type: 'boolean' },
    live: { type: 'boolean' },
    nvml: { type: 'boolean' },
    fleet: { type: 'boolean' },
    trace: { type: 'string' },
    pairs: { type: 'string', default: '40' },
  },
})
const pairs = values.smoke ? 3 : Number(values.pairs)
if (!Number.isInteger(pairs) || pairs < 1) throw new Error(`--pairs takes a count, not ${values.pairs}`)
/** While a process makes its first few hundred commits V8 compiles; over more the store itself counts for more. */
const CONTENTION = [
  [10, 500],
  [5, 2000],
]
/** GPUs of the large host, commands of the batch, rounds of the rest; for writers rounds and the commits of each. */
const SIZE = values.smoke
  ? { gpus: 40, batch: 31 * 64, singles: 4, creation: 60, contention: [[1, 100]] }
  : { gpus: 1000, batch: 157 * 64, singles: 40, creation: 400, contention: CONTENTION }

const scratch = fs.mkdtempSync(path.join(os.tmpdir(), 'nvgpu-bench-'))
try {
  if (values.live) live(scratch, 3)
  else if (values.nvml) await nvml(scratch)
  else if (values.fleet) await fleet(scratch, values.trace, values.smoke)
  else await report(scratch)
} finally {
  fs.rmSync(scratch, { recursive: true, force: true })
}

async function report(dir) {
  console.log(`${pairs} pairs, Node ${process.version}, ${os.cpus().length} CPUs${tmpfsNote(dir)}\n\n${ABOUT}`)
  const listed = makeFleet(path.join(dir, 'listed'), 8)
  const large = makeFleet(path.join(dir, 'large'), SIZE.gpus)
  for (const node of nodes()) commands(dir, listed, large, node)
  memory(listed)
  growth(listed, large)
  perVgpu(makeFleet(path.join(dir, 'tenth'), SIZE.gpus / 10), large)
  syncs(dir)
  batches(dir)
  await creation(dir)
  await contention(dir)
  live(dir, values.smoke ? 1 : 3)
}

/** Against an empty process of the same Node. */
function commands(scratch, listed, large, node) {
  const dir = fs.mkdtempSync(path.join(scratch, 'commands-'))
  const full = makeHost(path.join(dir, 'full'), 32, 32)
  const almost = makeHost(path.join(dir, 'almost'), 32, 31)
  const fresh = makeHost(path.join(dir, 'fresh'), 4, 0)
  const create = ['vgpu', 'create', '--type', 'L40-1B']
  const one = output(nvgpuCase(large, 'vgpu', 'list', '-q', '--gpu', String(SIZE.gpus / 2))).stdout.split('\n')[7]
  const cases = [
    // What is above the floor without our doing: an empty file instead of -e 0.
    { title: 'an empty script', ...emptyScript(dir) },
    { title: 'nvgpu --version', goals: [1.06, 1.03], ...nvgpuCase(full, '--version') },
    { title: 'nvgpu --help', ...nvgpuCase(full, '--help') },
    { title: 'nvgpu vgpu lst, refused', status: 2, ...nvgpuCase(full, 'vgpu', 'lst') },
    { title: 'nvgpu gpu list', ...nvgpuCase(full, 'gpu', 'list') },
    { title: 'nvgpu types list', ...nvgpuCase(full, 'types', 'list') },
    { title: 'nvgpu vgpu list, 32 rows', goals: [1.45, 1.3], ...nvgpuCase(full, 'vgpu', 'list') },
    { title: 'nvgpu vgpu list, 256 rows', ...nvgpuCase(listed, 'vgpu', 'list') },
    { title: `nvgpu vgpu show, ${SIZE.gpus} GPUs x 32`, ...nvgpuCase(large, 'vgpu', 'show', one) },
    { title: 'nvgpu vgpu create, the first', goals: [1.95, 1.65], ...changingCase(fresh, ...create) },
    { title: 'nvgpu vgpu create, the 32nd', goals: [2.3, 2], ...changingCase(almost, ...create) },
    ...peers(),
  ]
  const ours = cases.map((each) => (each.command === process.execPath ? { ...each, command: node } : each))
  const results = measurePairs({ ...FLOOR, command: node }, ours, pairs)
  heading(
    `Node ${output({ command: node, args: ['-p', 'process.versions.node'] }).stdout.trim()}: command / node -e 0`,
    'ms',
  )
  for (const [index, result] of results.entries()) bothRows(cases[index].title, result, cases[index].goals)
}

/** Processor time, which is judged, and wall time. */
function bothRows(title, { wall, cpu, wallMs, cpuMs }, goals) {
  if (!Number.isNaN(cpu[0])) row(`${title}, processor`, cpu, quantile(cpuMs, 0.5).toFixed(1), goals)
  row(`${title}, wall`, wall, quantile(wallMs, 0.5).toFixed(1))
}

function memory(listed) {
  const { ratios, sizes } = measurePeaks(FLOOR, nvgpuCase(listed, 'vgpu', 'list'), Math.min(pairs, 10))
  heading('peak memory / node -e 0', 'MiB')
  row('nvgpu vgpu list, 256 rows', ratios, (quantile(sizes, 0.5) / 1024).toFixed(1))
}

/** The same change on a large host and on a small one. */
function growth(small, large) {
  heading('large host / small host', 'ms')
  for (const [words, more] of [
    ['create', []],
    ['create -n', ['--name', 'grown']],
  ]) {
    const [one, other] = [creatingCase(small, 4, ...more), creatingCase(large, SIZE.gpus / 2, ...more)]
    const [result] = measurePairs(one, [other], pairs)
    bothRows(`vgpu ${words}, ${32 * SIZE.gpus} vGPUs / 256`, result, [1.1, 1.02])
  }
}

/** What looks at all of a host: the time of a vGPU on a large host, against that on one of a tenth, and the peak memory. */
function perVgpu(tenth, large) {
  const size = 32 * SIZE.gpus
  const rounds = Math.min(pairs, 10)
  for (const words of [['metrics'], ['capacity'], ['smi', '-q']]) {
    const [one, other] = [nvgpuCase(tenth, ...words), nvgpuCase(large, ...words)]
    const title = `nvgpu ${words.join(' ')}, ${size} vGPUs`
    heading('time of a vGPU / on a tenth', 'ms')
    const [{ cpu, cpuMs }] = measurePairs(one, [other], rounds)
    row(
      title,
      cpu.map((ratio) => ratio / 10),
      quantile(cpuMs, 0.5).toFixed(0),
      [1.5, 1.2],
    )
    heading('peak memory, MiB', '')
    const peaks = measurePeaks(FLOOR, other, Math.min(rounds, 3)).sizes.map((kib) => kib / 1024)
    row(title, peaks, '', [600, 450])
  }
}

/** fsync and fdatasync of a commit that is no checkpoint, counted by strace. */
function syncs(dir) {
  heading('calls', '')
  const host = makeHost(path.join(dir, 'synced'), 4, 0)
  const { command, args, env } = nvgpuCase(host, 'vgpu', 'create', '--type', 'L40-1B')
  const traced = ['-f', '-qq', '-o', path.join(dir, 'trace'), '-e', 'trace=fsync,fdatasync', command, ...args]
  const { error, status } = spawnSync('strace', traced, { env: { ...process.env, ...env } })
  if (error !== undefined || status !== 0)
    return skipped('fsync and fdatasync of a commit', 'strace cannot be used here')
  const calls = fs.readFileSync(path.join(dir, 'trace'), 'utf8').match(/f(data)?sync\(/g)?.length ?? 0
  count('fsync and fdatasync of a commit', calls, calls === 1 ? 'ok' : 'exactly 1 was wanted')
}

/** Commands of a batch that is one commit, against a process for each. */
function batches(dir) {
  const host = makeHost(path.join(dir, 'batched'), 32, 0)
  const one = [
    ['destroy', 'one'],
    ['create', '--type', 'L40-1B', '--name', 'one'],
  ]
  const single = Array.from({ length: SIZE.singles }, (_, index) =>
    timed(nvgpuCase(host, 'vgpu', ...one[(index + 1) % 2])),
  )
  const input = `${batchOf(SIZE.batch).join('\n')}\n`
  const batch = [1, 2, 3].map(() => timed({ ...nvgpuCase(host, 'batch', '--atomic', '-f', '-'), input }))
  heading('how many times faster', 'us')
  for (const [key, name, goals] of [
    ['cpu', 'processor', [200, 400]],
    ['wall', 'wall'],
  ]) {
    const each = single.reduce((sum, time) => sum + time[key], 0) / single.length
    const times = batch.map((time) => time[key] / SIZE.batch).sort((a, b) => a - b)
    const ratios = times.map((ms) => each / ms).sort((a, b) => a - b)
    row(
      `batch of ${SIZE.batch} / a process each, ${name}`,
      ratios,
      (1000 * quantile(times, 0.5)).toFixed(0),
      goals,
      'up',
    )
  }
}

async function creation(dir) {
  const program = await bundle('creation.js', dir)
  const args = [program, String(SIZE.creation)]
  const { perSecond, dearest } = JSON.parse(output({ command: process.execPath, args }).stdout)
  heading('in one process', '')
  count('vGPUs created a second', Math.round(perSecond), verdict(perSecond, [undefined, 20_000], 'up'))
  const named = dearest.map(({ name, percent }) => `${name} ${percent.toFixed(0)} %`)
  console.log(`  dearest: ${named.join(', ')}`)
}

async function contention(dir) {
  heading('throughput / SQLite', '')
  const reason = noSqlite()
  if (reason !== undefined) return skipped('8 writers / SQLite WAL FULL', reason)
  const writer = await bundle('writer.js', dir)
  for (const [rounds, count] of SIZE.contention) {
    const own = path.join(dir, `contention-${count}`)
    fs.mkdirSync(own)
    row(`8 writers x ${count} / SQLite WAL FULL`, await contend(writer, own, rounds, count), '', [0.8, 1], 'up')
  }
}

/** A median, how it scatters, and what it must and is meant to be: at most, or at least where more is better. */
function row(title, ratios, amount, goals, better = 'down') {
  const median = quantile(ratios, 0.5)
  const quartiles = `${shown(quantile(ratios, 0.25))}-${shown(quantile(ratios, 0.75))}`
  const [must, aim] = goals ?? []
  line(title, shown(median), quartiles, amount, goal(must), goal(aim), verdict(median, goals, better))
}

function verdict(value, [must, aim] = [], better) {
  const short = (limit) => (better === 'up' ? limit - value : value - limit)
  const way = better === 'up' ? 'below' : 'above'
  if (must !== undefined && short(must) > 0) return `${way} what it must by ${shown(short(must))}`
  if (aim === undefined) return ''
  return short(aim) > 0 ? `ok, ${way} the aim by ${shown(short(aim))}` : 'ok, as aimed at'
}

function heading(what, unit) {
  console.log('')
  line(what, '', 'quartiles', unit, 'must', 'aim', '')
}

function line(title, value, quartiles, amount, must, aim, note) {
  const cells = [title.padEnd(45), value.padStart(6), quartiles.padStart(11), amount.padStart(7)]
  console.log([...cells, must.padStart(6), aim.padStart(6), ` ${note}`].join('  ').trimEnd())
}

function count(title, value, note) {
  line(title, String(value), '', '', '', '', note)
}

function skipped(title, reason) {
  console.log(`${title}: skipped, ${reason}`)
}

function goal(value) {
  return value === undefined ? '-' : String(value)
}

function shown(value) {
  return value >= 100 ? value.toFixed(0) : value.toFixed(2)
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
