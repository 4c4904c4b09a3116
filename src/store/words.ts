import { CRC_LINE, withCrc } from './checked-file.ts'
import type { Image, Slot } from './image.ts'
import { getKey, isObject, type Json, type JsonObject } from './json.ts'
import { FEWEST_WITH_WORDS, isBdf, wordsName } from './layout.ts'

/**
 * GPUs that share a file of words: it is written anew when one of them has changed, and a search reads all such files. Some
 * 90 KB for GPUs that are full, which takes less than to open eight files of an eighth.
 */
const GROUP = 256

/** Members whose values name things as a whole; of an address domain and bus are kept, which a GPU and its VFs share. */
const NAMES = ['bdf', 'name']

/** The member a thing may be named by the beginning of, in any case; a GPU's has a prefix that may be left out. */
const IDENTIFIER = 'uuid'
const PREFIX = 'gpu-'

/** So much of an identifier stands in a file of words, behind a mark. */
const BEGINNING = 8
const MARK = '='

type Shard = Pick<Slot, 'bdf' | 'epoch'>

interface Group<S extends Shard> {
  readonly name: string
  /** index of the first slot */
  readonly first: number
  readonly slots: readonly S[]
}

/**
 * The files of words that a checkpoint of `image` writes: those of the groups in which a GPU changed. They say by which
 * words a GPU and each element of its lists is called, so that looking for one thing does not read every shard. They
 * follow from the shards and begin with a list of those they were made from.
 */
export function* changedWords(image: Image): Generator<[name: string, bytes: Buffer]> {
  const next = image.epoch + 1
  for (const group of groupsOf(image.slots)) {
    if (!group.slots.some(({ changed }) => changed)) continue
    const old = bodyOf(image, group)?.toString().split('\n')
    const lines = group.slots.map(({ changed }, at) => {
      const line = changed ? undefined : old?.[at]
      return line ?? lineOf(image.baseOf(group.first + at))
    })
    const shards = group.slots.map(({ bdf, changed, epoch }) => ({ bdf, epoch: changed ? next : epoch }))
    yield [wordsName(group.first / GROUP, next), withCrc(`${headOf(shards)}${lines.join('\n')}\n`)]
  }
}

/** The names of the files of words that go with these shards. */
export function wordsNames(shards: readonly Shard[]): string[] {
  return groupsOf(shards).map(({ name }) => name)
}

/**
 * Indices of the slots in which one of the words may name something: as its address or name, or as the beginning of its
 * identifier. A slot that changed since the snapshot may, and so may all of a group whose file is missing or was made from
 * other shards.
 */
export function slotsWith(image: Image, words: readonly string[]): number[] {
  const texts = [...new Set(words.flatMap(textsFor))]
  return groupsOf(image.slots).flatMap((group) => {
    const body = bodyOf(image, group)
    const lines = body && texts.some((text) => body.includes(text)) ? body.toString().split('\n') : []
    const may = ({ changed }: Slot, at: number) =>
      changed || body === undefined || texts.some((text) => lines[at]?.includes(text))
    return group.slots.flatMap((slot, at) => (may(slot, at) ? [group.first + at] : []))
  })
}

function groupsOf<S extends Shard>(slots: readonly S[]): Group<S>[] {
  if (slots.length < FEWEST_WITH_WORDS) return []
  return Array.from({ length: Math.ceil(slots.length / GROUP) }, (_, index) => {
    const first = index * GROUP
    const members = slots.slice(first, first + GROUP)
    const epoch = members.reduce((newest, slot) => Math.max(newest, slot.epoch), 0)
    return { name: wordsName(index, epoch), first, slots: members }
  })
}

/** A line for each GPU of the group; undefined if there is no file that was made from just these shards. */
function bodyOf(image: Image, { name, slots }: Group<Slot>): Buffer | undefined {
  const bytes = image.words(name)
  const head = headOf(slots)
  const end = CRC_LINE + head.length
  return bytes?.toString('latin1', CRC_LINE, end) === head ? bytes.subarray(end) : undefined
}

function headOf(shards: readonly Shard[]): string {
  return `${shards.map(({ bdf, epoch }) => `${bdf} ${epoch}`).join()}\n`
}

/** The words of a GPU and of the elements of its lists, each between blanks. */
function lineOf(gpu: Json): string {
  const lists = isObject(gpu) ? Object.values(gpu).filter(Array.isArray) : []
  return ` ${[...new Set([gpu, ...lists.flat(1)].flatMap(wordsOf))].join(' ')} `
}

function wordsOf(thing: Json): string[] {
  if (!isObject(thing)) return []
  return [...NAMES.flatMap((key) => textOf(thing, key)).map(whole), ...textOf(thing, IDENTIFIER).map(beginning)]
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

/** What to look for in a line for a word. */
function textsFor(word: string): [string, string] {
  return [` ${whole(word)} `, ` ${beginning(word)}`]
}

/** As JSON has it: no newline is left in it. */
function inJson(word: string): string {
  return JSON.stringify(word).slice(1, -1)
}
