import type { Definition, HostState } from '../state.ts'

type Definitions = HostState['definitions']

/** What definitions are looked for by, other than their UUID. */
interface Index {
  /** UUID by name. */
  readonly named: Map<string, string>
  /** How many of a GPU start at boot, by its address. */
  readonly starting: Map<string, number>
}

/** Of each record of definitions that was looked into. Definitions go in and out of a record through this file only. */
const indexes = new WeakMap<Definitions, Index>()

/** The definition of a UUID, which is spelt as the state spells it. */
export function definitionOf({ definitions }: HostState, uuid: string): Definition | undefined {
  return Object.hasOwn(definitions, uuid) ? definitions[uuid] : undefined
}

/** The definition of a name, to the letter. */
export function definitionNamed(host: HostState, name: string): Definition | undefined {
  const uuid = indexOf(host.definitions).named.get(name)
  return uuid === undefined ? undefined : definitionOf(host, uuid)
}

/** Whether a definition of a GPU starts at boot. */
export function startsAny({ definitions }: HostState, bdf: string): boolean {
  return (indexOf(definitions).starting.get(bdf) ?? 0) > 0
}

/** Adds a definition, in the place of the one of its UUID. @returns the one that was there */
export function putDefinition(host: HostState, definition: Definition): Definition | undefined {
  const before = dropDefinition(host, definition.uuid, definition)
  const index = indexes.get(host.definitions)
  if (index) enter(index, definition)
  return before
}

/** Takes a definition away, or puts `next` in its place. @returns the one that was there */
export function dropDefinition(host: HostState, uuid: string, next?: Definition): Definition | undefined {
  const before = definitionOf(host, uuid)
  if (next) host.definitions[uuid] = next
  else delete host.definitions[uuid]
  const index = indexes.get(host.definitions)
  if (index && before) leave(index, before)
  return before
}

function indexOf(definitions: Definitions): Index {
  const known = indexes.get(definitions)
  if (known) return known
  const index: Index = { named: new Map(), starting: new Map() }
  for (const definition of Object.values(definitions)) enter(index, definition)
  indexes.set(definitions, index)
  return index
}

function enter({ named, starting }: Index, { uuid, name, gpu, start }: Definition): void {
  if (name !== null) named.set(name, uuid)
  if (start === 'auto') starting.set(gpu, (starting.get(gpu) ?? 0) + 1)
}

function leave({ named, starting }: Index, { uuid, name, gpu, start }: Definition): void {
  if (name !== null && named.get(name) === uuid) named.delete(name)
  if (start === 'auto') starting.set(gpu, (starting.get(gpu) ?? 0) - 1)
}
