import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import type { RunCheckView } from '../contract/views/run.ts'
import { NvError } from '../errors/nv-error.ts'
import { REFUSALS } from '../errors/refusal.ts'
import { loadLibc } from './libc.ts'
import { isInPath, mayMount, noUserNamespace, requireFuse } from './privilege.ts'

/** What this machine allows of `nvgpu run`, and the exit status that the command would have without it. */
export function checkMachine(): { checks: RunCheckView[]; status: number } {
  const needed = [
    check('files', 'FUSE serves the kernel’s files', requireFuse),
    check('namespaces', 'user and mount namespaces of its own', requireNamespaces),
  ]
  const network = check('network', 'a private network namespace (--net private)', () => requireUnshare(['-n']))
  const failed = needed.find(({ status }) => status !== 0)
  const events = check('events', 'listeners of udev learn of every change (--net private)', () => void loadLibc())
  const checks = [...needed, network, events].map(({ view }) => view)
  return { checks: [...checks, mdevctl()], status: failed?.status ?? 0 }
}

function check(name: string, detail: string, attempt: () => void): { view: RunCheckView; status: number } {
  try {
    attempt()
    return { view: { name, works: true, detail, hint: null }, status: 0 }
  } catch (error) {
    if (!(error instanceof NvError)) throw error
    const view = { name, works: false, detail: error.message, hint: error.hint ?? null }
    return { view, status: REFUSALS[error.code].status }
  }
}

function requireNamespaces(): void {
  requireUnshare(['-m'])
}

/** @throws NvError permission */
function requireUnshare(flags: readonly string[]): void {
  const own = mayMount() ? [] : ['-Ur']
  const { status, stderr } = spawnSync('unshare', [...own, ...flags, 'true'], { encoding: 'utf8' })
  if (status !== 0) throw noUserNamespace((stderr ?? '').trim())
}

/** Without its directory there is no place for the definitions. */
function mdevctl(): RunCheckView {
  const works = isInPath('mdevctl') && existsSync('/etc/mdevctl.d')
  const detail = works ? 'mdevctl manages mediated devices' : 'mdevctl is not installed'
  return { name: 'mdevctl', works, detail, hint: works ? null : 'sudo apt-get install mdevctl' }
}
