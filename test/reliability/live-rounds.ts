import { type ChildProcess, spawn } from 'node:child_process'
import fs from 'node:fs'
import path from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { eventually, LiveHost } from '../live/live-host.ts'
import { type Change, type LiveEvent, unexplained, type VfFacts } from './live-order.ts'
import { type Random, seeded } from './random.ts'

const PROGRAM = path.resolve('test/reliability/live-writer.py')
const VFS = ['4', '5', '6', '7'].map((number) => `0000:c1:00.${number}`)
const TYPE = 'nvidia-874'
/** Runs at once, and writers in each. */
const RUNS = 3
const WRITERS = 16
/** Loops of command lines beside them: 64 writers in all. */
const LOOPS = 16
/** Operations of a writer in a round, so few that the history keeps all changes of the round. */
const SHARE = 7
/** Starts of a run in one round, however often it is killed. */
const MOST_STARTS = 200

/** Rounds of 64 writers on one host; each ends with a comparison of all that was answered with the history. */
export class LiveRounds {
  readonly #host = new LiveHost('ordinary')
  readonly #replica = new LiveHost('ordinary')
  readonly #facts = new Map<string, VfFacts>(VFS.map((vf) => [vf, { override: '(null)', holder: '-' }]))
  readonly #random: Random
  readonly #seed: number
  readonly #kills = { servers: 0, runs: 0, writers: 0, commands: 0 }
  #round = 0
  #seq = 0
  #operations = 0
  #changes = 0

