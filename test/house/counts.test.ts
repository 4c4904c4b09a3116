import { spawnSync } from 'node:child_process'
import fs from 'node:fs'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { missing } from './installed.ts'
import { Sandbox } from './sandbox.ts'

interface Loaded {
  readonly builtins: string[]
  /** paths of those that ran */
  readonly chunks: string[]
  /** names of those that did not come from the code cache */
  readonly compiled: string[]
}

/** A word that only the named package has in its code, whatever file the bundler puts it in. */
const PACKAGE_MARKS = {
  chalk: 'createStyler',
  'cli-table3': 'truncateWidthWithAnsi',
  commander: 'commander.unknownOption',
  saxes: 'SaxesParser',
  yaml: 'YAMLParseError',
} as const

const COMMON = [
  'gpu list',
  'types list',
  'vf list',
  'vgpu list',
  'vgpu show desk1',
  'vgpu create --type L40-4Q',
  'vgpu stop desk1',
  'vgpu start desk1',
  'vgpu destroy desk1',
  'vf unbind 7',
]
/** Parts of Node that take a millisecond and more to load. */
const SLOW_BUILTINS = ['child_process', 'crypto', 'net', 'readline', 'tty', 'worker_threads'].map(
  (name) => `NativeModule ${name}`,
)

/** Tracing is forbidden in many containers, whether or not strace is there. */
const NO_STRACE = missing('strace', '-f', '-e', 'trace=fsync', 'true')
const SYNC_CALLS = 'fsync,fdatasync,sync,syncfs,sync_file_range,msync'
const CHANGING_CALLS = 'unlink,unlinkat,rename,renameat,renameat2,mkdir,mkdirat,truncate,ftruncate'

let sandbox: Sandbox
/** For each test another: how many commands were before must not decide whether its own makes a checkpoint. */
beforeEach(() => {
  sandbox = new Sandbox()
  expect(sandbox.sh('nvgpu vf enable 8').status).toBe(0)
  expect(sandbox.sh('nvgpu vgpu create --type L40-4Q --name desk1').status).toBe(0)
})
afterEach(() => {
  sandbox.dispose()
})

describe('what a common command loads', () => {
  it.each(COMMON)('F 7: %s loads no npm package and no slow part of Node', (command) => {
    const { chunks, builtins } = loadedBy(command)
    expect(packagesIn(chunks)).toEqual([])
    expect(builtins.filter((name) => SLOW_BUILTINS.includes(name))).toEqual([])
  })

  it.each(COMMON)('F 7: %s compiles the entry and the reader of the cache alone when it has run before', (command) => {
    // The first run writes the sources, the second one the bytecode.
    for (let run = 0; run < 2; run += 1) loadedBy(command, true)
    expect(loadedBy(command, true).compiled).toEqual(['main.cjs', 'code-cache.cjs'])
  })

  it('F 7: --version loads the entry alone, and no cache', () => {
    const { chunks, builtins } = loadedBy('--version')
    expect(chunks.map((file) => path.basename(file))).toEqual(['main.cjs'])
    expect(builtins).not.toContain('NativeModule zlib')
  })

  it('F 7: help loads no engine and no store', () => {
    const engine = ['class Machine', 'class Store'].flatMap((word) => chunksWith(word))
    expect(engine.length).toBeGreaterThan(0)
    expect(loadedBy('vgpu create --help').chunks.filter((file) => engine.includes(file))).toEqual([])
    expect(loadedBy('vgpu create --type L40-4Q').chunks.filter((file) => engine.includes(file))).not.toEqual([])
  })

  it('F 7: a package is seen when it is loaded, and each is somewhere in the build', () => {
    expect(packagesIn(loadedBy('vgpu list -o yaml').chunks)).toEqual(['yaml'])
    expect(packagesIn(chunksWith(''))).toEqual(Object.keys(PACKAGE_MARKS))
  })
})

