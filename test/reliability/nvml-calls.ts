import { spawn, spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { hostileRequests, plainCalls } from '../nvml/raw-client.ts'
import type { Amount, Result } from './part.ts'

const NVGPU = resolve('bin/nvgpu.cjs')
/** Plain calls between two looks at the memory; there are ten of them for each hostile request. */
const SHARE = 100_000
const HOSTILE = SHARE / 10
/** What the server may grow to, of its size after the first share. */
const GROWTH = 1.3

/** Calls of NVIDIA's library, and hostile requests between them: the server answers all calls, and its memory is flat. */
export async function callsOfTheLibrary({
  seed,
  rounds = Number.POSITIVE_INFINITY,
  milliseconds,
}: Amount): Promise<Result> {
  const end = Date.now() + (milliseconds ?? Number.POSITIVE_INFINITY)
  const dir = mkdtempSync(join(tmpdir(), 'nvgpu-calls-'))
  const state = join(dir, 'state')
  const nvgpu = (...words: string[]) => spawnSync(process.execPath, [NVGPU, ...words, '--state-dir', state])
  nvgpu('vf', 'enable', '8')
  nvgpu('vgpu', 'create', '--type', 'L40-4Q', '--count', '4')
  const server = spawn(process.execPath, [NVGPU, 'nvml', 'serve', '--state-dir', state], {
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  let said = ''
  server.stderr.on('data', (bytes) => {
    said += String(bytes)
  })
  const socket = join(state, 'nvml.sock')
  try {
    while (!existsSync(socket)) await new Promise((wake) => setTimeout(wake, 20))
    const failures: string[] = []
    const sizes: number[] = []
    let done = 0
    while (done < rounds && Date.now() < end && failures.length === 0) {
      const share = Math.min(SHARE, rounds - done)
      const bad = await plainCalls(socket, share)
      if (bad > 0) failures.push(`${bad} of ${share} calls did not succeed`)
      await hostileRequests(socket, HOSTILE, seed + done)
      done += share
      sizes.push(Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${server.pid}/status`, 'utf8'))?.[1]))
    }
    const [first = 0] = sizes
    const last = sizes.at(-1) ?? 0
    if (last > first * GROWTH) failures.push(`the server has grown from ${first} to ${last} KiB over ${done} calls`)
    if (said.includes('    at ')) failures.push(`a stack trace: ${said.slice(0, 500)}`)
    return { counts: `${done} calls, ${sizes.length * HOSTILE} hostile requests; ${first} to ${last} KiB`, failures }
  } finally {
    server.kill()
    rmSync(dir, { recursive: true, force: true, maxRetries: 20, retryDelay: 50 })
  }
}
