import { spawn, spawnSync } from 'node:child_process'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { CACHES } from '../house/sandbox.ts'

const BIN = path.resolve('bin/nvgpu.cjs')
/** Commands in a group, and enough of them for many groups. */
const GROUP = 256
const COMMANDS = 12 * GROUP

let dir = ''
let env: NodeJS.ProcessEnv = {}
beforeEach(() => {
  dir = fs.mkdtempSync(path.join(os.tmpdir(), 'nvgpu-batch-'))
  env = { PATH: process.env.PATH, HOME: dir, XDG_CACHE_HOME: CACHES, NVGPU_STATE_DIR: path.join(dir, 'state') }
  expect(nvgpu('vf enable 16').status).toBe(0)
})
afterEach(() => {
  fs.rmSync(dir, { recursive: true, force: true })
})

function nvgpu(line: string, input = '') {
  return spawnSync(process.execPath, [BIN, ...line.split(' ')], { encoding: 'utf8', env, input, maxBuffer: 1 << 28 })
}

/** A file whose commands all leave a trace: each changes how many seconds the host has seen. */
function commands(count: number): string {
  const file = path.join(dir, 'commands.txt')
  fs.writeFileSync(file, 'host advance 1s\n'.repeat(count))
  return file
}

const seconds = () => Math.floor(JSON.parse(nvgpu('host show -o json').stdout).items[0].now / 1_000_000)

/** Starts a batch and answers when it has printed something, with the child and all it prints. */
async function started(words: string) {
  const child = spawn(process.execPath, [BIN, ...words.split(' ')], { env })
  const seen = { stdout: '', stderr: '' }
  child.stderr.on('data', (data) => {
    seen.stderr += data
  })
  const first = new Promise<void>((resolve) => {
    child.stdout.on('data', (data) => {
      seen.stdout += data
      resolve()
    })
  })
  const ended = new Promise<{ status: number | null; signal: string | null }>((resolve) => {
    child.on('close', (status, signal) => resolve({ status, signal }))
  })
  await Promise.race([first, ended])
  return { child, seen, ended }
}

describe('a batch as a process', () => {
  it('that is killed has done whole groups: all that it answered, and at most one more', async () => {
    const base = seconds()
    const { child, seen, ended } = await started(`batch -f ${commands(COMMANDS)} -o jsonl --operation-id once`)
    child.kill('SIGKILL')
    expect((await ended).signal).toBe('SIGKILL')
    const answered = seen.stdout.split('\n').length - 1
    const done = seconds() - base
    expect(done % GROUP).toBe(0)
    expect(done).toBeGreaterThanOrEqual(answered)
    expect(done).toBeLessThan(COMMANDS)
    const again = nvgpu(`batch -f ${commands(COMMANDS)} --operation-id once`)
    expect(again.status).toBe(0)
    expect(again.stderr).toContain('lines 1 to 256 of')
    expect(seconds() - base).toBe(COMMANDS)
  })

  it.each(['SIGINT', 'SIGTERM'] as const)(
    'that gets %s keeps what it answered and says so',
    async (signal) => {
      const base = seconds()
      const { child, seen, ended } = await started(`batch -f ${commands(COMMANDS)} -o jsonl`)
      child.kill(signal)
      expect((await ended).status).toBe(signal === 'SIGINT' ? 130 : 143)
      const answered = seen.stdout.split('\n').length - 1
      expect(answered).toBeLessThan(COMMANDS)
      expect(seconds() - base).toBe(answered)
      expect(seen.stderr).toBe(
        `nvgpu: batch: interrupted: nothing was done from line ${answered + 1} on; ${answered} of ${COMMANDS} commands are done\n`,
      )
    },
    60_000,
  )

  it('shares the host with another: no command is lost, none is done twice', async () => {
    const base = seconds()
    const file = commands(4 * GROUP)
    const both = await Promise.all([started(`batch -f ${file} -o jsonl`), started(`batch -f ${file} -o jsonl`)])
    expect(await Promise.all(both.map(({ ended }) => ended))).toEqual(Array(2).fill({ status: 0, signal: null }))
    for (const { seen } of both) expect(seen.stdout.split('\n')).toHaveLength(4 * GROUP + 1)
    expect(seconds() - base).toBe(8 * GROUP)
  })

  it('and another of the same operation id do the work once', async () => {
    const base = seconds()
    const words = `batch -f ${commands(4 * GROUP)} -o jsonl --operation-id twin`
    const both = await Promise.all([started(words), started(words)])
    expect(await Promise.all(both.map(({ ended }) => ended))).toEqual(Array(2).fill({ status: 0, signal: null }))
    expect(seconds() - base).toBe(4 * GROUP)
  })

  it('goes on when nobody reads its answers any more', () => {
    const base = seconds()
    const script = `"$NODE" "$BIN" batch -f "$FILE" -o jsonl | head -n 1 >"$OUT"; echo "\${PIPESTATUS[0]}"`
    const more = { NODE: process.execPath, BIN, FILE: commands(3 * GROUP), OUT: path.join(dir, 'out') }
    const result = spawnSync('bash', ['-c', script], { encoding: 'utf8', env: { ...env, ...more } })
    expect([result.stdout, result.stderr]).toEqual(['0\n', ''])
    expect(seconds() - base).toBe(3 * GROUP)
  })

  it('reads commands from a pipe', () => {
    const { status, stdout } = nvgpu('batch -f - -q', 'vgpu create -t L40-4Q -n a\nvgpu list\n')
    const [made, listed] = stdout.trimEnd().split('\n')
    expect([status, listed]).toEqual([0, made])
  })

  it('that is one commit asks the disk for one sync', ({ skip }) => {
    const trace = path.join(dir, 'trace')
    const argv = ['-f', '-o', trace, '-e', 'trace=fsync,fdatasync', process.execPath, BIN, 'batch', '--atomic', '-f']
    const probe = spawnSync('strace', ['-f', '-o', '/dev/null', 'true'])
    skip(probe.status !== 0, 'strace is not installed or may not trace here')
    const lines = Array.from({ length: 10 }, (_, i) => `vgpu create -t L40-4Q -n d${i}\nvgpu destroy d${i}`).join('\n')
    fs.writeFileSync(path.join(dir, 'many.txt'), lines)
    expect(spawnSync('strace', [...argv, path.join(dir, 'many.txt')], { env, maxBuffer: 1 << 28 }).status).toBe(0)
    const calls = fs.readFileSync(trace, 'utf8').match(/f(data)?sync\(/g)
    expect(calls).toEqual(['fdatasync('])
  })
})
