import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, rmdirSync, unlinkSync, writeFileSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { type MachineEntries, PLACES } from './machine.ts'
import { machinePaths } from './mixed.ts'
import { deviceAt, escaped } from './mountinfo.ts'
import { cannotMount } from './privilege.ts'

/**
 * Runs in a mount namespace of its own, with /dev/fuse as descriptor 3: mounts the file system and everything else, closes
 * the descriptor, so that nobody but the server has it, and keeps the namespace until its input ends.
 */
const SCRIPT = `
mount -i -n -t fuse -o fd=3,rootmode=40000,user_id=0,group_id=0,default_permissions,allow_other nvgpu "$1/mnt" || exit
exec 3<&-
mount -c -n -a -T "$1/fstab" || exit
echo mounted
exec cat >&2
`

/** A mount namespace in which /sys and its like are the host's. */
export interface Namespace {
  /** A process in it. */
  readonly pid: number
  /** The device of the file system, as in /proc/PID/mountinfo. */
  readonly device: string
  /** Lets the namespace end with the last other process in it. */
  release(): void
}

/**
 * Makes a mount namespace with the file system behind `fd` in it. Requests must be answered meanwhile.
 * @throws NvError unsupported
 */
export async function makeNamespace(fd: number, machine: MachineEntries): Promise<Namespace> {
  const scratch = mkdtempSync(path.join(os.tmpdir(), 'nvgpu-run-'))
  try {
    mkdirSync(`${scratch}/mnt`)
    writeFileSync(`${scratch}/fstab`, fstab(scratch, machine))
    const holder = spawn('unshare', ['-m', '--propagation', 'private', '--', 'sh', '-c', SCRIPT, 'sh', scratch], {
      stdio: ['pipe', 'pipe', 'pipe', fd],
      detached: true,
      cwd: '/',
    })
    const { pid } = holder
    await mounted(holder)
    if (pid === undefined) throw cannotMount('unshare could not be started')
    return { pid, device: deviceAt(pid, `${scratch}/mnt`), release: () => holder.stdin?.end() }
  } finally {
    // The mounts of the namespace stay: only their way in goes.
    unlinkSync(`${scratch}/fstab`)
    rmdirSync(`${scratch}/mnt`)
    rmdirSync(scratch)
  }
}

function fstab(scratch: string, machine: MachineEntries): string {
  const bind = (from: string, to: string) => `${escaped(from)} ${escaped(to)} none rbind 0 0\n`
  const own = machinePaths(machine).map((entry) => bind(`/${entry}`, `${scratch}/mnt/${entry}`))
  const over = PLACES.filter((place) => existsSync(`/${place}`))
  return [...own, ...over.map((place) => bind(`${scratch}/mnt/${place}`, `/${place}`))].join('')
}

function mounted(holder: ChildProcess): Promise<void> {
  return new Promise((resolve, reject) => {
    let said = ''
    holder.stderr?.on('data', (data: Buffer) => {
      said += data.toString()
    })
    holder.stdout?.once('data', () => resolve())
    holder.on('error', (error) => reject(cannotMount(error.message)))
    holder.on('close', () => reject(cannotMount(said.trim().split('\n')[0] ?? '')))
  })
}
