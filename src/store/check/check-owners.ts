import type { Disk } from '../disk/disk.ts'
import { idsName, logName, SHARDS, snapName, sortShards } from '../disk/layout.ts'
import { distrust } from '../disk/owner.ts'
import { list } from '../load.ts'
import { attempt, type Check } from './check.ts'

/**
 * Checks of every file of the store that only its owner and root can write it; a repair corrects the mode. False if a file
 * belongs to another user, which only a person can correct.
 */
export function checkOwners({ disk, report }: Check, owner: number): boolean {
  let trusted = true
  for (const name of ownNames(disk)) {
    const path = `${disk.dir}/${name}`
    const reason = distrustOf(disk, path, owner)
    if (reason === undefined) continue
    const { problem, hint, mode } = reason
    if (mode === undefined) {
      trusted = false
      report(name, 'damage', `${problem}: ${hint}`)
      continue
    }
    const run = () => {
      const fd = disk.files.open(path, name === SHARDS ? 'directory' : 'read')
      try {
        disk.files.chmod(fd, mode)
      } finally {
        disk.files.close(fd)
      }
    }
    report(name, 'damage', problem, { text: `its mode is set to 0${mode.toString(8)}`, run })
  }
  return trusted
}

/** Whether no other user can write a file of the store. */
export function areOwnersRight(disk: Disk, owner: number): boolean {
  return ownNames(disk).every((name) => distrustOf(disk, `${disk.dir}/${name}`, owner) === undefined)
}

function distrustOf(disk: Disk, path: string, owner: number) {
  const facts = attempt(() => disk.files.lstat(path))
  // Anything else in the place of a file is never opened, whatever its mode.
  return facts?.kind === 'file' || facts?.kind === 'directory' ? distrust(path, facts, owner) : undefined
}

function ownNames(disk: Disk): string[] {
  const { snaps = [], logs = [], ids = [] } = list(disk) ?? {}
  const shards = attempt(() => disk.files.readdir(`${disk.dir}/${SHARDS}`))
  return [
    ...[...snaps.map(snapName), ...logs.map(logName), ...ids.map(idsName)],
    ...(shards === undefined ? [] : [SHARDS, ...sortShards(shards).map(({ name }) => name)]),
  ]
}
