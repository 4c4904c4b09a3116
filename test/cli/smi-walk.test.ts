import { spawnSync } from 'node:child_process'
import fs from 'node:fs'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { boardNames, findBoard } from '../../src/catalog/boards.ts'
import { migProfilesOf } from '../../src/catalog/mig-profiles.ts'
import type { SmiOption } from '../../src/cli/smi/options.ts'
import { SUBCOMMANDS } from '../../src/cli/smi/subcommand-table.ts'
import { OPTIONS, SECTIONS } from '../../src/cli/smi/top-options.ts'
import { SCHEDULER_OPTIONS, VGPU_OPTIONS } from '../../src/cli/smi/vgpu-options.ts'
import { Bench } from './captured-io.ts'

/** The commands of a real H200 without vGPUs, driver 580; outside of the project. */
const CAPTURE = '../shared/reference/captured/nvidia-smi-commands.txt'
const withCapture = it.skipIf(!fs.existsSync(CAPTURE))
if (!fs.existsSync(CAPTURE)) console.log(`smi-walk: ${CAPTURE} is not here; nothing is compared with it`)

let bench: Bench
beforeAll(async () => {
  bench = new Bench()
  for (const line of ['host init --board A40 --profile vgpu17', 'vf enable 4'])
    expect((await bench.sh(line)).status).toBe(0)
})
afterAll(() => bench.dispose())

/** Runs one round of a command. */
async function once(line: string) {
  const { status, stdout, stderr } = await bench.sh(line, {
    meanwhile: (what) => {
      if (what === 'sleep') throw new Error('interrupted')
    },
  })
  return { status, stdout, stderr }
}

interface Captured {
  readonly stdout: string
  readonly status: number
}

function captures(): Map<string, Captured> {
  const found = new Map<string, Captured>()
  const text = fs.readFileSync(CAPTURE, 'utf8')
  for (const [, command = '', stdout = '', status] of text.matchAll(
    /^=== nvidia-smi (.*)\n([\s\S]*?)^--- exit (\d+)$/gm,
  ))
    found.set(command, { stdout, status: Number(status) })
  return found
}

/** Values for options that take one. */
const VALUES: Readonly<Record<string, string>> = {
  '--id': '0',
  '--display': 'MEMORY',
  '--query-gpu': 'index',
  '--query-supported-clocks': 'memory',
  '--query-compute-apps': 'pid',
  '--query-accounted-apps': 'pid',
  '--query-retired-pages': 'gpu_uuid',
  '--query-remapped-rows': 'gpu_uuid',
  '--query-vgpu-scheduler-logs': 'time_run',
  '--format': 'csv',
  '--loop-ms': '1000',
  '--lock-gpu-clocks': '1500,1500',
  '--applications-clocks': '9001,2520',
  '--virt-mode': '3',
  '--select': 'u',
  '--options': 'D',
  '--p2pstatus': 'r',
  '--policy': '2',
}

function spelled({ names, value }: SmiOption, spelling: string): string {
  if (value !== 'required') return spelling
  const long = names.find((name) => name.startsWith('--')) ?? ''
  if (long === '--filename' || long === '--debug') return `${spelling} ${bench.file('smi.log')}`
  return `${spelling} ${VALUES[long] ?? '0'}`
}

/** Every spelling of every option of nvidia-smi, as a command line. */
function everyOption(): string[] {
  const of = (before: string, table: Readonly<Record<string, SmiOption>>, after = '') =>
    Object.values(table).flatMap((option) =>
      option.names.map((name) => `smi ${before}${spelled(option, name)}${after}`),
    )
  return [
    ...of('', OPTIONS),
    ...of('vgpu ', VGPU_OPTIONS),
    ...of('vgpu set-scheduler-state ', SCHEDULER_OPTIONS),
    ...SUBCOMMANDS.flatMap(({ name, options = {} }) => of(`${name} `, options)),
    ...SUBCOMMANDS.flatMap(({ name }) => [`smi ${name} -h`, `smi ${name} --help`]),
    ...SUBCOMMANDS.filter(({ options }) => options === undefined).map(({ name }) => `smi ${name} -l`),
  ]
}

