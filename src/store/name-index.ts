import { CRC_LINE, withCrc } from './disk/checked-file.ts'
import { FEWEST_WITH_INDEX, isBdf, nameIndexName } from './disk/layout.ts'
import { getKey, isObject, type Json, type JsonObject } from './json/json.ts'
import type { MaterializedState } from './materialized-state.ts'

/**
 * GPUs that share a file of words: it is written anew when one of them has changed, and a search reads all such files. Some
 * 90 KB for GPUs that are full.
 */
const GROUP = 256

/** ShardFields whose values name things as a whole; of an address domain and bus are kept, which a GPU and its VFs share. */
const NAMES = ['bdf', 'name']

/** The member a thing may be named by the beginning of, in any case; a GPU's has a prefix that may be left out. */
const IDENTIFIER = 'uuid'
const PREFIX = 'gpu-'

const NEWLINE = 0x0a

/** Whoever has a thing open has a name too; one that begins with OWN goes by the thing's place, and is not written. */
const OPENER = 'opened'
const OWN = 'vm-'

/** So much of an identifier stands in a file of words, behind a mark. */
const BEGINNING = 8
const MARK = '='

/**
 * The files of words that a checkpoint of `image` writes: those of the groups in which a GPU changed. They say by which
 * words a GPU and each element of its lists is called, so that looking for one thing does not read every shard. They
 * follow from the shards, and the snapshot that names these names them.
 */
export function* changedIndexFiles(image: MaterializedState): Generator<[name: string, bytes: Buffer]> {
  const next = image.epoch + 1
  for (const [group, epoch] of indexEpochsAfter(image).entries()) {
    if (epoch !== next) continue
    const old = bodyOf(image, group)?.toString().split('\n')
    const first = group * GROUP
    const length = Math.min(GROUP, image.slots.length - first)
    const lines = Array.from({ length }, (_, at) => {
      const line = image.slots.get(first + at)?.changed === true ? undefined : old?.[at]
      return line ?? lineOf(image.baseOf(first + at))
    })
    yield [nameIndexName(group, next), withCrc(`${headOf(group, next)}${lines.join('\n')}\n`)]
  }
}

/** The epochs of the files of words that go with the snapshot after `image`'s log, group by group. */
export function indexEpochsAfter(image: MaterializedState): number[] {
  const { slots, indexEpochs, epoch } = image
  if (slots.length < FEWEST_WITH_INDEX) return []
  const changed = new Set(slots.changed().map((index) => Math.floor(index / GROUP)))
  return Array.from({ length: Math.ceil(slots.length / GROUP) }, (_, group) => {
    const written = changed.has(group) ? undefined : indexEpochs[group]
    return written ?? epoch + 1
  })
}

/**
 * Indices of the slots in which one of the words may name something: as its address or name, or as the beginning of its
 * identifier. A slot that changed since the snapshot may, and so may all of a group that has no file. An index may come
 * twice. Files are read as they are come to: of a whole identifier all are looked for that before they are for a name.
 */
export function* candidateShards(image: MaterializedState, words: readonly string[]): Generator<number> {
  const { slots } = image
  yield* slots.changed()
  const [names, beginnings] = [words.map(whole), words.map(beginning)]
  const texts = [...beginnings.map((id) => ` ${id}`), ...names.map((name) => ` ${name} `)]
  const half = words.length
  const stages = words.every(isWholeId) ? [texts.slice(0, half), texts.slice(half)] : [texts]
  for (const stage of stages) {
    for (let first = 0; first < slots.length; first += GROUP) {
      const body = bodyOf(image, first / GROUP)
      const lines = body && linesWith(body, new Set(stage))
      const length = Math.min(GROUP, slots.length - first)
      for (const line of lines ?? Array(length).keys()) if (line < length) yield first + line
    }
  }
}

function isWholeId(word: string): boolean {
  return word.length === 36 && word[BEGINNING] === '-'
}

/** Numbers of the lines in which one of the texts stands. */
function linesWith(body: Buffer, texts: ReadonlySet<string>): Set<number> {
  const lines = new Set<number>()
  for (const text of texts) {
    let line = 0
    let newline = -1
    for (let at = body.indexOf(text); at >= 0; at = body.indexOf(text, newline)) {
      for (let next = body.indexOf(NEWLINE, newline + 1); next >= 0 && next < at; line++) {
        newline = next
        next = body.indexOf(NEWLINE, newline + 1)
      }
      lines.add(line)
      newline = body.indexOf(NEWLINE, at)
      line++
    }
  }
  return lines
}

/**
 * A line for each GPU of the group; undefined if there is no file of it, or one of an earlier form. Commits up to 137551e
 * wrote one line more, which is nobody's.
 */
function bodyOf(image: MaterializedState, group: number): Buffer | undefined {
  const epoch = image.indexEpochs[group]
  if (epoch === undefined) return undefined
  const bytes = image.words(nameIndexName(group, epoch))
  const head = headOf(group, epoch)
  const start = CRC_LINE + head.length
  return bytes.toString('latin1', CRC_LINE, start) === head ? bytes.subarray(start) : undefined
}

function headOf(group: number, epoch: number): string {
  return `words of group ${group} in epoch ${epoch}, with VMs\n`
}

/** The words of a GPU and of the elements of its lists, each between blanks. */
function lineOf(gpu: Json): string {
  const lists = isObject(gpu) ? Object.values(gpu).filter(Array.isArray) : []
  return ` ${[...new Set([gpu, ...lists.flat(1)].flatMap(wordsOf))].join(' ')} `
}

function wordsOf(thing: Json): string[] {
  if (!isObject(thing)) return []
  const names = NAMES.flatMap((key) => textOf(thing, key))
  const opener = getKey(thing, OPENER)
  const vms = isObject(opener) ? textOf(opener, 'vm').filter((vm) => !vm.startsWith(OWN)) : []
  return [...[...names, ...vms].map(whole), ...textOf(thing, IDENTIFIER).map(beginning)]
}

function whole(name: string): string {
  return isBdf(name) ? name.slice(0, name.lastIndexOf(':')) : inJson(name)
}

function beginning(id: string): string {
  const bare = id.toLowerCase()
  const start = bare.startsWith(PREFIX) ? PREFIX.length : 0
  return MARK + inJson(bare.slice(start, start + BEGINNING))
}

function textOf(thing: JsonObject, key: string): string[] {
  const value = getKey(thing, key)
  return typeof value === 'string' ? [value] : []
}

/** As JSON has it: no newline is left in it. */
function inJson(word: string): string {
  return JSON.stringify(word).slice(1, -1)
}
