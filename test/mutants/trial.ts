import { spawn } from 'node:child_process'
import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { rolldown } from 'rolldown'
import type { Mutant } from './operators.ts'

/** What became of a mutant: a test failed, the tests did not end, or nothing noticed. */
export type Outcome = 'killed' | 'timeout' | 'survived'

/** Tests that take long and find nothing that the others do not: random walks, planning, declarations. */
const LONG =
  /^(walk|plan|declare-property|placement|growth|determinism|run|finder|seats|scheduler|boards|numbers|name-rules)\.test/
/** Seconds until a run counts as endless. */
const PATIENCE = 240
/** Output of a green run: this many of its last characters are enough. */
const TAIL = 2000

/** A copy of the sources and tests, in which one mutant after another is tried. */
export class Workshop {
  readonly #dir: string

  constructor(name: string) {
    this.#dir = resolve('node_modules/.cache/nvgpu-mutants', name)
    rmSync(this.#dir, { recursive: true, force: true })
    mkdirSync(this.#dir, { recursive: true })
    for (const part of ['src', 'test', 'docs', 'package.json', 'vitest.config.ts'])
      cpSync(part, join(this.#dir, part), { recursive: true })
    symlinkSync(resolve('node_modules'), join(this.#dir, 'node_modules'))
  }

  /** Runs the engine's tests on a mutant, those named after its actor first, up to the first that fails. */
  async try(mutant: Mutant): Promise<Outcome> {
    const path = join(this.#dir, mutant.file)
    const source = readFileSync(path, 'utf8')
    writeFileSync(path, source.slice(0, mutant.start) + mutant.to + source.slice(mutant.end))
    try {
      return await this.#run(testsFor(mutant.file))
    } finally {
      writeFileSync(path, source)
    }
  }

  /** Whether the tests pass without a mutant. */
  async passes(): Promise<boolean> {
    return (await this.#run(testsFor(''))) === 'survived'
  }

  remove(): void {
    rmSync(this.#dir, { recursive: true, force: true })
  }

  async #run(tests: readonly string[]): Promise<Outcome> {
    await this.#bundle(tests)
    const options = ['run', '--bail=1', '--no-isolate', '--no-file-parallelism', '--reporter=dot', ENTRY]
    const child = spawn('node_modules/.bin/vitest', options, {
      cwd: this.#dir,
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true,
    })
    let said = ''
    const hear = (text: Buffer) => {
      said = (said + text).slice(-TAIL)
    }
    child.stdout.on('data', hear)
    child.stderr.on('data', hear)
    return new Promise((done, fail) => {
      let ended: Outcome | null = null
      const timer = setTimeout(() => {
        ended = 'timeout'
        if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL')
      }, PATIENCE * 1000)
      child.on('error', fail)
      child.on('close', (status) => {
        clearTimeout(timer)
        if (ended === null && status !== 0 && !/fail|error/i.test(said)) fail(new Error(`vitest did not run: ${said}`))
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

const engine = (...names: string[]) => names.map((name) => `test/engine/${name}.test.ts`)

/** The tests most likely to notice, by actor. */
const FIRST: Readonly<Record<string, readonly string[]>> = {
  hw: engine('msgq', 'framebuffer', 'mutant-kinds', 'vfio-config', 'vfio-device'),
  gsp: engine('gsp', 'plugin', 'mutant-kinds', 'flipped-fields', 'corrections'),
  nvkm: engine('nvkm-numbers', 'ranges', 'registry', 'msgq', 'mutant-kinds', 'corrections'),
  'vgpu-mgr': engine('corrections', 'flipped-fields'),
  vfio: engine('vfio-file', 'vfio-config', 'vfio-device', 'pf-events'),
}

/** Tests that take long, and the files of the actors that they concern. */
const SLOW: Readonly<Record<string, RegExp>> = {
  ladder: /engine\/(vgpu-mgr|nvkm)\//,
  migration: /migration/,
  sysfs: /hw\/(pf|pci|config|resources)/,
  'pci-tree': /hw\/(root-port|pf|pci)/,
  vgpu17: /type-select/,
  'gsp-record': /gsp\/(controls|gsp)/,
  'warm-update': /vgpu-mgr\//,
}

/** The engine's tests that concern a file, the likely ones first. */
function testsFor(file: string): string[] {
  const first = FIRST[file.split('/')[2] ?? ''] ?? []
  const own = (folder: string) =>
    readdirSync(`test/${folder}`)
      .filter((name) => name.endsWith('.test.ts') && !LONG.test(name))
      .filter((name) => SLOW[name.slice(0, -'.test.ts'.length)]?.test(file) ?? true)
  const all = ['rfc', 'engine'].flatMap((folder) => own(folder).map((name) => `test/${folder}/${name}`))
  return [...new Set([...first, ...all])]
}
