import type { Definition, HostState } from '../state.ts'

type Definitions = HostState['definitions']

/** Index of definitions by other keys than the UUID. */
interface Index {
  /** UUID by name. */
  readonly named: Map<string, string>
  /** Number of definitions that start at boot, by GPU address. */
  readonly starting: Map<string, number>
}

/** Cached index of each record of definitions. Only this file adds and removes definitions. */
const indexes = new WeakMap<Definitions, Index>()

/** The definition with a UUID, in the state's spelling. */
export function definitionOf({ definitions }: HostState, uuid: string): Definition | undefined {
  return Object.hasOwn(definitions, uuid) ? definitions[uuid] : undefined
}

/** The definition with exactly this name. */
export function definitionNamed(host: HostState, name: string): Definition | undefined {
  const uuid = indexOf(host.definitions).named.get(name)
  return uuid === undefined ? undefined : definitionOf(host, uuid)
}

/** Whether a definition of a GPU starts at boot. */
export function startsAny({ definitions }: HostState, bdf: string): boolean {
  return (indexOf(definitions).starting.get(bdf) ?? 0) > 0
}

/** Adds or replaces a definition by its UUID. @returns the replaced definition */
export function putDefinition(host: HostState, definition: Definition): Definition | undefined {
  const before = dropDefinition(host, definition.uuid, definition)
  const index = indexes.get(host.definitions)
  if (index) enter(index, definition)
  return before
}

/** Removes a definition, or replaces it with `next`. @returns the removed definition */
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