describe('what a command asks of the disk', () => {
  it.for([
    ['vgpu create --type L40-4Q', 'true'],
    ['vgpu stop desk1', 'true'],
    ['vgpu start desk1', 'nvgpu vgpu stop desk1'],
    ['vgpu destroy desk1', 'true'],
    ['vf unbind 7', 'true'],
  ] as const)('%s commits with exactly one fdatasync and no other sync', ([command, before], { skip }) => {
    skip(NO_STRACE !== undefined, NO_STRACE)
    expect(sandbox.sh(before).status).toBe(0)
    expect(traced(SYNC_CALLS, command)).toEqual([expect.stringMatching(/^fdatasync\(\d+\)\s+= 0$/)])
  })

  it('a reader syncs nothing, opens nothing for writing and changes no name', ({ skip }) => {
    skip(NO_STRACE !== undefined, NO_STRACE)
    for (const command of ['vgpu list', 'gpu show', 'types list', 'host export', 'vgpu destroy desk1 --dry-run']) {
      // The first two runs of a command write its code cache.
      expect(sandbox.sh(`nvgpu ${command} && nvgpu ${command}`).status).toBe(0)
      const calls = traced(`${SYNC_CALLS},${CHANGING_CALLS},openat`, command)
      const opened = calls.filter((call) => call.startsWith('openat(') && call.includes(sandbox.stateDir))
      expect(opened.length, command).toBeGreaterThan(0)
      expect(opened.filter((call) => /O_WRONLY|O_RDWR|O_CREAT|O_TRUNC/.test(call))).toEqual([])
      expect(calls.filter((call) => !call.startsWith('openat('))).toEqual([])
    }
  })

  it('a refused change syncs nothing', ({ skip }) => {
    skip(NO_STRACE !== undefined, NO_STRACE)
    expect(traced(SYNC_CALLS, 'vgpu create --type L40-8Q', 4)).toEqual([])
  })
})

/**
 * A changing verb runs dry here, so that every run finds the same host; it loads the same when it commits. Without the code
 * cache every chunk is a script of its own.
 */
function loadedBy(command: string, hasCache = false): Loaded {
  const args = [
    '--require',
    path.resolve('test/house/loaded.cjs'),
    path.resolve('bin/nvgpu.cjs'),
    ...command.split(' '),
  ]
  const result = spawnSync(process.execPath, args, {
    cwd: sandbox.home,
    env: { ...sandbox.env, NVGPU_DRY_RUN: '1', ...(hasCache ? {} : { XDG_CACHE_HOME: '/dev/null' }) },
    stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
    encoding: 'utf8',
  })
  expect(result.status, result.stderr).toBe(0)
  return JSON.parse(result.output[3] ?? '')
}

/** The chunks of the build that have this text in them. */
function chunksWith(text: string): string[] {
  const program = path.resolve('dist/program')
  const chunks = fs.readdirSync(program).filter((name) => name.endsWith('.cjs'))
  return chunks.map((name) => path.join(program, name)).filter((file) => fs.readFileSync(file, 'utf8').includes(text))
}

function packagesIn(files: readonly string[]): string[] {
  const code = files.map((file) => fs.readFileSync(file, 'utf8'))
  return Object.entries(PACKAGE_MARKS).flatMap(([name, mark]) =>
    code.some((text) => text.includes(mark)) ? [name] : [],
  )
}

/** The system calls of these names that a command makes, without those that failed. */
function traced(calls: string, command: string, status = 0): string[] {
  const file = path.join(sandbox.home, 'trace')
  const words = [process.execPath, path.resolve('bin/nvgpu.cjs'), ...command.split(' ')]
  const result = sandbox.run('strace', ['-f', '-qq', '-e', `trace=${calls}`, '-e', 'signal=none', '-o', file, ...words])
  expect(result.status, result.stderr).toBe(status)
  const lines = fs.readFileSync(file, 'utf8').split('\n')
  return lines.map((line) => line.replace(/^\d+ +/, '')).filter((line) => line !== '' && !/ = -1 E/.test(line))
}
