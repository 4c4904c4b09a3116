import { spawnSync } from 'node:child_process'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'

export interface Outcome {
  readonly status: number
  readonly stdout: string
  readonly stderr: string
}

/** The code cache that test processes share, so that the program is not compiled for each home directory. */
export const CACHES = path.resolve('node_modules/.cache/nvgpu-tests')
fs.mkdirSync(CACHES, { recursive: true })

/** A home directory of its own, in which `nvgpu` is the built command and nothing of the caller's settings is seen. */
export class Sandbox {
  readonly home = fs.mkdtempSync(path.join(os.tmpdir(), 'nvgpu-house-'))
  readonly stateDir = path.join(this.home, '.local/state/nvgpu')
  readonly #commands = path.join(this.home, '.local/bin')

  constructor() {
    fs.mkdirSync(this.#commands, { recursive: true })
    fs.symlinkSync(path.resolve('bin/nvgpu.cjs'), path.join(this.#commands, 'nvgpu'))
  }

  /** The environment of every command: a path, a home, and English without colour or a terminal's width. */
  get env(): Record<string, string> {
    const PATH = `${this.#commands}:${process.env.PATH ?? ''}`
    return { HOME: this.home, XDG_CACHE_HOME: CACHES, PATH, LC_ALL: 'C', TZ: 'UTC' }
  }

  /** Runs a shell script in the home directory. */
  sh(script: string): Outcome {
    return this.run('sh', ['-c', script])
  }

  run(command: string, args: readonly string[]): Outcome {
    const result = spawnSync(command, args, { cwd: this.home, env: this.env, encoding: 'utf8' })
    if (result.error !== undefined) throw result.error
    return { status: result.status ?? 128, stdout: result.stdout, stderr: result.stderr }
  }

  dispose(): void {
    fs.rmSync(this.home, { recursive: true, force: true, maxRetries: 20, retryDelay: 50 })
  }
}
