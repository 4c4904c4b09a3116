import path from 'node:path'
import { isScalar } from 'yaml'
import { boardNames } from '../../catalog/boards.ts'
import { isProfileName } from '../../catalog/profiles.ts'
import { noSuchBoard } from '../../engine/boards/no-such-board.ts'
import { Cursor } from '../documents/cursor.ts'
import { Source } from '../documents/source.ts'
import { isBoard } from './board.ts'
import type { Fleet, FleetGroup, FleetMember } from './fleet.ts'
import { hostName, hostNameProblem, type NamePattern, patternOf, sameName } from './host-names.ts'

export const MOST_HOSTS = 10_000_000
export const MOST_GPUS = 1024
/** NumVFs of the SR-IOV capability has 16 bits. */
export const MOST_VFS = 65_535
/** A processor more than any machine has. */
export const MOST_MEASURE = 1_000_000_000

const SCHEMA = 'nvgpu schema fleet'
const GROUP = [
  'name',
  'hosts',
  'board',
  'model',
  'gpus',
  'vfs',
  'profile',
  'mode',
  'ecc',
  'cpuMilli',
  'memoryMiB',
] as const

/**
 * Reads a fleet file, YAML or JSON. Members are not opened.
 * @throws NvError invalid-file with file, line and member
 */
export function readFleetFile(file: string, bytes: Uint8Array): Fleet {
  const source = new Source(file, bytes, SCHEMA)
  const [document, second] = source.documents.filter(
    ({ root }) => root !== null && !(isScalar(root) && root.value === null),
  )
  if (document === undefined) throw source.refuse('has no document in it: write groups or members', null)
  if (second !== undefined) throw source.refuse('a fleet is one document', second.root)
  const root = new Cursor(source, document, document.root, '')
  const found = root.members(['schema', 'kind', 'groups', 'members'])
  found.schema?.count(1, 1)
  found.kind?.choice(['fleet'])
  const groups = found.groups?.items().map(groupOf) ?? []
  const members = found.members?.items().map((cursor) => memberOf(cursor, path.dirname(file))) ?? []
  const entries = [
    ...groups.map(({ name, hosts }) => ({ pattern: patternOf(name) ?? plain(name), hosts })),
    ...members.map(({ name }) => ({ pattern: plain(name), hosts: 1 })),
  ]
  const twice = sameName(entries)
  if (twice !== null) throw source.refuse(`two hosts have the name ${twice}; give one group another name`, null)
  return { file, groups, members }
}

function groupOf(cursor: Cursor): FleetGroup {
  const { at } = cursor
  const found = cursor.members(GROUP)
  const { board, model, ecc, mode, profile } = found
  const hosts = found.hosts?.count(1, MOST_HOSTS) ?? 1
  if (board !== undefined && model !== undefined) throw model.refuse('a group has a board or another model, not both')
  if (board === undefined && model === undefined) throw cursor.refuse('board is missing, as in "board: L40"')
  if (found.gpus === undefined) throw cursor.refuse('gpus is missing: the number of GPUs in a host')
  return {
    name: groupName(found.name ?? cursor, hosts, found.name !== undefined),
    hosts,
    board: board === undefined ? null : boardWord(board),
    model: model === undefined ? null : model.word(),
    gpus: found.gpus.count(0, MOST_GPUS),
    vfs: found.vfs?.count(0, MOST_VFS) ?? null,
    profile: profile === undefined ? null : profileName(profile),
    mode: mode?.choice(['homogeneous', 'heterogeneous']) ?? 'homogeneous',
    ecc: ecc?.flag() ?? false,
    cpuMilli: found.cpuMilli?.count(0, MOST_MEASURE) ?? null,
    memoryMiB: found.memoryMiB?.count(0, MOST_MEASURE) ?? null,
    at,
  }
}

function groupName(cursor: Cursor, hosts: number, isGiven: boolean): string {
  if (!isGiven) throw cursor.refuse('name is missing, as in "name: rack7-{1}"')
  const name = cursor.word()
  const problem = groupNameProblem(name, hosts)
  if (problem !== null) throw cursor.refuse(problem)
  return name
}

/** Why a text is no name of a group of that many hosts; null if it is one. */
export function groupNameProblem(name: string, hosts: number): string | null {
  const pattern = patternOf(name)
  if (pattern === null)
    return 'the braces of a name hold the number of the first host, with no digit beside them: rack7-{001}'
  if (pattern.first === null && hosts > 1)
    return `${hosts} hosts need numbers in their names: write the first one in braces, ${name}-{1}`
  return hostNameProblem(hostName(pattern, hosts - 1))
}

function boardWord(cursor: Cursor): string {
  const word = cursor.word()
  if (isBoard(word)) return word
  const { message } = noSuchBoard('fleet', word, boardNames(), () => '')
  throw cursor.refuse(`${message}; a GPU outside of the catalogue is written as "model"`, 'nvgpu host boards')
}

function profileName(cursor: Cursor) {
  const word = cursor.word()
  if (isProfileName(word)) return word
  throw cursor.refuse(`there is no profile "${word}"`, 'nvgpu host init --help')
}

function memberOf(cursor: Cursor, home: string): FleetMember {
  const { at } = cursor
  const { name, dir, file } = cursor.members(['name', 'dir', 'file'])
  if (name === undefined) throw cursor.refuse('name is missing')
  const problem = hostNameProblem(name.word())
  if (problem !== null) throw name.refuse(problem)
  if (dir !== undefined && file !== undefined) throw file.refuse('a member is a directory or a file, not both')
  const place = dir ?? file
  if (place === undefined) throw cursor.refuse('dir is missing: the state directory of the host')
  const text = place.word()
  if (text === '' || text.includes('\0')) throw place.refuse('a path is needed here')
  return { name: name.word(), kind: dir === undefined ? 'file' : 'directory', path: path.resolve(home, text), at }
}

function plain(name: string): NamePattern {
  return { before: name, after: '', first: null, width: 0 }
}
