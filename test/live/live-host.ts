import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'

const BIN = path.resolve('bin/nvgpu.cjs')
/** nobody: a user with no right of its own. */
const ORDINARY = 65_534

export interface Ended {
  readonly status: number | null
  readonly signal: NodeJS.Signals | null
  readonly stdout: string
  readonly stderr: string
}

/** A state directory and home of its own, and commands that run in it as one user. */
export class LiveHost {
  readonly home = fs.mkdtempSync(path.join(os.tmpdir(), 'nvgpu-live-'))
  readonly uid: number
  readonly env: Record<string, string>
  readonly #as: readonly string[]

  constructor(user: 'ordinary' | 'self') {
    const isOther = user === 'ordinary' && process.geteuid?.() === 0
    this.uid = isOther ? ORDINARY : (process.geteuid?.() ?? 0)
    this.#as = isOther ? ['setpriv', `--reuid=${ORDINARY}`, `--regid=${ORDINARY}`, '--clear-groups'] : []
    fs.chownSync(this.home, this.uid, isOther ? ORDINARY : (process.getegid?.() ?? 0))
    this.env = {
      HOME: this.home,
      PATH: process.env.PATH ?? '',
      TMPDIR: this.home,
      LC_ALL: 'C',
      TZ: 'UTC',
      TERM: 'dumb',
    }
  }

  /** The words that start nvgpu as the user. */
  argv(words: readonly string[]): [file: string, ...args: string[]] {
    const [file = '', ...args] = [...this.#as, process.execPath, BIN, ...words]
    return [file, ...args]
  }

  nvgpu(words: readonly string[], input = ''): Ended {
    const [file, ...args] = this.argv(words)
    const { status, signal, stdout, stderr, error } = spawnSync(file, args, {
      cwd: this.home,
      env: this.env,
      encoding: 'utf8',
      input,
      maxBuffer: 1 << 26,
    })
    if (error !== undefined) throw error
    return { status, signal, stdout, stderr }
  }

  /** Runs a bash script for which /sys is the host. */
  bash(script: string, ...options: readonly string[]): Ended {
    return this.nvgpu(['run', ...options, '--', 'bash', '-c', script])
  }

  /** The same in the background. */
  start(script: string, ...options: readonly string[]): ChildProcess {
    const [file, ...args] = this.argv(['run', ...options, '--', 'bash', '-c', script])
    return spawn(file, args, { cwd: this.home, env: this.env, stdio: ['ignore', 'pipe', 'pipe'] })
  }

  /** Pids of the servers of this host. */
  servers(): number[] {
    return fs
      .readdirSync('/proc')
      .filter((name) => /^\d+$/.test(name))
      .filter((pid) => commandLine(pid).includes('run-server') && commandLine(pid).includes(this.home))
      .map(Number)
  }

  dispose(): void {
    // A server ends a moment after its command, and may write its code cache until then.
    for (let waits = 0; waits < 100 && this.servers().length > 0; waits++)
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 100)
    fs.rmSync(this.home, { recursive: true, force: true, maxRetries: 20, retryDelay: 50 })
  }
}

function commandLine(pid: string): string {
  try {
    return fs.readFileSync(`/proc/${pid}/cmdline`, 'utf8')
  } catch {
    return ''
  }
}

/** Waits until something holds; false if it does not within ten seconds. */
export async function eventually(holds: () => boolean): Promise<boolean> {
  for (let attempt = 0; attempt < 500; attempt++) {
    if (holds()) return true
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
  return false
}

/** Why a user cannot run programs on the host here; undefined if he can. */
export function notLive(user: 'ordinary' | 'self'): string | undefined {
  const host = new LiveHost(user)
  try {
    const { status, stderr } = host.nvgpu(['run', '--', 'true'])
    return status === 0 ? undefined : `${user}: ${stderr.trim()}`
  } catch (error) {
    return `${user}: ${error instanceof Error ? error.message : String(error)}`
  } finally {
    host.dispose()
  }
}
