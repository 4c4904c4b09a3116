import { dirname } from 'node:path'
import { NvError } from '../../errors/nv-error.ts'
import { shellQuote } from '../../errors/shell-quote.ts'
import { type Disk, unlessErrno } from './disk.ts'
import { errnoOf } from './failure.ts'
import { foreignNames } from './layout.ts'

/** File system types of statfs(2) (linux/magic.h) on which two machines do not see the same order of appends. */
const NETWORK: Readonly<Record<number, string>> = {
  26985: 'NFS',
  20859: 'SMB',
  4283649346: 'CIFS',
  4266872130: 'SMB2',
  16914839: '9p',
  1397113167: 'AFS',
  1937076805: 'Coda',
  12805120: 'Ceph',
  198183888: 'Lustre',
}

/**
 * Checks the state directory before anything in it is trusted. Returns whether it exists. Throws NvError: a file or a
 * symbolic link in its place, another owner than `uid`, writable by group or others, on a network file system. FUSE passes:
 * its type does not tell sshfs from a local file system, and on one machine the kernel orders appends there too.
 */
export function checkDirectory(disk: Disk, uid: number): boolean {
  const { dir } = disk
  const facts = lstat(disk)
  if (facts === undefined) return false
  if (facts.kind === 'symlink') {
    throw refuse(
      dir,
      'ELOOP',
      `${dir} is a symbolic link in the place of the state directory`,
      `readlink -f ${shellQuote(dir)}`,
    )
  }
  if (facts.kind !== 'directory') throw notADirectory(dir, `the state path ${dir} is not a directory`)
  if (facts.uid !== uid) {
    const owner = `the state directory ${dir} belongs to uid ${facts.uid}, not to uid ${uid}`
    throw refuse(dir, 'EPERM', owner, `chown -R ${uid} ${shellQuote(dir)}`)
  }
  if (facts.mode & 0o022) {
    const mode = facts.mode.toString(8).padStart(4, '0')
    throw refuse(
      dir,
      'EPERM',
      `the state directory ${dir} can be written by others (mode ${mode})`,
      `chmod 700 ${shellQuote(dir)}`,
    )
  }
  checkFileSystem(disk, dir)
  return true
}

/** Most names that a refusal quotes. */
const QUOTED = 3

/**
 * Refuses a directory with other files and nothing of the store: its path is mistyped. Files that a crash has left pass.
 * @throws NvError ENOTEMPTY
 */
export function refuseForeign({ files, dir }: Disk): void {
  let names: string[] = []
  unlessErrno('ENOENT', () => {
    names = foreignNames(files.readdir(dir))
  })
  if (names.length === 0) return
  const more = names.length > QUOTED ? ` and ${names.length - QUOTED} more` : ''
  throw new NvError({
    errno: 'ENOTEMPTY',
    code: 'invalid-argument',
    at: 'store open',
    message: `there is no host in ${dir}, and the directory has other files: ${names.slice(0, QUOTED).join(', ')}${more}`,
    hint: 'nvgpu --state-dir DIR, with DIR the directory of a host, an empty one or a new one',
    object: dir,
  })
}

/** Makes the state directory and its missing parents, with mode 0700, after a check of their file system. */
export function makeDirectory(disk: Disk): void {
  let existing = disk.dir
  while (!unlessErrno('ENOENT', () => checkFileSystem(disk, existing)) && existing !== dirname(existing)) {
    existing = dirname(existing)
  }
  makeWithParents(disk, disk.dir)
}

function makeWithParents(disk: Disk, path: string): void {
  const make = () => unlessErrno('EEXIST', () => disk.files.mkdir(path))
  if (unlessErrno('ENOENT', make) || path === dirname(path)) return
  makeWithParents(disk, dirname(path))
  make()
}

function checkFileSystem(disk: Disk, path: string): void {
  const network = NETWORK[disk.files.statfs(path).type]
  if (network === undefined) return
  throw new NvError({
    errno: 'EOPNOTSUPP',
    code: 'network-filesystem',
    at: 'store open',
    message: `${disk.dir} is on a network file system (${network}), where appends of two machines are not ordered`,
    hint: 'nvgpu --state-dir DIR, with DIR on a local disk',
    object: disk.dir,
  })
}

function lstat(disk: Disk) {
  try {
    return disk.files.lstat(disk.dir)
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return undefined
    if (errnoOf(error) === 'ENOTDIR') throw notADirectory(disk.dir, `a part of the state path ${disk.dir} is a file`)
    throw error
  }
}

function notADirectory(dir: string, message: string): NvError {
  return new NvError({ errno: 'ENOTDIR', code: 'invalid-argument', at: 'store open', message, object: dir })
}

function refuse(dir: string, errno: 'EPERM' | 'ELOOP', message: string, hint: string): NvError {
  return new NvError({ errno, code: 'permission', at: 'store open', message, hint, object: dir })
}
