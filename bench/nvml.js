/**
 * npm run bench -- --nvml: calls a second of the NVML library in one run, beside a C twin of it on the same server, on a
 * server in C, and a library that answers in the process; and ten exporters at once beside one.
 */
import { spawn, spawnSync } from 'node:child_process'
import fs from 'node:fs'
import { loadavg } from 'node:os'
import path from 'node:path'
import { makeHost, nvgpuCase } from './hosts.js'
import { output, quantile } from './measure.js'

const BENCH = import.meta.dirname
const NVGPU = path.join(BENCH, '../bin/nvgpu.cjs')
/** Short runs in turn, so that a moment of other load meets all cases alike. */
const ROUNDS = 31
const CALLS = 2_000
const KINDS = [
  ['rates', 'nvmlDeviceGetUtilizationRates'],
  ['list', 'nvmlDeviceGetActiveVgpus, 32 vGPUs'],
]

/** The numbers of the protocol, from the library's own list. */
function numbers(nvgpu) {
  const names = output(nvgpu('nvml', 'functions', '-q'))
    .stdout.trim()
    .split('\n')
    .sort()
  const at = (name) => names.indexOf(name)
  return {
    INIT: at('nvmlInit_v2'),
    BY_INDEX: at('nvmlDeviceGetHandleByIndex_v2'),
    RATES: at('nvmlDeviceGetUtilizationRates'),
    LIST_VGPUS: at('nvmlDeviceGetActiveVgpus'),
  }
}

function build(out, source, defines, ...options) {
  const macros = Object.entries(defines).map(([name, value]) => `-D${name}=${value}`)
  const run = spawnSync('cc', [
    '-O2',
    '-w',
    ...macros,
    ...options,
    '-o',
    out,
    path.join(BENCH, source),
    '-lpthread',
    '-ldl',
  ])
  if (run.status !== 0) throw new Error(`cc ${source}: ${run.stderr}`)
}

/** The checksum of the list of functions: four bytes of each library, in its hello; taken from one. */
function listOf(library) {
  const listing = spawnSync('sh', ['-c', `objdump -d --no-show-raw-insn ${library} | grep -A3 'movl.*$0x3e0001'`], {
    encoding: 'utf8',
  })
  return /\$(0x[0-9a-f]+),0x12c\(%rsp\)/.exec(listing.stdout)?.[1] ?? '0'
}

export async function nvml(scratch) {
  if (spawnSync('cc', ['--version']).error !== undefined) return console.log('\nNVML: skipped, cc is not installed')
  const state = path.join(scratch, 'nvml')
  const nvgpu = (...words) => nvgpuCase(state, ...words)
  makeHost(state, 32, 32)
  const lib = path.join(scratch, 'lib')
  output(nvgpu('nvml', 'install', lib))
  const ours = path.join(lib, 'libnvidia-ml.so.1')
  const defines = numbers(nvgpu)
  const file = (name) => path.join(scratch, name)
  build(file('twin.so'), 'nvml-twin.c', { ...defines, LIST: listOf(ours) }, '-shared', '-fPIC')
  build(file('plain.so'), 'nvml-twin.c', { ...defines, IN_PROCESS: 1 }, '-shared', '-fPIC')
  build(file('server'), 'nvml-server.c', defines)
  build(file('client'), 'nvml-client.c', {})
  const socket = path.join(state, 'nvml.sock')
  const other = file('c.sock')
  const servers = [
    spawn(process.execPath, [NVGPU, 'nvml', 'serve', '--state-dir', state], { stdio: 'ignore' }),
    spawn(file('server'), [other], { stdio: 'ignore' }),
  ]
  try {
    while (![socket, other].every((place) => fs.existsSync(place)))
      await new Promise((resolve) => setTimeout(resolve, 20))
    console.log(`\nNVML, calls a second, medians of interleaved runs; load of the machine ${loadavg()[0].toFixed(1)}`)
    for (const [kind, title] of KINDS) {
      const rate = (library, place, calls) => {
        const env = { NVGPU_NVML_SOCKET: place }
        return Number(spawnSync(file('client'), [library, String(calls), kind], { encoding: 'utf8', env }).stdout)
      }
      compare(title, [
        ['the library', () => rate(ours, socket, CALLS)],
        ['its C twin, same server', () => rate(file('twin.so'), socket, CALLS)],
        ['the library, server in C', () => rate(ours, other, CALLS)],
        ['C in the process', () => rate(file('plain.so'), socket, 1_000_000)],
      ])
    }
    const one = await scrapes(file('client'), ours, 1)
    const ten = await scrapes(file('client'), ours, 10)
    console.log(`  32 vGPUs scraped 50 times: ten exporters at once take ${(ten / one).toFixed(1)} times one (must 12)`)
  } finally {
    for (const server of servers) server.kill()
  }
}

/** Measures the cases in turn, and prints medians: of each, and of the ratios of the first to others in the same round. */
function compare(title, cases) {
  const found = cases.map(() => [])
  for (let round = 0; round < ROUNDS; round += 1)
    for (const [i, [, measure]] of cases.entries()) found[i].push(measure())
  const median = (values) =>
    quantile(
      [...values].sort((a, b) => a - b),
      0.5,
    )
  const beside = (other) => median(found[0].map((own, round) => own / found[other][round])).toFixed(2)
  console.log(`  ${title}`)
  for (const [i, [name]] of cases.entries()) console.log(`    ${name.padEnd(28)} ${Math.round(median(found[i]))}`)
  console.log(
    `    beside its twin ${beside(1)} (must 0.8, aim 1.0); beside a server in C ${beside(2)} (must 0.3, aim 0.6)`,
  )
}

/** Seconds until `count` exporters have each scraped all vGPUs 50 times. */
async function scrapes(client, library, count) {
  const start = performance.now()
  const runs = Array.from(
    { length: count },
    () => new Promise((resolve) => spawn(client, [library, '50', 'scrape'], { stdio: 'ignore' }).once('exit', resolve)),
  )
  const codes = await Promise.all(runs)
  if (codes.some((code) => code !== 0)) throw new Error('an exporter failed')
  return (performance.now() - start) / 1000
}
