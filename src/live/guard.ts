import { spawn } from 'node:child_process'
import { deviceAt } from './mountinfo.ts'

/** A process that aborts a connection to the kernel when this process is killed. */
export interface Guard {
  /**
   * The file system is served no longer. One that is unmounted has no connection: the next file system may have got its
   * device by then.
   */
  settle(end: 'unmounted' | 'failed'): void
}

/**
 * A killed process may keep a thread in the kernel, which waits until a name can be dropped. That takes the answer of a thread
 * that is dead, so /dev/fuse is never closed, and clients hang. A forced unmount ends the wait. The signal comes with the
 * death of the main thread: the end of a pipe would come with that of all.
 */
function startGuard(script: string, ...args: readonly string[]): Guard {
  // Before the shell has its handler, this signal is ignored.
  const words = ['--pdeathsig', 'URG', '--', 'sh', '-c', `trap : URG; read -r _; ${script}`, 'sh', ...args]
  const guard = spawn('setpriv', words, { stdio: ['pipe', 'ignore', 'ignore'], detached: true, cwd: '/' })
  // Without it the rest works as well.
  guard.on('error', () => {})
  guard.unref()
  return { settle: (end) => void guard.kill(end === 'unmounted' ? 'SIGKILL' : 'SIGURG') }
}

/**
 * In a namespace of its own the file system is found by the processes that see it. umount looks at /sys/fs/selinux first:
 * with this root it is the machine's. The files that the server had for its programs go with it.
 */
const EACH_VIEW = `
files=$2
for view in $(grep -ls " $1 " /proc/[0-9]*/mountinfo); do
  set -- /proc/$PPID/task/*
  [ $# -gt 1 ] || break
  pid=\${view#/proc/} pid=\${pid%/*}
  nsenter -t "$pid" -m -r/ -- umount -cinf "/proc/$pid/root/sys"
done
rm -rf -- "$files"`

/**
 * @param device of the file system, as in /proc/PID/mountinfo; it is mounted at /sys
 * @param files a directory that goes when this process is killed
 */
export function guardNamespaces(device: string, files = ''): Guard {
  return startGuard(EACH_VIEW, device, files)
}

/** @param at where it is mounted in the namespace of this process */
export function guardMount(at: string): Guard {
  return startGuard('exec umount -cinlf -- "$1"', at)
}

/** The same without the right of a forced unmount: where the kernel's control files are mounted, the user may abort. */
export function guardUserMount(at: string): Guard {
  const [, minor = ''] = deviceAt('self', at).split(':')
  const abort = 'echo 1 > "/sys/fs/fuse/connections/$1/abort"'
  return startGuard(`${abort}; exec fusermount3 -u -z -- "$2"`, minor, at)
}
