import {
  closeSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import fc from 'fast-check'
import { crc32 } from '../../src/abi/crc32.ts'
import { loadNouns } from '../../src/cli/load-noun.ts'
import { LOG_LIMIT } from '../../src/store/disk/layout.ts'
import { documents } from './fuzz-documents.ts'
import { type Damage, damaged, damages, utf8 } from './fuzz-files.ts'
import { batchFiles, commandLines, INPUTS } from './fuzz-words.ts'
import { FuzzWorld } from './fuzz-world.ts'

const A = '11111111-2222-4333-8444-555555555555'
const B = '66666666-7777-4888-8999-aaaaaaaaaaaa'
const VFS = ['host init --board L40 --gpus 2', 'vf enable 4 --gpu 0', 'vf enable 4 --gpu 1']
const BUSY = [
  ...VFS,
  `vgpu create -t L40-4Q -u ${A} -n desk7 --vm web`,
  `vgpu create -t L40-8Q -u ${B} -n desk8 --gpu 1 --no-start`,
]

/** Hosts that cases begin on: none, a fresh one, a busy one, one with a history, others' rules, one that is traced. */
const HOSTS: readonly (readonly string[])[] = [
  [],
  ['vf enable 4'],
  BUSY,
  [
    ...BUSY,
    `host init --gpus 2 --force --registry-dwords A=${'x'.repeat(LOG_LIMIT)}`,
    ...BUSY.slice(1),
    'vgpu stop desk7',
  ],
  ['host init --profile vgpu17', 'vf enable 32', `vgpu create -t L40-4Q -u ${A} -n desk7`],
  [
    'host init --board L4 --gpus 3',
    'vf enable 2 -i 1',
    `vgpu define -t L4-2Q -u ${A} -n desk7 --gpu 1 --auto`,
    'gsp trace on',
  ],
]

/** What a case does: the host it begins on, what happens to files, and the command lines that follow. */
interface Case {
  readonly host: number
  /** changes of files of the state directory: which, and how; a number swaps it with another or makes it something else */
  readonly state: readonly { readonly file: number; readonly how: Damage | 'swap' | 'remove' | 'directory' | 'link' }[]
  readonly inputs: readonly { readonly file: number; readonly how: Damage }[]
  readonly lines: readonly (readonly string[])[]
}

export interface FuzzReport {
  inputs: number
  statuses: Record<number, number>
  slowest: string
  /** MiB of memory the process had at most */
  peak: number
  failure?: { readonly seed: number; readonly message: string }
}

export interface FuzzPlan {
  readonly seed: number
  readonly inputs: number
  readonly milliseconds?: number
  /** in this process, or each command line as one of its own */
  readonly how?: 'in-process' | 'processes'
}

/** Runs cases until so many command lines and damaged files have been tried. */
export async function fuzz({ seed, inputs, milliseconds, how }: FuzzPlan): Promise<FuzzReport> {
  // With the default size a case would have some five commands, and much would never be met.
  fc.configureGlobal({ defaultSizeToMaxWhenMaxSpecified: true })
  const world = new FuzzWorld()
  const report: FuzzReport = { inputs: 0, statuses: {}, slowest: '', peak: 0 }
  try {
    const stock = await prepare(world)
    const cases = await caseArbitrary()
    const end = Date.now() + (milliseconds ?? Number.POSITIVE_INFINITY)
    world.asProcesses = how === 'processes'
    // One fc.assert after the other, each with a seed of its own: what failed is found again by its seed alone.
    for (let round = seed; report.inputs < inputs && Date.now() < end && !report.failure; round++) {
      const result = await fc.check(
        fc.asyncProperty(cases, async (one) => {
          const wrong = await play(world, stock, one, report)
          if (wrong) throw new Error(wrong)
        }),
        { seed: round, numRuns: world.asProcesses ? 2 : 20, ...SHRINKING },
      )
      if (!result.failed) continue
      const why = result.errorInstance instanceof Error ? result.errorInstance.message : String(result.errorInstance)
      report.failure = { seed: round, message: `${why}\n${fc.stringify(result.counterexample).slice(0, SHOWN)}` }
    }
    const { milliseconds: slowest, words } = world.slowest
    report.slowest = `${slowest.toFixed(0)} ms: ${words.join(' ').slice(0, 80)}`
    report.peak = Math.round(process.resourceUsage().maxRSS / 1024)
    const strays = world.strays()
    if (strays.length && !report.failure)
      report.failure = { seed, message: `files outside: ${strays.slice(0, 5).join(' ')}` }
    return report
  } finally {
    world.dispose()
  }
}

/** Characters of a case that failed; its seed gives the rest. */
const SHOWN = 3000

/** Shrinking a case of many commands takes long; what it gains is soon enough. */
const SHRINKING = { interruptAfterTimeLimit: 120_000, markInterruptAsFailure: false }

interface Stock {
  readonly hosts: readonly (string | undefined)[]
  readonly files: ReadonlyMap<string, Uint8Array>
}

async function prepare(world: FuzzWorld): Promise<Stock> {
  const hosts: (string | undefined)[] = []
  const files = new Map<string, Uint8Array>()
  for (const [index, lines] of HOSTS.entries()) {
    world.begin(undefined)
    world.files.clear()
    for (const line of lines) {
      const { status, stderr } = await world.run(line.split(' '))
      if (status !== 0) throw new Error(`${line}: ${stderr}`)
    }
    hosts.push(lines.length ? world.keep(`host-${index}`) : undefined)
    if (lines !== BUSY) continue
    for (const line of ['host export in.json', 'types export L40-4Q in.bin', 'vgpu save desk7 in.vgpu']) {
      await world.run(line.split(' '))
    }
    for (const [name, bytes] of world.files) files.set(name, bytes)
  }
  files.set(
    'in.xml',
    utf8('<vgpuconfig version="1.0"><vgpuType id="874" name="NVIDIA L40-4Q" class="Quadro"/></vgpuconfig>'),
  )
  files.set(
    'in.yaml',
    utf8('schema: 1\nboard: L40\ngpus:\n  - vfs: 4\n    vgpus:\n      - {type: L40-4Q, name: desk9}\n'),
  )
  files.set('in.txt', utf8('vf enable 4 --gpu 1\nvgpu create -t L40-4Q -n desk9\n# and away\nvgpu destroy desk9\n'))
  return { hosts, files }
}

/** Nouns that run programs or serve until a signal: their own tests send them bad input. */
const DOORS = ['run', 'run-server', 'serve', 'nvml']

async function caseArbitrary(): Promise<fc.Arbitrary<Case>> {
  const nouns = (await loadNouns()).filter(({ name }) => !DOORS.includes(name))
  const how = fc.oneof(
    { weight: 9, arbitrary: damages },
    {
      weight: 2,
      arbitrary: fc.constantFrom('swap' as const, 'remove' as const, 'directory' as const, 'link' as const),
    },
  )
  const lines = fc.array(commandLines(nouns), { minLength: 1, maxLength: 24 })
  const none = fc.constant([])
  const declared = documents.map((text) => ({
    file: INPUTS.indexOf('in.yaml'),
    how: { kind: 'replace' as const, bytes: utf8(text) },
  }))
  const batched = batchFiles(nouns).map((text) => ({
    file: INPUTS.indexOf('in.txt'),
    how: { kind: 'replace' as const, bytes: utf8(text) },
  }))
  const input = fc.array(
    fc.oneof(
      { weight: 3, arbitrary: fc.record({ file: fc.nat(INPUTS.length - 1), how: damages }) },
      { weight: 2, arbitrary: declared },
      { weight: 2, arbitrary: batched },
    ),
    { maxLength: 3 },
  )
  const state = fc.array(fc.record({ file: fc.nat(20), how }), { minLength: 1, maxLength: 2 })
  return fc.oneof(
    { weight: 4, arbitrary: fc.record({ host: fc.nat(HOSTS.length - 1), state: none, inputs: input, lines }) },
    { weight: 2, arbitrary: fc.record({ host: fc.nat(HOSTS.length - 1), state: none, inputs: input, lines: imports }) },
    {
      weight: 3,
      arbitrary: fc.record({
        host: fc.integer({ min: 1, max: HOSTS.length - 1 }),
        state,
        inputs: none,
        lines: fc.array(commandLines(nouns), { maxLength: 4 }).map(withLooks),
      }),
    },
  )
}

/** Everything that reads a file somebody hands in. */
const imports = fc.array(
  fc
    .tuple(
      fc.constantFrom(
        'types upload',
        'host import --force',
        'vgpu restore',
        'vgpu define --jsonfile',
        'apply -f',
        'diff -f',
        'assert -f',
        'batch -f',
        'batch --keep-going -f',
        'batch --atomic -f',
        'gsp decode GSP_VF_INFO -',
      ),
      fc.constantFrom(...INPUTS, 'in.yaml', 'in.txt'),
    )
    .map(([line, file]) => (line.endsWith('-') ? line.split(' ') : [...line.split(' '), file])),
  { minLength: 1, maxLength: 6 },
)

/** A damaged directory is looked at from all sides, repaired, and looked at again. */
function withLooks(lines: readonly (readonly string[])[]): string[][] {
  const looks = [
    ['vgpu', 'list'],
    ['host', 'export', '-'],
    ['host', 'history'],
    ['vf', 'enable', '3', '--force'],
    ['host', 'fsck'],
  ]
  return [...looks, ...lines, ['host', 'fsck', '--repair'], ...looks].map((line) => [...line])
}

async function play(world: FuzzWorld, stock: Stock, one: Case, report: FuzzReport): Promise<string | undefined> {
  world.begin(stock.hosts[one.host])
  world.files.clear()
  for (const [name, bytes] of stock.files) world.files.set(name, bytes)
  for (const { file, how } of one.inputs) {
    const name = INPUTS[file] ?? 'in.json'
    world.files.set(name, damaged(world.files.get(name) ?? utf8(''), how))
    report.inputs++
  }
  for (const { file, how } of one.state) {
    damageState(file, how)
    world.damaged = true
    report.inputs++
  }
  if (world.asProcesses) world.lay()
  for (const words of world.asProcesses ? one.lines.filter(ends) : one.lines) {
    report.inputs++
    const wrong = await world.judge(words, report)
    if (wrong) return `${JSON.stringify(words)}: ${wrong}`
  }
  return undefined
}

/** Whether a command line as a process comes to an end by itself, and names no file of this machine. */
function ends(words: readonly string[]): boolean {
  const endless = ['watch', 'dmon', 'pmon', 'wait', 'follow']
  return !words.some(
    (word) => endless.includes(word) || /^-?-l/.test(word) || /(^|=)\//.test(word) || word.includes('\0'),
  )
}

function damageState(number: number, how: Case['state'][number]['how']): void {
  const entries = readdirSync('state', { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile())
  const paths = entries.map((entry) => `${entry.parentPath}/${entry.name}`).sort()
  const path = paths[number % Math.max(paths.length, 1)]
  const other = paths[(number + 1) % Math.max(paths.length, 1)]
  if (path === undefined || other === undefined) return
  if (how === 'swap') {
    renameSync(path, 'swapped')
    if (other !== path) renameSync(other, path)
    renameSync('swapped', other)
    return
  }
  if (typeof how === 'object') {
    writeFileSync(path, damaged(readFileSync(path), how, sumOf))
    return
  }
  rmSync(path)
  if (how === 'directory') mkdirSync(path)
  if (how === 'link') {
    closeSync(openSync('target', 'w'))
    symlinkSync('/dev/zero', path)
  }
}

function sumOf(text: string): string {
  return crc32(utf8(text)).toString(16).padStart(8, '0')
}
