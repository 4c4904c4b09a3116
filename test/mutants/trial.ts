import { spawn } from 'node:child_process'
import { cpSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { rolldown } from 'rolldown'
import type { Mutant } from './operators.ts'
import { stagesFor } from './stages.ts'

/** What became of a mutant: a test failed, the tests did not end, or nothing noticed. */
export type Outcome = 'killed' | 'timeout' | 'survived'

/** Seconds until a run of a mutant counts as endless: several times what a green one takes on a busy machine. */
const PATIENCE = 300
/** The same for the tests without a mutant, which are the measure. */
const CLEAN_PATIENCE = 1800
/** No set-up of the usual configuration: the bundle has all that its tests need. */
const CONFIG = 'export default { test: { testTimeout: 300_000, hookTimeout: 300_000 } }\n'
/** Output of a green run: this many of its last characters are enough. */
const TAIL = 2000

/** A copy of the sources and tests, in which one mutant after another is tried. */
export class Workshop {
  readonly #dir: string
  /** end of the output of the last run */
  #said = ''

  constructor(name: string) {
    this.#dir = resolve('node_modules/.cache/nvgpu-mutants', `${process.pid}-${name}`)
    rmSync(this.#dir, { recursive: true, force: true })
    mkdirSync(this.#dir, { recursive: true })
    for (const part of ['src', 'test', 'docs', 'package.json']) cpSync(part, join(this.#dir, part), { recursive: true })
    writeFileSync(join(this.#dir, 'vitest.config.mjs'), CONFIG)
    symlinkSync(resolve('node_modules'), join(this.#dir, 'node_modules'))
  }

  /** Runs the tests on a mutant, the nearest ones first, up to the first that fails. @param quick without the long ones */
  async try(mutant: Mutant, quick: boolean): Promise<Outcome> {
    const path = join(this.#dir, mutant.file)
    const source = readFileSync(path, 'utf8')
    writeFileSync(path, source.slice(0, mutant.start) + mutant.to + source.slice(mutant.end))
    try {
      for (const tests of stagesFor(this.#dir, mutant.file, quick)) {
        const outcome = await this.#run(tests, PATIENCE)
        if (outcome !== 'survived') return outcome
      }
      return 'survived'
    } finally {
      writeFileSync(path, source)
    }
  }

  /** @throws Error with the end of the output when the tests fail without a mutant */
  async check(quick: boolean): Promise<void> {
    for (const tests of stagesFor(this.#dir, '', quick)) {
      const outcome = await this.#run(tests, CLEAN_PATIENCE)
      if (outcome !== 'survived') throw new Error(`without a mutant: ${outcome}\n${this.#said}`)
    }
  }

  remove(): void {
    rmSync(this.#dir, { recursive: true, force: true })
  }

  async #run(tests: readonly string[], patience: number): Promise<Outcome> {
    await this.#bundle(tests)
    const options = [
      'run',
      '--bail=1',
      '--no-isolate',
      '--no-file-parallelism',
      '--pool=threads',
      '--reporter=dot',
      ENTRY,
    ]
    const child = spawn('node_modules/.bin/vitest', options, {
      cwd: this.#dir,
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true,
    })
    this.#said = ''
    let failed = false
    const hear = (text: Buffer) => {
      failed ||= /fail|error/i.test(String(text))
      this.#said = (this.#said + text).slice(-TAIL)
    }
    child.stdout.on('data', hear)
    child.stderr.on('data', hear)
    return new Promise((done, fail) => {
      let ended: Outcome | null = null
      const timer = setTimeout(() => {
        ended = 'timeout'
        if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL')
      }, patience * 1000)
      child.on('error', fail)
      child.on('close', (status) => {
        clearTimeout(timer)
        if (ended === null && status !== 0 && !failed) fail(new Error(`vitest did not run: ${this.#said}`))
        else done(ended ?? (status === 0 ? 'survived' : 'killed'))
      })
    })
  }

  /** Tests and sources as one module, so that a run starts at once; the tests run in their order here. */
  async #bundle(tests: readonly string[]): Promise<void> {
    const start = join(this.#dir, 'test/engine/start.ts')
    writeFileSync(start, tests.map((test) => `import ${JSON.stringify(join(this.#dir, test))}\n`).join(''))
    const build = await rolldown({
      input: start,
      platform: 'node',
      logLevel: 'silent',
      treeshake: false,
      external: (id) => !id.startsWith('.') && !id.startsWith('/'),
    })
    await build.write({ file: join(this.#dir, BUNDLE), format: 'esm', codeSplitting: false })
    writeFileSync(join(this.#dir, ENTRY), "import './bundle.mjs'\n")
  }
}

/** The bundle lies where the tests lie, for the sake of the files that they read. */
const BUNDLE = 'test/engine/bundle.mjs'
const ENTRY = 'test/engine/entry.test.ts'
