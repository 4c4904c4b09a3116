import { spawnSync } from 'node:child_process'
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import type { Io } from '../../src/app/io.ts'
import { printed } from '../../src/app/printed.ts'
import { run } from '../../src/cli/run.ts'
import { SMI_STATUS } from '../../src/cli/smi/outcome.ts'
import { SCHEMA } from '../../src/contract/state/schema-number.ts'
import { checkHost } from '../../src/engine/invariants.ts'
import { newHost } from '../../src/engine/new-host.ts'
import { keepsRecords } from '../../src/engine/refused.ts'
import type { HostState } from '../../src/engine/state.ts'
import { NvError } from '../../src/errors/nv-error.ts'
import { REFUSALS } from '../../src/errors/refusal.ts'
import { Store } from '../../src/store/store.ts'
import { CACHES } from '../house/sandbox.ts'
import { entriesBelow } from './entries-below.ts'

export interface Answer {
  readonly status: number
  readonly stdout: string
  readonly stderr: string
}

const STATUSES = new Set([0, ...Object.values(REFUSALS).map(({ status }) => status)])
/** Words of what may go on for ever, how long it may, and how it ends then. */
const ENDLESS = ['smi', 'watch', 'dmon', 'pmon', 'follow', 'wait']
const ENDLESS_S = 3
const INTERRUPTED = 130

/** Verbs that leave as nvidia-smi does. */
const SMI_VERBS = ['smi', 'dmon', 'pmon', 'query', 'stats']
const SMI_STATUSES = new Set<number>([...STATUSES, ...Object.values(SMI_STATUS)])

/** Commands of many steps, each of which stands by itself: what was done before one failed stays. */
const STEPWISE = /\bexport\b.* (-d|--dir)\b|^(?!.*--atomic).*\bbatch\b/

/** Characters of output that are looked at; more is counted only. */
const SHOWN = 100_000
/** How often a command that watches may wait before somebody interrupts it. */
const PATIENCE = 3
/** A process that has not ended after this time does not come to an end: the slowest takes a tenth. */
const HANGING_MS = 60_000

/**
 * A folder with state directories in which command lines run in this process. Files are in memory, scripts there are none,
 * and the folder lies deep enough that no climbing path of ours leaves it.
 */
export class FuzzWorld {
  readonly #root = mkdtempSync(join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'nvgpu-fuzz-'))
  readonly #home = process.cwd()
  readonly #binary = resolve('bin/nvgpu.cjs')
  readonly #cwd = join(this.#root, 'a/b/c/d/e/cwd')
  readonly files = new Map<string, Uint8Array>()
  /** Files of the state were tampered with: then a refused command too may complete what it finds half-done. */
  damaged = false
  /** Command lines are run as processes of their own, on real files. */
  asProcesses = false
  /** those of the templates have been used */
  #uuids = 0
  #waits = 0
  /** milliseconds the slowest command took */
  slowest = { milliseconds: 0, words: [] as readonly string[] }

