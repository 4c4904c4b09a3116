import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { CACHES } from '../house/sandbox.ts'

export interface Outcome {
  readonly status: number | null
  readonly stdout: string
  readonly stderr: string
}

/** A folder with a state directory in it, and the program as its user runs it: one process for each command line. */
export class Home {
  readonly dir = mkdtempSync(join(tmpdir(), 'nvgpu-home-'))
  readonly stateDir = join(this.dir, 'state')

  /** Runs a command line, below `above` if that is given: a tracer with its options, say. */
  run(words: readonly string[], above: readonly string[] = []): Outcome {
    const [program = process.execPath, ...args] = [...above, process.execPath, resolve('bin/nvgpu.cjs'), ...words]
    const env = { PATH: process.env.PATH, HOME: this.dir, XDG_CACHE_HOME: CACHES, NVGPU_STATE_DIR: this.stateDir }
    return spawnSync(program, args, { encoding: 'utf8', env, cwd: this.dir, input: '' })
  }

  /** The same from one text whose words are separated by blanks. */
  sh(line: string): Outcome {
    return this.run(line.split(' '))
  }

  /** Runs command lines that have to succeed; answers what the last one printed. */
  ok(...lines: readonly string[]): string {
    let printed = ''
    for (const line of lines) {
      const { status, stdout, stderr } = this.sh(line)
      if (status !== 0) throw new Error(`${line}: status ${status}: ${stderr}`)
      printed = stdout
    }
    return printed
  }

  /** A file of the folder, with some content or as it is. */
  file(name: string, content?: string | Uint8Array): string {
    const path = join(this.dir, name)
    mkdirSync(dirname(path), { recursive: true })
    if (content !== undefined) writeFileSync(path, content)
    return path
  }

  /** Changes a file of the state directory. */
  tamper(name: string, change: (bytes: Buffer) => Uint8Array): void {
    const path = join(this.stateDir, name)
    writeFileSync(path, change(readFileSync(path)))
  }

  dispose(): void {
    rmSync(this.dir, { recursive: true, force: true })
  }
}
