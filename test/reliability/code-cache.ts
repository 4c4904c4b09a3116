import { spawnSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import type { Amount, Result } from './part.ts'
import { seeded } from './random.ts'

/** The checksum and the length of the script. */
const HEADER = 8

/** A directory for caches, and the program with it: one process for each command line. */
export class Cached {
  readonly dir = mkdtempSync(join(tmpdir(), 'nvgpu-cached-'))
  readonly caches = join(this.dir, 'caches')

  /** Runs a command line on the default host, with more environment and below the program `above`, if they are given. */
  run(line: string, more: Readonly<Record<string, string>> = {}, above: readonly string[] = []) {
    const [program = '', ...args] = [...above, process.execPath, resolve('bin/nvgpu.cjs'), ...line.split(' ')]
    const own = { PATH: process.env.PATH, XDG_CACHE_HOME: this.caches, NVGPU_STATE_DIR: join(this.dir, 'state') }
    const { status, signal, stdout, stderr } = spawnSync(program, args, { env: { ...own, ...more }, encoding: 'utf8' })
    return { status, signal, stdout, stderr }
  }

  /** The file of a command that has run. */
  file(command: string): string {
    const folder = join(this.caches, 'nvgpu')
    return join(folder, readdirSync(folder)[0] ?? '', `${command}.bin`)
  }

  dispose(): void {
    rmSync(this.dir, { recursive: true, force: true })
  }
}

/**
 * Turns bits of the code cache, one for each process: some anywhere, then one in each byte of the header, or in as many of
 * them. The process has to do what it does without a cache, and to leave the cache whole.
 */
export async function turnedCacheBits({ seed, rounds = 300, milliseconds }: Amount): Promise<Result> {
  const cached = new Cached()
  const failures: string[] = []
  let processes = 0
  try {
    const expected = cached.run('--help')
    cached.run('--help')
    const file = cached.file('nvgpu')
    const bytes = readFileSync(file)
    const random = seeded(seed)
    const ends = Date.now() + (milliseconds ?? Number.POSITIVE_INFINITY)
    const most = Math.min(rounds, 10_000)
    const anywhere = Array.from({ length: most }, () => random.below(bytes.length))
    const inHeader = most < 300 ? anywhere.map((at) => at % HEADER) : Array.from({ length: HEADER }, (_, at) => at)
    for (const at of [...anywhere, ...inHeader]) {
      if (Date.now() > ends) break
      const bit = random.below(8)
      writeFileSync(file, flipped(bytes, at, bit))
      const outcome = cached.run('--help')
      processes += 1
      const isSame = JSON.stringify(outcome) === JSON.stringify(expected)
      if (!isSame) failures.push(`byte ${at}, bit ${bit}: ${outcome.signal ?? outcome.status} ${outcome.stderr}`)
    }
  } finally {
    cached.dispose()
  }
  return { counts: `${processes} processes with a bit of the code cache turned`, failures }
}

/** A copy of bytes in which one bit is another. */
function flipped(bytes: Uint8Array, at: number, bit: number): Uint8Array {
  const copy = Uint8Array.from(bytes)
  copy[at] = (copy[at] ?? 0) ^ (1 << bit)
  return copy
}
