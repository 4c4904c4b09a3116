import { errnoOf } from '../disk/failure.ts'
import { idsName, logName, SHARDS, snapName, sortShards } from '../disk/layout.ts'
import { distrust } from '../disk/owner.ts'
import { list } from '../load.ts'
import type { Check } from './fsck.ts'

/**
 * Checks of every file of ours that nobody but its owner and root can write it; a repair takes the permission away. False if
 * one belongs to somebody else, which only a person can put right.
 */
export function checkOwners({ disk, report }: Check, owner: number): boolean {
  let trusted = true
  for (const name of ownNames(disk)) {
    const path = `${disk.dir}/${name}`
    const reason = unlessGone(() => distrustOf(disk, path, owner))
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

function distrustOf({ files }: Check['disk'], path: string, owner: number) {
  const facts = files.lstat(path)
  // What stands in the place of a file is never opened, whatever its mode.
  return facts.kind === 'file' || facts.kind === 'directory' ? distrust(path, facts, owner) : undefined
}

function ownNames(disk: Check['disk']): string[] {
  const { snaps = [], logs = [], ids = [] } = list(disk) ?? {}
  const shards = unlessGone(() => disk.files.readdir(`${disk.dir}/${SHARDS}`))
  return [
    ...[...snaps.map(snapName), ...logs.map(logName), ...ids.map(idsName)],
    ...(shards === undefined ? [] : [SHARDS, ...sortShards(shards).map(({ name }) => name)]),
  ]
}

function unlessGone<T>(step: () => T): T | undefined {
  try {
    return step()
  } catch (error) {
    if (errnoOf(error) === undefined) throw error
    return undefined
  }
}
