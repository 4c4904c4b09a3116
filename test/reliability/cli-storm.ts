import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { CACHES } from '../house/sandbox.ts'
import type { Amount, Result } from './part.ts'
import { seeded } from './random.ts'

const PROCESSES = 8

/**
 * Eight loops of command lines, as scripts write them: each lets a second pass on one host, under an operation id, and is
 * killed at random and repeated until it answers. In the end exactly as many seconds have passed as were asked for.
 */
export async function commandStorm({ seed, rounds = 240, milliseconds }: Amount): Promise<Result> {
  const share = Math.ceil((Number.isFinite(rounds) ? rounds : 100_000) / PROCESSES)
  const end = Date.now() + (milliseconds ?? Number.POSITIVE_INFINITY)
  const random = seeded(seed)
  const scratch = mkdtempSync(join(tmpdir(), 'nvgpu-command-storm-'))
  const dir = join(scratch, 'state')
  const failures: string[] = []
  let asked = 0
  let kills = 0
  const loop = async (name: string) => {
    for (let number = 1; number <= share && Date.now() < end; number++) {
      asked++
      for (;;) {
        const patience = random.chance(0.5) ? random.below(120) : undefined
        const { status, stdout, stderr } = await advance(dir, `${name}-${number}`, patience)
        if (status === 0) {
          if (stdout === '') failures.push(`${name}-${number} says nothing`)
          break
        }
        if (status !== null) return failures.push(`${name}-${number}: status ${status}: ${stderr}`)
        kills++
      }
    }
    return 0
  }
  try {
    await advance(dir, 'first', undefined)
    const before = await virtualTime(dir)
    await Promise.all(Array.from({ length: PROCESSES }, (_, index) => loop(`p${index}`)))
    const passed = (await virtualTime(dir)) - before
    if (passed !== asked * 1_000_000)
      failures.push(`${asked} seconds were asked for, ${passed / 1_000_000} have passed`)
    const fsck = await command(dir, ['host', 'fsck'], undefined)
    if (fsck.status !== 0) failures.push(`fsck: ${fsck.stdout}`)
    return { counts: `${asked} command lines, ${kills} kills`, failures }
  } finally {
    rmSync(scratch, { recursive: true, force: true })
  }
}

function advance(dir: string, id: string, patience: number | undefined) {
  return command(dir, ['host', 'advance', '1s', '--operation-id', id], patience)
}

async function virtualTime(dir: string): Promise<number> {
  return JSON.parse((await command(dir, ['host', 'export'], undefined)).stdout).now
}

/** Runs a command line, for `patience` milliseconds at most. */
async function command(dir: string, words: readonly string[], patience: number | undefined) {
  const env = { PATH: process.env.PATH, XDG_CACHE_HOME: CACHES, NVGPU_STATE_DIR: dir }
  const child = spawn(process.execPath, [resolve('bin/nvgpu.cjs'), ...words], {
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let stdout = ''
  let stderr = ''
  child.stdout.on('data', (chunk) => {
    stdout += String(chunk)
  })
  child.stderr.on('data', (chunk) => {
    stderr += String(chunk)
  })
  const closed = new Promise<number | null>((finish) => child.on('close', (code) => finish(code)))
  if (patience !== undefined) {
    await Promise.race([wait(patience, undefined, { ref: false }), closed])
    child.kill('SIGKILL')
  }
  return { status: await closed, stdout, stderr }
}
