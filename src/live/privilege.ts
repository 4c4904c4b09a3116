import { accessSync, constants, readFileSync } from 'node:fs'
import path from 'node:path'
import { NvError } from '../errors/nv-error.ts'

/** CAP_SYS_ADMIN: the right to mount. */
const CAP_SYS_ADMIN = 21n
const FUSE = '/dev/fuse'
const PROGRAMS = ['unshare', 'nsenter', 'setpriv', 'mount', 'umount']

/** Whether this process may mount without a user namespace of its own. */
export function mayMount(): boolean {
  const effective = /^CapEff:\s*([0-9a-f]+)/m.exec(textOf('/proc/self/status'))?.[1] ?? '0'
  return process.geteuid?.() === 0 && ((BigInt(`0x${effective}`) >> CAP_SYS_ADMIN) & 1n) === 1n
}

/** @throws NvError unsupported, permission: /dev/fuse cannot be opened, or a program is missing */
export function requireFuse(): void {
  try {
    accessSync(FUSE, constants.R_OK | constants.W_OK)
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : ''
    throw code === 'EACCES'
      ? refused('EACCES', 'permission', `${FUSE} may not be opened by this user`, `sudo chmod 0666 ${FUSE}`)
      : refused('ENODEV', 'unsupported', `there is no ${FUSE}: the kernel has no FUSE`, 'sudo modprobe fuse')
  }
  for (const program of PROGRAMS) {
    if (!isInPath(program))
      throw refused(
        'ENOENT',
        'unsupported',
        `the program ${program} is missing`,
        'sudo apt-get install util-linux mount',
      )
  }
}

/** Explains why the kernel gives no user namespace. `said` is the message of unshare. */
export function noUserNamespace(said: string): NvError {
  const [why, hint] = CAUSES.find(([, , applies]) => applies()) ?? [`unshare says: ${said}`, 'sudo nvgpu run -- CMD']
  return refused('EPERM', 'permission', `the kernel gives this user no user namespace: ${why}`, hint)
}

const FILTERED = {
  why: 'a seccomp filter is active, as in a container',
  hint: 'docker run --security-opt seccomp=unconfined --device /dev/fuse',
} as const

const CAUSES: readonly (readonly [why: string, hint: string, applies: () => boolean])[] = [
  [
    'user.max_user_namespaces is 0',
    'sudo sysctl -w user.max_user_namespaces=15000',
    () => textOf('/proc/sys/user/max_user_namespaces').trim() === '0',
  ],
  [
    'kernel.unprivileged_userns_clone is 0',
    'sudo sysctl -w kernel.unprivileged_userns_clone=1',
    () => textOf('/proc/sys/kernel/unprivileged_userns_clone').trim() === '0',
  ],
  [
    'AppArmor restricts them',
    'sudo sysctl -w kernel.apparmor_restrict_unprivileged_userns=0',
    () => textOf('/proc/sys/kernel/apparmor_restrict_unprivileged_userns').trim() === '1',
  ],
  ['this process is in a chroot', 'run it outside of the chroot, or as root', isInChroot],
  [FILTERED.why, FILTERED.hint, isFiltered],
]

/** Whether system calls of this process are filtered. */
function isFiltered(): boolean {
  return /^Seccomp:\s*2/m.test(textOf('/proc/self/status'))
}

/** Explains why nothing can be mounted. `said` is the message of the program that tried. */
export function cannotMount(said: string): NvError {
  const { why, hint } = isFiltered() ? FILTERED : { why: said, hint: 'nvgpu run --check' }
  return refused('EPERM', 'unsupported', `the file system cannot be mounted here: ${why}`, hint)
}

/** In a chroot no mount is at the root, unless the directory is a mount point itself. */
function isInChroot(): boolean {
  const mounts = textOf('/proc/self/mountinfo')
  return mounts !== '' && !/^\d+ \d+ \S+ \S+ \/ /m.test(mounts)
}

export function isInPath(program: string): boolean {
  return (process.env.PATH ?? '').split(':').some((dir) => isExecutable(path.join(dir, program)))
}

export function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK)
    return true
  } catch {
    return false
  }
}

function textOf(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return ''
  }
}

function refused(
  errno: 'EACCES' | 'ENODEV' | 'ENOENT' | 'EPERM',
  code: 'permission' | 'unsupported',
  message: string,
  hint: string,
): NvError {
  return new NvError({ errno, code, at: 'run', message, hint })
}
