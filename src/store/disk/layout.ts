/** A checkpoint is due when the log is longer than this, in bytes, and longer than half of the snapshot. */
export const LOG_LIMIT = 24 * 1024

/** Number of earlier epochs whose files are kept: `history`, slow readers and repair need them. */
export const KEPT_EPOCHS = 8

/** An operation id is known for at least this number of later changes. Each takes 19 bytes. */
export const KEPT_IDS = 16 * 1024

/** Largest number of operation ids in the snapshot; more of them go into a file of their own. */
export const RECENT_IDS = 1024

/** Largest size of a file, in bytes: no longer one is written or read. */
export const MAX_FILE = 256 * 1024 * 1024

/** Number of GPUs from which on a host has a name index. */
export const FEWEST_WITH_INDEX = 8

/** The directory inside the state directory with one file for each GPU. */
export const SHARDS = 'shards'

/** The epochs of each kind of file, ascending, and the temporary files. */
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

const FILE = /^(?:(snap|ids)\.(0|[1-9]\d{0,14})\.json(\.tmp-\d+-\d+)?|log\.(0|[1-9]\d{0,14})\.jsonl)$/
const SHARD = /^(?:[0-9a-f]{4,8}-[0-9a-f]{2}-[0-9a-f]{2}\.[0-7]|words-\d{1,9})\.([1-9]\d{0,14})\.json(\.tmp-\d+-\d+)?$/
const BDF = /^[0-9a-f]{4,8}:[0-9a-f]{2}:[0-9a-f]{2}\.[0-7]$/

/** Names that the store and its repair give. */
const OWN = /^(?:(?:snap|ids|log)\.\d+\.jsonl?|shards(?:\.aside|$))/
/** Names beside which a host may begin: the socket of NVML's server, and the directory of a new ext4 file system. */
const NEUTRAL: readonly string[] = ['nvml.sock', 'lost+found']

export const snapName = (epoch: number): string => `snap.${epoch}.json`
export const logName = (epoch: number): string => `log.${epoch}.jsonl`

/** The file of operation ids written in `epoch`. */
export const idsName = (epoch: number): string => `ids.${epoch}.json`

/** The file of a GPU. `bdf` must have passed isBdf: it becomes part of a path. */
export const shardName = (bdf: string, epoch: number): string => `${SHARDS}/${bdf.replaceAll(':', '-')}.${epoch}.json`

/** The file of the name index for the `index`-th group of GPUs, written in `epoch`. */
export const nameIndexName = (index: number, epoch: number): string => `${SHARDS}/words-${index}.${epoch}.json`

/** Whether a value is a full PCI address in lower case: only such a GPU has a shard file. */
export function isBdf(value: unknown): value is string {
  return typeof value === 'string' && BDF.test(value)
}

/** Sorts the names of the state directory; foreign ones are ignored. */
export function sortListing(names: readonly string[]): Listing {
  const snaps: number[] = []
  const logs: number[] = []
  const ids: number[] = []
  const temporary: { name: string; epoch: number }[] = []
  for (const name of names) {
    const [, kind, epoch, suffix, log] = FILE.exec(name) ?? []
    if (log !== undefined) logs.push(Number(log))
    else if (suffix !== undefined) temporary.push({ name, epoch: Number(epoch) })
    else if (kind === 'snap') snaps.push(Number(epoch))
    else if (kind === 'ids' && epoch !== '0') ids.push(Number(epoch))
  }
  return { snaps: snaps.sort(ascending), logs: logs.sort(ascending), ids: ids.sort(ascending), temporary }
}

/** The names of a directory in which none is of the store: it belongs to something else. Empty if one is. */
export function foreignNames(names: readonly string[]): string[] {
  return names.some((name) => OWN.test(name)) ? [] : names.filter((name) => !NEUTRAL.includes(name)).sort()
}

/** The names of the shard directory that belong to the store. */
export function sortShards(names: readonly string[]): ShardName[] {
  return names.flatMap((name) => {
    const match = SHARD.exec(name)
    return match ? [{ name: `${SHARDS}/${name}`, epoch: Number(match[1]), temporary: match[2] !== undefined }] : []
  })
}

function ascending(a: number, b: number): number {
  return a - b
}
