import { CRC_LINE, withCrc } from './disk/checked-file.ts'
import { FEWEST_WITH_INDEX, isBdf, nameIndexName } from './disk/layout.ts'
import { getKey, isObject, type Json, type JsonObject } from './json/json.ts'
import type { MaterializedState } from './materialized-state.ts'

/** Number of GPUs that share a file of the index: it is rewritten when one of them has changed. */
const GROUP = 256

/** Fields that name a thing. Of an address, domain and bus are indexed, which a GPU shares with its VFs. */
const NAMES = ['bdf', 'name']

/** The field whose beginning names a thing too, in any case. The prefix of a GPU's may be left out. */
const IDENTIFIER = 'uuid'
const PREFIX = 'gpu-'

/** A VM that has a thing open names it too, unless the VM is called after the place of the thing. */
const OPENER = 'opened'
const PLACE_NAME = 'vm-'

/** Length of the indexed beginning of an identifier, and the mark in front of it. */
const BEGINNING = 8
const MARK = '='

/**
 * The files of the name index that a checkpoint of `state` writes: those of the groups in which a GPU changed. The index
 * has a line for each GPU, with the names of the GPU and of the elements of its lists, so that a search for one thing does
 * not read every shard. The files follow from the shards; the snapshot names them.
 */
export function* changedIndexFiles(state: MaterializedState): Generator<[name: string, bytes: Buffer]> {
  const next = state.epoch + 1
  for (const [group, epoch] of indexEpochsAfter(state).entries()) {
    if (epoch !== next) continue
    const old = linesOf(state, group)
    const first = group * GROUP
    const lines = state.shards.slice(first, first + GROUP).map((shard, at) => {
      const line = shard.changed === true ? undefined : old?.[at]
      return line ?? lineOf(state.gpuTree(first + at))
    })
    yield [nameIndexName(group, next), withCrc(`${headOf(group, next)}${lines.join('\n')}\n`)]
  }
}

/** The epochs of the index files of the snapshot after the log of `state`, group by group. */
export function indexEpochsAfter(state: MaterializedState): number[] {
  const { shards, indexEpochs, epoch } = state
  if (shards.length < FEWEST_WITH_INDEX) return []
  const changed = new Set(state.changedShards().map((index) => Math.floor(index / GROUP)))
  return Array.from({ length: Math.ceil(shards.length / GROUP) }, (_, group) => {
    const written = changed.has(group) ? undefined : indexEpochs[group]
    return written ?? epoch + 1
  })
}

/**
 * Indices of the GPUs that may contain one of the names: an address, a name, or the beginning of an identifier. A GPU that
 * changed since the snapshot may, and so may all of a group without an index file. An index may be given twice.
 */
export function* candidateShards(state: MaterializedState, names: readonly string[]): Generator<number> {
  const { shards } = state
  yield* state.changedShards()
  const texts = names.flatMap((name) => [` ${indexedBeginning(name)}`, ` ${indexedName(name)} `])
  for (let first = 0; first < shards.length; first += GROUP) {
    const lines = linesOf(state, first / GROUP)
    for (const at of shards.slice(first, first + GROUP).keys()) {
      const line = lines?.[at]
      if (line === undefined || texts.some((text) => line.includes(text))) yield first + at
    }
  }
}

/**
 * A line for each GPU of a group; undefined if the group has no file, or one of an earlier form. Versions up to commit
 * 137551e wrote an additional line, which is ignored.
 */
function linesOf(state: MaterializedState, group: number): string[] | undefined {
  const epoch = state.indexEpochs[group]
  if (epoch === undefined) return undefined
  const text = state.readIndex(nameIndexName(group, epoch)).toString('utf8', CRC_LINE)
  const head = headOf(group, epoch)
  return text.startsWith(head) ? text.slice(head.length).split('\n') : undefined
}

/** The first line of an index file; earlier forms have another one. */
function headOf(group: number, epoch: number): string {
  return `words of group ${group} in epoch ${epoch}, with VMs\n`
}

/** The names of a GPU and of the elements of its lists, each between spaces. */
function lineOf(gpu: Json): string {
  const lists = isObject(gpu) ? Object.values(gpu).filter(Array.isArray) : []
  return ` ${[...new Set([gpu, ...lists.flat(1)].flatMap(namesOf))].join(' ')} `
}

function namesOf(thing: Json): string[] {
  if (!isObject(thing)) return []
  const names = NAMES.flatMap((key) => textOf(thing, key))
  const opener = getKey(thing, OPENER)
  const vms = isObject(opener) ? textOf(opener, 'vm').filter((vm) => !vm.startsWith(PLACE_NAME)) : []
  return [...[...names, ...vms].map(indexedName), ...textOf(thing, IDENTIFIER).map(indexedBeginning)]
}

function indexedName(name: string): string {
  return isBdf(name) ? name.slice(0, name.lastIndexOf(':')) : inJson(name)
}

function indexedBeginning(id: string): string {
  const bare = id.toLowerCase()
  const start = bare.startsWith(PREFIX) ? PREFIX.length : 0
  return MARK + inJson(bare.slice(start, start + BEGINNING))
}

function textOf(thing: JsonObject, key: string): string[] {
  const value = getKey(thing, key)
  return typeof value === 'string' ? [value] : []
}

/** Escaped as in JSON, so that it contains no newline. */
function inJson(name: string): string {
  return JSON.stringify(name).slice(1, -1)
}
