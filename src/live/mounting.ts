import { spawnSync } from 'node:child_process'
import { openSync } from 'node:fs'
import { NvError } from '../errors/nv-error.ts'
import { guardMount } from './guard.ts'
import { cannotMount, isInPath, mayMount } from './privilege.ts'

const OPTIONS = 'fd=3,rootmode=40000,user_id=0,group_id=0,default_permissions,allow_other'

/** The way of this process: its own right, or the setuid program of libfuse. @throws NvError permission: neither */
export async function mountingHere() {
  if (mayMount()) return AS_ROOT
  if (isInPath('fusermount3')) return (await import('./fusermount.ts')).BY_FUSERMOUNT
  throw new NvError({
    errno: 'EPERM',
    code: 'permission',
    at: 'serve',
    message: 'mounting needs CAP_SYS_ADMIN or fusermount3',
    hint: 'sudo apt-get install fuse3',
  })
}

const AS_ROOT = {
  async mount(at: string): Promise<number> {
    const fd = openFuse()
    const { status, stderr } = spawnSync('mount', ['-i', '-n', '-t', 'fuse', '-o', OPTIONS, 'nvgpu', at], {
      stdio: ['ignore', 'ignore', 'pipe', fd],
      encoding: 'utf8',
    })
    if (status !== 0) throw cannotMount(stderr.trim())
    return fd
  },
  unmount(at: string): void {
    // Clients in other namespaces do not delay the end. A signal to the whole process group ends umount too.
    while (spawnSync('umount', ['-cinlf', '--', at]).signal !== null);
  },
  guard: guardMount,
}

function openFuse(): number {
  try {
    return openSync('/dev/fuse', 'r+')
  } catch (error) {
    throw cannotMount(error instanceof Error ? error.message : String(error))
  }
}
