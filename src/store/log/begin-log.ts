import { type Disk, unlessErrno } from '../disk/disk.ts'
import { logName } from '../disk/layout.ts'

/**
 * Creates the log of `epoch`: true if this process did. The log before it has ended, but the writer of its seal may have
 * died before syncing it. It is synced first, so that where there is a log, the seal that leads to it is durable.
 */
export function beginLog(disk: Disk, epoch: number): boolean {
  const path = `${disk.dir}/${logName(epoch)}`
  if (unlessErrno('ENOENT', () => disk.files.lstat(path))) return false
  syncLog(disk, epoch - 1)
  return unlessErrno('EEXIST', () => disk.files.close(disk.files.open(path, 'create')))
}

function syncLog(disk: Disk, epoch: number): void {
  const fd = disk.files.open(`${disk.dir}/${logName(epoch)}`, 'append')
  try {
    disk.files.fdatasync(fd)
  } finally {
    disk.files.close(fd)
  }
}
