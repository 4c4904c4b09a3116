import path from 'node:path'
import { isMap, parseDocument, stringify } from 'yaml'
import type { FleetGroup, FleetMember } from './fleet.ts'

const STYLE = { lineWidth: 0, compat: 'yaml-1.1', flowCollectionPadding: true } as const

export interface FleetParts {
  readonly groups: readonly FleetGroup[]
  readonly members: readonly FleetMember[]
}

/** The text of a fleet file, in JSON if its name ends so: a line a group, with the members that differ from their default. */
export function fleetText(file: string, { groups, members }: FleetParts): string {
  const data = {
    schema: 1,
    kind: 'fleet',
    ...(groups.length > 0 ? { groups: groups.map(groupData) } : {}),
    ...(members.length > 0 ? { members: members.map((member) => memberData(file, member)) } : {}),
  }
  if (isJson(file)) return `${JSON.stringify(data, null, 2)}\n`
  const lists = Object.entries(data).map(([key, value]) => {
    if (!Array.isArray(value)) return `${key}: ${String(value)}\n`
    return `${key}:\n${value.map((item) => `  - ${flow(item)}\n`).join('')}`
  })
  return lists.join('')
}

/** The text with more groups and members; its comments and order stay. */
export function extendedText(file: string, text: string, more: FleetParts): string {
  const document = parseDocument(text)
  const whole = isMap(document.contents) ? document.contents : null
  const additions: readonly (readonly [string, readonly object[]])[] = [
    ['groups', more.groups.map(groupData)],
    ['members', more.members.map((member) => memberData(file, member))],
  ]
  for (const [key, items] of additions) {
    if (items.length === 0) continue
    const isFlow = whole?.flow === true
    if (!document.has(key) || document.get(key) === null) document.set(key, document.createNode([], { flow: isFlow }))
    for (const item of items) document.addIn([key], document.createNode(item, { flow: true }))
  }
  return whole?.flow === true && isJson(file)
    ? `${JSON.stringify(document.toJS(), null, 2)}\n`
    : document.toString(STYLE)
}

function isJson(file: string): boolean {
  return file.endsWith('.json')
}

function flow(item: object): string {
  return stringify(item, { ...STYLE, collectionStyle: 'flow' }).trimEnd()
}

function groupData(group: FleetGroup): object {
  const { name, hosts, board, model, gpus, vfs, profile, mode, ecc, cpuMilli, memoryMiB } = group
  return {
    name,
    hosts,
    ...(board === null ? { model } : { board }),
    gpus,
    ...(vfs === null ? {} : { vfs }),
    ...(profile === null ? {} : { profile }),
    ...(mode === 'homogeneous' ? {} : { mode }),
    ...(ecc ? { ecc: true } : {}),
    ...(cpuMilli === null ? {} : { cpuMilli }),
    ...(memoryMiB === null ? {} : { memoryMiB }),
  }
}

/** A path below the file's directory is relative, so that both move together. */
function memberData(file: string, { name, kind, path: place }: FleetMember): object {
  const below = path.relative(path.dirname(path.resolve(file)), place)
  const written = below === '' ? '.' : below.startsWith('..') ? place : below
  return kind === 'directory' ? { name, dir: written } : { name, file: written }
}
