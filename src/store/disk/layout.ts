/** The log is folded into a checkpoint once it is longer than this, in bytes: 16 to 32 KiB keep a start cheap. */
export const LOG_LIMIT = 24 * 1024

/** So many epochs before the current one keep their files: for `history`, for slow readers and for repair. */
export const KEPT_EPOCHS = 8

/**
 * An operation id is known for at least so many later changes: more than seven writers in a loop make in the time that one
 * which was killed takes to start again on a busy machine. What is kept of each takes 19 bytes.
 */
export const KEPT_IDS = 16 * 1024

/** So many of them are in the snapshot, which every command reads; when there are more they go into a file of their own. */
export const RECENT_IDS = 1024

/** Bytes. No file of ours is longer, and none that is longer is read. V8's longest string is about twice that. */
export const MAX_FILE = 256 * 1024 * 1024

/** Hosts with fewer GPUs have no files of words (words.ts): reading their shards takes no longer. */
export const FEWEST_WITH_INDEX = 8

/** The directory inside the state directory with one file per GPU. */
export const SHARDS = 'shards'

/** Which epochs have which file, ascending, and everything of ours that is only a temporary name. */
export interface Listing {
  readonly snaps: readonly number[]
  readonly logs: readonly number[]
  readonly ids: readonly number[]
  readonly temporary: readonly { readonly name: string; readonly epoch: number }[]
}

/** A file of the shard directory. */
export interface ShardName {
  readonly name: string
  readonly epoch: number
  readonly temporary: boolean
}

const TEMPORARY = /^(?:snap\.(?:0|[1-9]\d{0,14})|ids\.[1-9]\d{0,14})\.json\.tmp-\d+-\d+$/
const SHARD = /^(?:[0-9a-f]{4,8}-[0-9a-f]{2}-[0-9a-f]{2}\.[0-7]|words-\d{1,9})\.([1-9]\d{0,14})\.json(\.tmp-\d+-\d+)?$/

export const snapName = (epoch: number): string => `snap.${epoch}.json`
export const logName = (epoch: number): string => `log.${epoch}.jsonl`

/** The file of operation ids written in `epoch`. */
export const idsName = (epoch: number): string => `ids.${epoch}.json`

/** The file of a GPU. `bdf` must have passed isBdf: it becomes part of a path. */
export const shardName = (bdf: string, epoch: number): string => `${SHARDS}/${bdf.replaceAll(':', '-')}.${epoch}.json`

/** The file that says what the GPUs of a group are called: of the `index`-th, written in `epoch`. */
export const nameIndexName = (index: number, epoch: number): string => `${SHARDS}/words-${index}.${epoch}.json`

/** Whether a value is a full PCI address in lower case, the only thing a shard may be named after. */
export function isBdf(value: unknown): value is string {
  // No regular expression: to compile one takes longer than all there is to look at, and every reader asks this.
  if (typeof value !== 'string' || value.length < 12 || value.length > 16) return false
  const bus = value.length - 7
  for (let at = 0; at < value.length; at++) {
    const code = value.charCodeAt(at)
    const wanted = at === bus - 1 || at === bus + 2 ? COLON : at === bus + 5 ? DOT : undefined
    if (wanted !== undefined ? code !== wanted : !isHexDigit(code)) return false
  }
  return value.charCodeAt(value.length - 1) <= SEVEN
}

const DOT = 0x2e
const COLON = 0x3a
const SEVEN = 0x37

function isHexDigit(code: number): boolean {
  return (code >= 0x30 && code <= 0x39) || (code >= 0x61 && code <= 0x66)
}

/** Sorts the names of the state directory; foreign ones are passed over. */
export function sortListing(names: readonly string[]): Listing {
  const snaps: number[] = []
  const logs: number[] = []
  const ids: number[] = []
  const temporary: { name: string; epoch: number }[] = []
  for (const name of names) {
    const snap = numbered(name, 'snap.', '.json')
    const log = numbered(name, 'log.', '.jsonl')
    const id = numbered(name, 'ids.', '.json')
    if (snap !== undefined) snaps.push(snap)
    else if (log !== undefined) logs.push(log)
    else if (id) ids.push(id)
    else if (name.includes('.tmp-') && TEMPORARY.test(name)) temporary.push({ name, epoch: Number(name.split('.')[1]) })
  }
  return { snaps: snaps.sort(ascending), logs: logs.sort(ascending), ids: ids.sort(ascending), temporary }
}

/** The epoch between a prefix and a suffix, if that is what a name is. */
function numbered(name: string, prefix: string, suffix: string): number | undefined {
  if (!name.startsWith(prefix) || !name.endsWith(suffix)) return undefined
  const digits = name.slice(prefix.length, -suffix.length)
  const epoch = Number(digits)
  return String(epoch) === digits && digits.length <= 15 && epoch >= 0 && Number.isInteger(epoch) ? epoch : undefined
}

/** The names of the shard directory that are ours. */
export function sortShards(names: readonly string[]): ShardName[] {
  return names.flatMap((name) => {
    const match = SHARD.exec(name)
    return match ? [{ name: `${SHARDS}/${name}`, epoch: Number(match[1]), temporary: match[2] !== undefined }] : []
  })
}

function ascending(a: number, b: number): number {
  return a - b
}
