import { canonicalJson } from '../../src/store/json/canonical.ts'
import type { MemoryFiles } from '../migration/memory-files.ts'
import type { Amount, Result } from './part.ts'
import { type Random, seeded } from './random.ts'
import { content, countUp, DIR, names, openSmall, put, smallHost } from './small-host.ts'

/** Ways in which a file goes wrong. */
const HARMS: readonly ((files: MemoryFiles, name: string, random: Random) => void)[] = [
  (files, name, random) => {
    const bytes = content(files, name)
    const bit = random.below(bytes.length * 8)
    if (bytes.length > 0) bytes[bit >> 3] = (bytes[bit >> 3] ?? 0) ^ (1 << (bit & 7))
    put(files, name, bytes)
  },
  (files, name) => files.unlink(`${DIR}/${name}`),
  (files, name, random) =>
    put(files, name, content(files, name).subarray(0, random.below(content(files, name).length + 1))),
  (files, name) => put(files, name, Buffer.alloc(0)),
  (files, name, random) => {
    const bytes = content(files, name)
    const at = random.below(bytes.length + 1)
    put(files, name, bytes.fill('#', at, Math.min(at + random.below(40), bytes.length)))
  },
  (files, name, random) => put(files, name, content(files, random.pick(names(files)))),
  (files, name, random) => put(files, name.replace(/\d+(?=\.json)/, String(random.below(12))), content(files, name)),
]

/** Two or three damages at once: one repair does all that can be done, and what it leaves can be read and changed. */
export async function manyDamages({ seed, rounds = 500, milliseconds }: Amount): Promise<Result> {
  const end = Date.now() + (milliseconds ?? Number.POSITIVE_INFINITY)
  const host = smallHost()
  const failures: string[] = []
  let made = 0
  let mended = 0
  for (; made < rounds && Date.now() < end; made++) {
    const random = seeded(seed + made)
    const files = host.clone()
    const count = 2 + random.below(2)
    for (let at = 0; at < count; at++) random.pick(HARMS)(files, random.pick(names(files)), random)
    const wrong = afterRepair(files)
    if (wrong === undefined) mended++
    else if (wrong !== LOST) failures.push(`--seed ${seed + made} --rounds 1: ${wrong}`)
  }
  return { counts: `${made} hosts, ${mended} of them whole after one repair`, failures }
}

const LOST = 'it cannot be mended'

function afterRepair(files: MemoryFiles): string | undefined {
  try {
    const first = openSmall(files).fsck({ repair: true })
    const second = openSmall(files).fsck({ repair: false })
    const more = second.findings.find((finding) => finding.mend !== undefined)
    if (more) return `a second repair would have something to do: ${JSON.stringify(more)}`
    const known = first.findings.map(({ file, problem }) => `${file} ${problem}`)
    const fresh = second.findings.find(({ file, problem }) => !known.includes(`${file} ${problem}`))
    if (fresh) return `a second look finds what the first did not: ${JSON.stringify(fresh)}`
    if (first.ok !== second.ok) return 'two looks disagree'
    if (!first.ok) return LOST
    const total = openSmall(files).look(({ total }) => total)
    countUp(files, 'next', 4)
    const after = openSmall(files).look((state) => canonicalJson(state) && state.total)
    return after === total + 1 ? undefined : `change ${total + 1} leads to ${after}`
  } catch (error) {
    return error instanceof Error ? (error.stack ?? error.message) : String(error)
  }
}
