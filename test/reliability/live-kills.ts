import { spawn } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import allowFuse from '../live/fuse-access.ts'
import { eventually, LiveHost, notLive } from '../live/live-host.ts'
import type { Amount, Result } from './part.ts'
import { type Random, seeded } from './random.ts'

const CLIENTS = readFileSync(resolve('test/reliability/lookups.py'), 'utf8')
const DEVICE = '/sys/bus/pci/devices/0000:c1:00.4'
/** Milliseconds in which every client of a killed server has to end. */
const PATIENCE = 10_000

/**
 * Kills servers while the kernel drops names for them in a directory in which others are looked up: without a guard, a third
 * of them hang. No client may hang, and no process may be left.
 */
export async function killedServers({ seed, rounds = 1_000, milliseconds }: Amount): Promise<Result> {
  const forbid = allowFuse()
  const skipped = notLive('ordinary')
  const host = new LiveHost('ordinary')
  try {
    if (skipped !== undefined) return { counts: '', failures: [], skipped }
    for (const words of [
      ['host', 'init'],
      ['vf', 'enable', '4'],
    ])
      host.nvgpu(words)
    const end = Date.now() + (milliseconds ?? Number.POSITIVE_INFINITY)
    const random = seeded(seed)
    const waits: number[] = []
    for (let kills = 0; kills < rounds && Date.now() < end; kills++) waits.push(await kill(host, random))
    const longest = Math.round(Math.max(...waits))
    return { counts: `${waits.length} kills; the last client ended ${longest} ms after one at most`, failures: [] }
  } catch (error) {
    return { counts: '', failures: [error instanceof Error ? error.message : String(error)] }
  } finally {
    host.dispose()
    forbid?.()
  }
}

/** @returns milliseconds from the kill to the end of the last client */
export async function kill(host: LiveHost, random: Random): Promise<number> {
  const [file, ...args] = host.argv(['run', '--', '/usr/bin/python3', '-c', CLIENTS, DEVICE])
  const child = spawn(file, args, { cwd: host.home, env: host.env, stdio: ['ignore', 'pipe', 'inherit'] })
  const ended = new Promise<true>((done) => child.on('close', () => done(true)))
  await new Promise((started) => child.stdout.once('data', started))
  await wait(100 + random.below(400))
  const servers = host.servers()
  const began = performance.now()
  for (const pid of servers) process.kill(pid, 'SIGKILL')
  const inTime = await Promise.race([ended, wait(PATIENCE, false)])
  if (!inTime) throw new Error(`clients of the killed servers ${servers} hang`)
  const waited = performance.now() - began
  if (!(await eventually(() => servers.every((pid) => !existsSync(`/proc/${pid}`)))))
    throw new Error(`the killed servers ${servers} hang`)
  return waited
}
