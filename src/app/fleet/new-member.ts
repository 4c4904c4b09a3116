import { statSync } from 'node:fs'
import path from 'node:path'
import { NvError } from '../../errors/nv-error.ts'
import { fileError } from '../file-error.ts'
import type { Fleet, FleetMember } from './fleet.ts'
import { asHostName } from './host-names.ts'

/**
 * Members for state directories and host files, named after their last part. A name that the fleet has gets a number.
 * @throws NvError exists (a path that is a member), not-found, permission and the like
 */
export function newMembers(fleet: Pick<Fleet, 'groups' | 'members'>, paths: readonly string[]): FleetMember[] {
  const members = new Map(fleet.members.map(({ path: place, name }) => [place, name]))
  const taken = new Set([...fleet.groups, ...fleet.members].map(({ name }) => name))
  return paths.map((given) => {
    const place = path.resolve(given)
    const known = members.get(place)
    if (known !== undefined) throw exists(given, known)
    members.set(place, given)
    const name = freeName(taken, asHostName(path.parse(place).name || 'root'))
    taken.add(name)
    return { name, kind: isDirectory(given) ? 'directory' : 'file', path: place, at: given }
  })
}

function freeName(taken: ReadonlySet<string>, wanted: string): string {
  if (!taken.has(wanted)) return wanted
  for (let number = 2; ; number += 1) if (!taken.has(`${wanted}-${number}`)) return `${wanted}-${number}`
}

function isDirectory(given: string): boolean {
  try {
    return statSync(given).isDirectory()
  } catch (error) {
    throw fileError(error, given, 'read')
  }
}

function exists(given: string, name: string): NvError {
  return new NvError({
    errno: 'EEXIST',
    code: 'exists',
    at: 'fleet add',
    message: `${given} is in the fleet already, as ${name}`,
    hint: 'nvgpu fleet list -o wide',
    object: given,
  })
}
