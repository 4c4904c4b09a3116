/** GPUs that differ in index and address only. */
export interface EqualGpus<T> {
  readonly first: T
  readonly indices: readonly number[]
  readonly bdfs: readonly string[]
}

interface OfGpu {
  readonly gpu: number
  readonly bdf: string
}

/** The items in groups of equal GPUs, each group in the place of its first GPU. */
export function equalGpus<T extends OfGpu>(items: readonly T[]): EqualGpus<T>[] {
  const groups = new Map<string, { first: T; indices: number[]; bdfs: string[] }>()
  for (const item of items) {
    const key = JSON.stringify({ ...item, gpu: 0, bdf: '' }).replaceAll(item.bdf, '')
    const group = groups.get(key)
    if (group === undefined) groups.set(key, { first: item, indices: [item.gpu], bdfs: [item.bdf] })
    else {
      group.indices.push(item.gpu)
      group.bdfs.push(item.bdf)
    }
  }
  return [...groups.values()]
}

/** The beginning of a block: `GPU 0 (0000:c1:00.0)`, or `GPUs 0-7 (8 equal, 0000:c1:00.0 to 0000:c8:00.0)`. */
export function gpusTitle({ indices, bdfs }: Omit<EqualGpus<unknown>, 'first'>): string {
  if (indices.length === 1) return `GPU ${indices[0]} (${bdfs[0]})`
  return `GPUs ${indexRanges(indices)} (${indices.length} equal, ${addresses(indices, bdfs)})`
}

/** Ascending numbers, with runs as ranges: `0-2,5`. */
export function indexRanges(indices: readonly number[]): string {
  return runsOf(indices)
    .map(([from, to]) => (from === to ? String(from) : `${from}-${to}`))
    .join(',')
}

/** The addresses of GPUs, with runs of their indices as ranges. */
function addresses(indices: readonly number[], bdfs: readonly string[]): string {
  let at = 0
  return runsOf(indices)
    .map(([from, to]) => {
      const [first, last] = [bdfs[at], bdfs[at + to - from]]
      at += to - from + 1
      return from === to ? first : `${first} to ${last}`
    })
    .join(', ')
}

function runsOf(indices: readonly number[]): [from: number, to: number][] {
  const runs: [number, number][] = []
  for (const index of indices) {
    const last = runs.at(-1)
    if (last !== undefined && index === last[1] + 1) last[1] = index
    else runs.push([index, index])
  }
  return runs
}