describe('every option of nvidia-smi', () => {
  it('I 2.3: is known, and answers on standard output with a status of nvidia-smi', async () => {
    const lines = everyOption()
    expect(lines.length).toBeGreaterThan(250)
    for (const line of lines) {
      const { status, stdout, stderr } = await once(line)
      const interrupted = stderr.includes('interrupted')
      if (!interrupted)
        expect({ line, stderr, known: [0, 2, 3, 4, 6, 9, 19].includes(status) }).toEqual({
          line,
          stderr: '',
          known: true,
        })
      expect({ line, refused: /not recognized|is not modelled|needs a value/.test(stdout) }).toEqual({
        line,
        refused: false,
      })
    }
  }, 120_000)

  it('I 2.3: is in the help, under a title, with a sentence', async () => {
    const { status, stdout, stderr } = await once('smi -h')
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
    expect(stdout).toMatch(/^NVIDIA System Management Interface -- v550\.\d+\.\d+\n\n/)
    expect(stdout).toContain(
      '\nnvidia-smi [OPTION1 [ARG1]] [OPTION2 [ARG2]] ...\n\n    -h,   --help                Print this page.',
    )
    const inSections = new Set<string>(SECTIONS.flatMap(([, keys]) => keys))
    for (const [key, { names }] of Object.entries(OPTIONS)) {
      expect({ key, listed: inSections.has(key) }).toEqual({ key, listed: true })
      for (const name of names) expect(stdout).toMatch(new RegExp(`^ {4}(.* )?${name}[,= \\n]`, 'm'))
    }
    for (const { name } of SUBCOMMANDS) expect(stdout).toContain(`"nvidia-smi ${name} -h" for more information.`)
    for (const line of stdout.split('\n')) expect(line.length, line).toBeLessThanOrEqual(100)
    expect((await once('smi --help')).stdout).toBe(stdout)
    const vgpu = await once('smi vgpu -h')
    expect(vgpu).toMatchObject({ status: 0, stderr: '' })
    expect(vgpu.stdout).toMatch(/^\n {4}vgpu -- vGPU information\.\n\n/)
    for (const { names } of Object.values(VGPU_OPTIONS)) expect(vgpu.stdout).toContain(`${names.join(' | ')}]: `)
  })

  it('I 2.3: has the same help through the link nvidia-smi, into a pipe, on a host without a driver too', async () => {
    const link = bench.file('nvidia-smi')
    fs.symlinkSync(path.resolve('bin/nvgpu.cjs'), link)
    const env = { ...process.env, NVGPU_STATE_DIR: bench.stateDir }
    const piped = (words: string) =>
      spawnSync('sh', ['-c', `"$1" ${words} | cat`, 'sh', link], { env, encoding: 'utf8' }).stdout
    expect(piped('-h')).toBe((await once('smi -h')).stdout)
    expect(piped('vgpu --help')).toBe((await once('smi vgpu -h')).stdout)
    const { status, stdout } = spawnSync(link, ['-h'], { env, encoding: 'utf8' })
    expect({ status, same: stdout === (await once('smi -h')).stdout }).toEqual({ status: 0, same: true })
    // nvgpu's own help of the verb is there by word
    expect((await once('help smi')).stdout).toMatch(/^Usage: nvgpu smi /)
    const bare = new Bench()
    expect((await bare.sh('gpu unbind 0 --force')).status).toBe(0)
    expect((await bare.sh('smi')).status).toBe(9)
    expect((await bare.sh('smi -h')).status).toBe(0)
    bare.dispose()
  })

  withCapture('I 2.3: of the captured help is one of ours, in the same spelling', () => {
    const help = captures()
    const spellings = (text: string) => new Set(text.match(/(?<![\w-])--?[a-zA-Z][\w-]*(?=[ ,=|\]]|$)/gm) ?? [])
    const ours = (table: Readonly<Record<string, SmiOption>>) => Object.values(table).flatMap(({ names }) => names)
    const top = [...spellings((help.get('--help')?.stdout ?? '').split('Device Monitoring:')[0] ?? '')]
    expect(top.length).toBeGreaterThan(90)
    expect(top.filter((name) => !ours(OPTIONS).includes(name))).toEqual([])
    const vgpu = [...(help.get('vgpu --help')?.stdout ?? '').matchAll(/^ {4}\[(.+?)\]:/gm)].flatMap(([, names = '']) =>
      names.split(' | ').filter((name) => name !== 'N/A' && name !== 'topo'),
    )
    expect(vgpu.length).toBeGreaterThan(40)
    expect(vgpu.filter((name) => !ours(VGPU_OPTIONS).includes(name))).toEqual([])
    const mig = [...(help.get('mig --help')?.stdout ?? '').matchAll(/^ {4}\[(.+?)\]:/gm)].flatMap(([, names = '']) =>
      names.split(' | '),
    )
    const migTable = SUBCOMMANDS.find(({ name }) => name === 'mig')?.options ?? {}
    expect(mig.filter((name) => !ours(migTable).includes(name))).toEqual([])
    const words = [...(help.get('--help')?.stdout ?? '').matchAll(/"nvidia-smi ([\w-]+) -h"/g)].map(([, word]) => word)
    expect(SUBCOMMANDS.map(({ name }) => name)).toEqual(words)
  })

  withCapture('I 2.3: answers a captured command as the real one did, status too', async () => {
    const other = new Bench()
    const init = await other.sh('host init --board H200-SXM5-141GB --profile vgpu17 --no-vgpu')
    expect(init.status, init.stderr).toBe(0)
    const fixed =
      /^(vgpu|vgpu -[scqm]|vgpu -v|vgpu -[sc] -v|vgpu caps|vgpu --foo|vgpu -shm 1|vgpu -i 9|vgpu --query-vgpu=foo|mig -(lgip|lgipp|lgi)|-i (7|0+:99:00\.0)|--foo|--query-gpu=foo.*|--query-gpu=index,name --format=json|--query-compute-apps=.*|-q -d FOO|pmon -c 1)$/
    const compared = [...captures()].filter(([command]) => fixed.test(command))
    expect(compared.length).toBeGreaterThan(22)
    for (const [command, captured] of compared) {
      const { status, stdout, stderr } = await other.sh(`smi --style 580 ${command}`)
      expect({ command, status, stdout, stderr }).toEqual({ command, ...captured, stderr: '' })
    }
    other.dispose()
  })
})