  constructor() {
    mkdirSync(this.#cwd, { recursive: true })
    process.chdir(this.#cwd)
  }

  dispose(): void {
    process.chdir(this.#home)
    rmSync(this.#root, { recursive: true, force: true })
  }

  /** What is in the folder beside the templates, the cases' own, and what a command line told by name to write. */
  strays(): string[] {
    const known = /^a(\/host-\d.*|\/b(\/c(\/d(\/e(\/cwd.*)?)?)?)?|\/b\/c\/(d\/)?(e\/)?[xb]\b.*)?$/
    return namesBelow(this.#root, '').filter((name) => !known.test(name))
  }

  /** Begins anew with a copy of a state directory, or none. */
  begin(template: string | undefined): void {
    this.damaged = false
    for (const name of readdirSync('.')) rmSync(name, { recursive: true, force: true })
    if (template !== undefined) cpSync(template, 'state', { recursive: true })
    writeFileSync('file', 'no directory')
    symlinkSync('state', 'link')
    mkdirSync('open')
    chmodSync('open', 0o777)
    this.#uuids = template === undefined ? 0 : 1_000_000
  }

  /** Puts the state directory aside as a template. */
  keep(name: string): string {
    const kept = join(this.#root, 'a', name)
    cpSync('state', kept, { recursive: true })
    return kept
  }

  async run(words: readonly string[]): Promise<Answer> {
    const [out, err] = [writer(), writer()]
    this.#waits = 0
    const started = performance.now()
    const status = this.asProcesses ? this.#spawn(words, out, err) : await run(words, this.#io(out, err))
    const milliseconds = performance.now() - started
    if (milliseconds > this.slowest.milliseconds) this.slowest = { milliseconds, words }
    return { status, stdout: out.text, stderr: err.text }
  }

  /** Puts the case's files where processes find them. */
  lay(): void {
    for (const [name, bytes] of this.files) writeFileSync(name, bytes)
  }

  #spawn(words: readonly string[], out: Io['stdout'], err: Io['stderr']): number {
    // A screen that goes on until it is interrupted is: it then ends with 130, which nothing else does.
    const seconds = words.some((word) => ENDLESS.includes(word)) ? ENDLESS_S : HANGING_MS / 1000
    const limit = ['--preserve-status', '--signal=INT', '--kill-after=10', String(seconds)]
    const { error, status, stdout, stderr } = spawnSync(
      'timeout',
      [...limit, process.execPath, this.#binary, ...words],
      {
        env: { PATH: process.env.PATH, HOME: '/nonexistent', XDG_CACHE_HOME: CACHES, NVGPU_STATE_DIR: 'state' },
        input: this.files.get('in.json') ?? '',
        maxBuffer: 2 ** 30,
      },
    )
    out.data(stdout ?? '')
    err.data(error ? String(error) : stderr)
    if (status === INTERRUPTED && seconds === ENDLESS_S) return 0
    return status ?? -1
  }

  /** What is wrong with how a command ended, if anything. */
  async judge(words: readonly string[], report: { statuses: Record<number, number> }): Promise<string | undefined> {
    const before = this.#digest()
    const { status, stdout, stderr } = await this.run(words)
    report.statuses[status] = (report.statuses[status] ?? 0) + 1
    if (!(SMI_VERBS.some((verb) => words.includes(verb)) ? SMI_STATUSES : STATUSES).has(status))
      return `status ${status}: ${stderr}`
    if (/internal error|^ {4}at /m.test(stderr)) return `it shows its insides: ${stderr}`
    if (status !== 0 && stderr === '' && stdout === '') return `status ${status} without a word`
    const refused = status !== 0 && stdout === '' && !STEPWISE.test(words.join(' '))
    if (refused && !this.damaged && this.#digest() !== before && !this.#keepsRecords()) {
      return `it was refused and something changed: ${stderr}`
    }
    if (Object.keys(Object.prototype).length > 0 || 'polluted' in {}) return 'a prototype was changed'
    return undefined
  }

  #io(stdout: Io['stdout'], stderr: Io['stderr']): Io {
    return {
      stdout,
      stderr,
      env: { NVGPU_STATE_DIR: 'state', HOME: '/nonexistent' },
      readStdin: (limit) => (this.files.get('in.json') ?? new Uint8Array(0)).subarray(0, limit + 1),
      now: () => new Date(2026, 10, 22, 18, 38, 53),
      uuid: () => `00000000-0000-4000-8000-${String(++this.#uuids).padStart(12, '0')}`,
      scripts: { list: async () => null, run: async () => ({ status: 0, why: null, stdout: '', stderr: '' }) },
      sleep: async () => {
        if (++this.#waits > PATIENCE) throw interrupted()
      },
      files: {
        read: (path, limit) => {
          const bytes = this.files.get(path)
          if (!bytes) throw Object.assign(new Error(`ENOENT: ${path}`), { code: 'ENOENT', syscall: 'open' })
          return bytes.subarray(0, limit + 1)
        },
        pieces: (path) => {
          const bytes = this.files.get(path)
          if (!bytes) throw Object.assign(new Error(`ENOENT: ${path}`), { code: 'ENOENT', syscall: 'open' })
          return [bytes]
        },
        write: async (path, bytes) => {
          if (path.includes('/')) throw Object.assign(new Error(`EACCES: ${path}`), { code: 'EACCES', syscall: 'open' })
          this.files.set(path, bytes)
        },
        replace: async (path, _old, bytes) => {
          if (path.includes('/')) throw Object.assign(new Error(`EACCES: ${path}`), { code: 'EACCES', syscall: 'open' })
          this.files.set(path, bytes)
          return true
        },
        append: async (path, bytes) => {
          const before = this.files.get(path)
          if (!before) throw Object.assign(new Error(`ENOENT: ${path}`), { code: 'ENOENT', syscall: 'open' })
          this.files.set(path, Uint8Array.of(...before, ...bytes))
        },
      },
    }
  }

  /** Names and content of everything below the folder. */
  #digest(): string {
    const parts: string[] = []
    for (const entry of entriesBelow('.')) {
      const path = join(entry.parentPath, entry.name)
      parts.push(path, entry.isFile() ? readFileSync(path, 'latin1') : '')
    }
    return parts.join('\0')
  }

  /** With tracing on or a fault armed a refusal keeps its records. */
  #keepsRecords(): boolean {
    const model = { schema: SCHEMA, initial: () => newHost(), check: checkHost }
    return ['state', 'there'].some((dir) => keepsRecords(Store.open<HostState>({ dir, model }).read()))
  }
}

function writer(): Io['stdout'] & { text: string } {
  return {
    text: '',
    isTTY: false,
    columns: undefined,
    closed: false,
    write(text) {
      this.data(printed(text))
    },
    data(data) {
      if (this.text.length < SHOWN) this.text += typeof data === 'string' ? data : Buffer.from(data).toString('latin1')
    },
  }
}

function interrupted(): NvError {
  return new NvError({ errno: 'ETIMEDOUT', code: 'timeout', at: 'fuzz', message: 'nobody waits any longer' })
}

/** All that is below a folder. No link is followed, as readdir would by itself: one may lead back to where it stands. */
function namesBelow(root: string, folder: string): string[] {
  return readdirSync(join(root, folder), { withFileTypes: true }).flatMap((entry) => {
    const name = join(folder, entry.name)
    return entry.isDirectory() ? [name, ...namesBelow(root, name)] : [name]
  })
}