  constructor(seed: number) {
    this.#seed = seed
    this.#random = seeded(seed)
    for (const host of [this.#host, this.#replica]) {
      done(host, ['host', 'init', '--profile', 'vgpu16'])
      done(host, ['vf', 'enable', String(VFS.length)])
    }
    this.#seq = this.#history().at(-1)?.seq ?? 0
  }

  get operations(): number {
    return this.#operations
  }

  get counts(): string {
    const { servers, runs, writers, commands } = this.#kills
    const killed = `${servers} servers, ${runs} runs, ${writers} writers and ${commands} command lines killed`
    return `${this.#operations} operations, ${this.#changes} changes in ${this.#round} rounds; ${killed}`
  }

  /** One round. @returns what nothing explains */
  async next(withKills: boolean): Promise<string[]> {
    this.#round++
    const logs = `${this.#host.home}/logs-${this.#round}`
    fs.mkdirSync(logs, { mode: 0o777 })
    fs.chmodSync(logs, 0o777)
    const events: LiveEvent[] = []
    const running = new AbortController()
    const work = Promise.all([
      ...Array.from({ length: RUNS }, (_, index) => this.#run(index, logs)),
      ...Array.from({ length: LOOPS }, (_, index) => this.#commands(index, withKills, events)),
    ]).then(() => running.abort())
    await Promise.all([work, withKills ? this.#kill(running.signal) : undefined])
    for (const name of fs.readdirSync(logs)) events.push(...eventsOf(`${logs}/${name}`, name))
    fs.rmSync(logs, { recursive: true })
    return this.#judge(events)
  }

  dispose(): void {
    for (const host of [this.#host, this.#replica]) host.dispose()
  }

  async #judge(events: readonly LiveEvent[]): Promise<string[]> {
    const problems: string[] = []
    const home = this.#host.home
    if (!(await eventually(() => processesOf(home).length === 0)))
      problems.push(`processes are left: ${processesOf(home).map(({ words }) => words)}`)
    if (fs.readFileSync('/proc/self/mountinfo', 'utf8').includes(home)) problems.push('something is left mounted')
    const all = this.#history()
    const changes = all.filter(({ seq }) => seq > this.#seq)
    if (changes[0] !== undefined && changes[0].seq !== this.#seq + 1)
      problems.push(`the history begins at ${changes[0].seq}, the round at ${this.#seq + 1}`)
    problems.push(...unexplained(events, changes, this.#facts))
    this.#seq = all.at(-1)?.seq ?? 0
    this.#operations += events.length
    this.#changes += changes.length
    done(this.#replica, ['batch', '-f', '-'], changes.map(({ command }) => `${command}\n`).join(''))
    const [live, replayed] = [this.#host, this.#replica].map((host) => done(host, ['host', 'export']))
    if (live !== replayed) problems.push('the host is not what its history makes')
    const { status, stdout } = this.#host.nvgpu(['host', 'fsck'])
    if (status !== 0) problems.push(`fsck: ${stdout}`)
    return problems.map((problem) => `seed ${this.#seed}, round ${this.#round}: ${problem}`)
  }

  #history(): Change[] {
    return JSON.parse(done(this.#host, ['history', 'list', '-o', 'json'])).items
  }

  /** Writers below one server, started again as long as one of them has something to do. */
  async #run(index: number, logs: string): Promise<void> {
    const first = (this.#round - 1) * SHARE + 1
    const end = first + SHARE
    for (let starts = 0; ; starts++) {
      const writers = Array.from({ length: WRITERS }, (_, at) => {
        const name = `w${index * WRITERS + at}`
        return [name, index * WRITERS + at, nextOf(`${logs}/${name}`, first)] as const
      }).filter(([, , next]) => next < end)
      if (writers.length === 0) return
      if (starts === MOST_STARTS) throw new Error(`after ${starts} starts ${writers.length} writers are not done`)
      const plan = JSON.stringify({ seed: this.#seed, logs, vfs: VFS, type: TYPE, writers, end })
      const [file, ...args] = this.#host.argv([
        'run',
        '--',
        '/usr/bin/python3',
        '-c',
        fs.readFileSync(PROGRAM, 'utf8'),
        plan,
      ])
      const child = spawn(file, args, { cwd: this.#host.home, env: this.#host.env, stdio: ['ignore', 'pipe', 'pipe'] })
      const said = await ended(child)
      if (said.includes('Traceback')) throw new Error(said)
    }
  }

  /** Command lines, one after the other, in this round. */
  async #commands(index: number, withKills: boolean, events: LiveEvent[]): Promise<void> {
    const { process, kind, vf, value } = this.#command(index)
    const device = `/sys/bus/pci/devices/${vf}`
    const words = {
      override: ['sysfs', 'write', `${device}/driver_override`, value],
      show: ['sysfs', 'cat', `${device}/driver_override`],
      create: ['sysfs', 'write', `${device}/mdev_supported_types/${TYPE}/create`, value],
      remove: ['sysfs', 'write', `${device}/${value}/remove`, '1'],
    }[kind]
    const patience = withKills && this.#random.chance(0.3) ? this.#random.below(400) : undefined
    const began = now()
    const { status, said, printed } = await commandLine(this.#host, words, patience)
    if (status === null) this.#kills.commands++
    const answer = status === 0 ? (kind === 'show' ? printed.trim() : '-') : (/\((E[A-Z]+)\)/.exec(said)?.[1] ?? said)
    events.push({ process, kind, vf, value, began, ended: status === null ? undefined : now(), answer })
  }

  #command(index: number) {
    const process = `c${index}`
    const vf = this.#random.pick(VFS)
    const kind = this.#random.pick(['override', 'show', 'create', 'remove'] as const)
    const serial = this.#round.toString(16).padStart(12, '0')
    const uuid = `${(1000 + index).toString(16).padStart(8, '0')}-0000-4000-8000-${serial}`
    const holder = this.#facts.get(vf)?.holder ?? '-'
    const value = { override: `${process}-${this.#round}`, show: '-', create: uuid, remove: holder }[kind]
    // There is nothing to remove from a VF that had no vGPU when the round began.
    return value === '-' ? ({ process, vf, kind: 'show', value } as const) : { process, vf, kind, value }
  }

  /** Kills a process of the round now and then. */
  async #kill(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await wait(100 + this.#random.below(900), undefined, { signal }).catch(() => undefined)
      if (signal.aborted) return
      const wanted = this.#random.pick(['servers', 'runs', 'writers', 'writers'] as const)
      const victims = processesOf(this.#host.home).filter(({ words }) => KINDS[wanted].test(words))
      if (victims.length === 0) continue
      const { pid } = this.#random.pick(victims)
      try {
        process.kill(pid, 'SIGKILL')
      } catch {
        continue // it has ended by itself
      }
      this.#kills[wanted]++
      if (wanted === 'servers' && !(await eventually(() => !fs.existsSync(`/proc/${pid}`))))
        throw new Error(`the killed server ${pid} hangs`)
    }
  }
}

const KINDS = {
  servers: /^\S*node .* run-server /,
  runs: /^\S*node \S+ run /,
  writers: /^\/usr\/bin\/python3 /,
} as const

/** The processes that were started with a home, by their environment. */
function processesOf(home: string): { pid: number; words: string }[] {
  return fs.readdirSync('/proc').flatMap((name) => {
    try {
      if (!/^\d+$/.test(name) || !fs.readFileSync(`/proc/${name}/environ`, 'utf8').includes(`HOME=${home}\0`)) return []
      return [{ pid: Number(name), words: fs.readFileSync(`/proc/${name}/cmdline`, 'utf8').replaceAll('\0', ' ') }]
    } catch {
      return []
    }
  })
}

/** The events that a writer has noted. Its last line may be cut. */
function eventsOf(file: string, process: string): LiveEvent[] {
  const events = new Map<string, LiveEvent>()
  for (const line of linesOf(file)) {
    const [word, event = '', ...rest] = line.split(' ')
    if (word === 'begin') {
      const [kind, vf = '', value = '', began = ''] = rest
      if (!isKind(kind)) throw new Error(`a strange line: ${line}`)
      events.set(event, { process, kind, vf, value, began: BigInt(began), ended: undefined, answer: '-' })
    } else {
      const [answer = '', at = ''] = rest
      const begun = events.get(event)
      // Its server was killed: nobody knows what came of it.
      const ended = answer === 'ENOTCONN' || answer === 'ECONNABORTED' ? undefined : BigInt(at)
      if (begun !== undefined) events.set(event, { ...begun, ended, answer })
    }
  }
  return [...events.values()]
}

function isKind(kind: string | undefined): kind is LiveEvent['kind'] {
  return kind !== undefined && ['override', 'create', 'remove', 'show', 'holder'].includes(kind)
}

/** The number of the operation after the last one that a writer has begun. */
function nextOf(file: string, first: number): number {
  const [, event = ''] = linesOf(file).at(-1)?.split(' ') ?? []
  return event === '' ? first : Number(event.split('-')[1]) + 1
}

function linesOf(file: string): string[] {
  if (!fs.existsSync(file)) return []
  const text = fs.readFileSync(file, 'utf8')
  return text
    .slice(0, text.lastIndexOf('\n') + 1)
    .split('\n')
    .filter((line) => line !== '')
}

/** Runs a command line that has to succeed. */
function done(host: LiveHost, words: readonly string[], input = ''): string {
  const { status, stdout, stderr } = host.nvgpu(words, input)
  if (status !== 0) throw new Error(`${words.join(' ')}: status ${status}: ${stderr}`)
  return stdout
}

async function commandLine(host: LiveHost, words: readonly string[], patience: number | undefined) {
  const [file, ...args] = host.argv(words)
  const child = spawn(file, args, { cwd: host.home, env: host.env, stdio: ['ignore', 'pipe', 'pipe'] })
  let printed = ''
  child.stdout.on('data', (data) => {
    printed += String(data)
  })
  const end = ended(child)
  if (patience !== undefined) {
    await Promise.race([wait(patience, undefined, { ref: false }), end])
    child.kill('SIGKILL')
  }
  const said = await end
  return { status: child.exitCode, printed, said }
}

/** Waits until a process and all that have its output have ended. @returns its errors */
function ended(child: ChildProcess): Promise<string> {
  let said = ''
  child.stderr?.on('data', (data) => {
    said += String(data)
  })
  child.stdout?.resume()
  return new Promise((resolve, reject) => child.on('error', reject).on('close', () => resolve(said)))
}

function now(): bigint {
  return process.hrtime.bigint()
}