/** Profiles of GPU instances by board; outside of the project. */
const PROFILES = '../shared/reference/mig-profiles.json'

interface Profile {
  readonly name: string
  readonly giProfileId: number
  readonly maxInstances: number
  readonly memoryMiB: number | null
  readonly multiprocessors: number | null
  readonly copyEngines: number
  readonly decoders: number
  readonly encoders: number
  readonly jpeg: number
  readonly ofa: number
  readonly placementStarts: readonly number[]
  readonly placementSize: number
}

describe('nvidia-smi mig', () => {
  it.skipIf(!fs.existsSync(PROFILES))('I 2.3: has the profiles of the reference, where that has a figure', () => {
    const { boards }: { boards: Record<string, { profiles: Profile[] }> } = JSON.parse(
      fs.readFileSync(PROFILES, 'utf8'),
    )
    const compared = boardNames().filter((name) => boards[name] !== undefined)
    expect(compared.length).toBeGreaterThan(15)
    for (const name of compared) {
      const ours = migProfilesOf(name)
      const theirs = (boards[name]?.profiles ?? []).map((profile, at) => ({
        name: profile.name,
        id: profile.giProfileId,
        maxInstances: profile.maxInstances,
        // the captured H200 has memory that the reference lacks
        memoryMiB: profile.memoryMiB ?? ours[at]?.memoryMiB ?? null,
        multiprocessors: profile.multiprocessors,
        copyEngines: profile.copyEngines,
        decoders: profile.decoders,
        encoders: profile.encoders,
        jpeg: profile.jpeg,
        ofa: profile.ofa,
        starts: profile.placementStarts,
        size: profile.placementSize,
      }))
      expect(ours, name).toEqual(theirs)
    }
  })

  it('I 2.3: has no device on boards without MIG, whatever is asked', async () => {
    for (const words of ['-lgip', '-lgipp', '-lgi', '-lci', '-lcip', '-lcipp', '-cgi 9 -C', '-dgi', '-cci', '-dci'])
      expect({ words, ...(await once(`smi mig ${words}`)) }).toEqual({
        words,
        status: 6,
        stdout: 'No MIG-supported devices found.\n',
        stderr: '',
      })
  })

  it('I 2.3: has the profiles of each board with MIG, and no instance while it is off', async () => {
    const boards = boardNames().filter((name) => findBoard(name)?.mig === true)
    expect(boards.length).toBeGreaterThan(15)
    for (const board of boards) {
      expect(migProfilesOf(board).length, board).toBeGreaterThanOrEqual(5)
      expect((await bench.sh(`host init --board ${board} --profile vgpu17 --force`)).status).toBe(0)
      const { status, stdout } = await once('smi mig -lgip')
      expect({ board, status }).toEqual({ board, status: 0 })
      expect(
        new Set(
          stdout
            .trim()
            .split('\n')
            .map((line) => line.length),
        ),
        board,
      ).toEqual(new Set([79]))
      const wide = (await once('smi --style 580 mig -lgip')).stdout
      expect(
        new Set(
          wide
            .trim()
            .split('\n')
            .map((line) => line.length),
        ),
        board,
      ).toEqual(new Set([81]))
      for (const words of ['-lgi', '-lci', '-lcip', '-cgi 0'])
        expect(await once(`smi mig ${words}`)).toMatchObject({ status: 6, stdout: 'No MIG-enabled devices found.\n' })
    }
    expect(migProfilesOf('L40')).toEqual([])
  })
})
