import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { createInterface } from 'node:readline'
import allowFuse from '../live/fuse-access.ts'
import { LiveHost, notLive } from '../live/live-host.ts'
import type { Amount, Result } from './part.ts'

export const PROGRAM = readFileSync(resolve('test/reliability/hostile.py'), 'utf8')
export const PYTHON = '/usr/bin/python3'
/** All that `nvgpu run` shows of the host. */
const ROOTS = [
  '/sys/bus/pci',
  '/sys/bus/mdev',
  '/sys/class/mdev_bus',
  '/sys/devices/pci0000:c0',
  '/sys/kernel/iommu_groups',
  '/sys/module/nvidia',
  '/dev/vfio',
  '/dev/nvidia0',
  '/proc/driver/nvidia',
  '/etc/mdevctl.d',
]
/** Errors that no file of a kernel has: the server is gone, a request is not known, an object is another. */
const STRANGE = / (ENOTCONN|ECONNABORTED|ENOSYS|ESTALE)$/
/** What the server may grow to, of its size after the second tenth of the operations. */
const GROWTH = 1.3

/** Random operations on the files of `nvgpu run`: the server answers all of them as a kernel does, and its memory is flat. */
export async function hostileFiles({ seed, rounds = 1_000_000 }: Amount): Promise<Result> {
  const forbid = allowFuse()
  const skipped = notLive('ordinary')
  const host = new LiveHost('ordinary')
  try {
    if (skipped !== undefined) return { counts: '', failures: [], skipped }
    const operations = Number.isFinite(rounds) ? rounds : 1_000_000
    const { sizes, changes, failures } = await operate(host, seed, operations)
    const [, base = 0] = sizes
    const last = sizes.at(-1) ?? 0
    if (last > base * GROWTH) failures.push(`the server has grown: ${sizes} KiB`)
    return {
      counts: `${operations} operations, ${changes} changes; ${sizes.map((size) => Math.round(size / 1024)).join(' ')} MiB`,
      failures,
    }
  } finally {
    host.dispose()
    forbid?.()
  }
}

/** @returns the sizes of the server in KiB after each tenth, how many changes were made, and what went wrong */
export async function operate(host: LiveHost, seed: number, operations: number) {
  const failures: string[] = []
  const line = (...words: string[]) => {
    const { status, stdout, stderr } = host.nvgpu(words)
    if (status !== 0) failures.push(`${words.join(' ')}: status ${status}: ${stderr}`)
    return stdout
  }
  line('host', 'init', '--profile', 'vgpu16')
  line('vf', 'enable', '4')
  const [file, ...args] = host.argv([
    'run',
    '--',
    PYTHON,
    '-c',
    PROGRAM,
    JSON.stringify({ seed, operations, roots: ROOTS }),
  ])
  // With NVGPU_DEBUG the server tells of each bug.
  const env = { ...host.env, NVGPU_DEBUG: '1' }
  const child = spawn(file, args, { cwd: host.home, env, stdio: ['ignore', 'pipe', 'pipe'] })
  let said = ''
  child.stderr.on('data', (data) => {
    said += String(data)
  })
  const closed = new Promise<number | null>((done) => child.on('close', done))
  const sizes: number[] = []
  let errors: Record<string, number> = {}
  let server: number | undefined
  for await (const text of createInterface({ input: child.stdout })) {
    const told: { counts?: Record<string, number> } = JSON.parse(text)
    const [pid] = host.servers()
    server ??= pid
    if (pid === undefined || pid !== server) failures.push('the server has ended')
    else sizes.push(Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]))
    errors = told.counts ?? errors
  }
  const status = await closed
  if (status !== 0 || said !== '') failures.push(`status ${status}: ${said.slice(0, 1000)}`)
  failures.push(...Object.keys(errors).filter((error) => STRANGE.test(error)))
  line('host', 'fsck')
  const changes = JSON.parse(line('history', 'list', '--max', '1', '-o', 'json')).items[0]?.seq ?? 0
  return { sizes, changes, failures, errors }
}
