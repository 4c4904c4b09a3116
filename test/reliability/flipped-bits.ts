import { NvError } from '../../src/errors/nv-error.ts'
import { AlreadyDone } from '../../src/store/already-done.ts'
import { canonicalJson } from '../../src/store/json/canonical.ts'
import type { MemoryFiles } from '../migration/memory-files.ts'
import type { Amount, Result } from './part.ts'
import { seeded } from './random.ts'
import { content, countUp, names, OLD_ID, openSmall, put, smallHost } from './small-host.ts'

/** What commands make of a host. Each answers as it does without the flipped bit, or refuses to. */
const USES: Readonly<Record<string, (files: MemoryFiles) => string>> = {
  read: shown,
  search: (files) =>
    JSON.stringify(openSmall(files).look((_, finder) => [...(finder?.candidates(['gpu6 *J', '50000000']) ?? [])])),
  change(files) {
    countUp(files, 'next', 4)
    countUp(files, 'after', 1)
    return shown(files)
  },
  checkpoint(files) {
    countUp(files, 'next', 4, true)
    countUp(files, 'after', 1, true)
    return shown(files)
  },
  repeat(files) {
    countUp(files, OLD_ID, 4)
    return 'it is made twice'
  },
  history: (files) => JSON.stringify(openSmall(files).history()),
  before: (files) => canonicalJson(openSmall(files).at(1)),
}

function shown(files: MemoryFiles): string {
  return openSmall(files).look((state) => canonicalJson(state))
}

/** Flips bits of a small host, each in a copy of its own. */
export async function flippedBits({ seed, rounds = Number.POSITIVE_INFINITY, milliseconds }: Amount): Promise<Result> {
  const end = Date.now() + (milliseconds ?? Number.POSITIVE_INFINITY)
  const host = smallHost()
  const sound = Object.fromEntries(Object.entries(USES).map(([name, use]) => [name, outcome(use, host.clone())]))
  const bits = names(host).flatMap((name) => bitsOf(name, content(host, name).length))
  const order = seeded(seed)
  const failures: string[] = []
  let flipped = 0
  let noticed = 0
  while (bits.length > 0 && flipped < rounds && Date.now() < end) {
    const at = order.below(bits.length)
    const { name, bit } = bits[at] ?? { name: '', bit: 0 }
    bits[at] = bits[bits.length - 1] ?? { name, bit }
    bits.pop()
    flipped++
    const files = host.clone()
    const bytes = content(files, name)
    bytes[bit >> 3] = (bytes[bit >> 3] ?? 0) ^ (1 << (bit & 7))
    put(files, name, bytes)
    let refused = 0
    for (const [use, run] of Object.entries(USES)) {
      const found = outcome(run, files.clone())
      if (found === REFUSED) refused++
      else if (found !== sound[use]) failures.push(`bit ${bit} of ${name}, ${use}: ${found.slice(0, 200)}`)
    }
    if (refused > 0) noticed++
  }
  return { counts: `${flipped} of ${flipped + bits.length} bits, ${noticed} noticed by some command`, failures }
}

function bitsOf(name: string, length: number) {
  // The long commands are only there to fill the logs: a bit in them is like the next.
  const few = /^log\.[01]\./.test(name) ? 8 : 1
  return Array.from({ length: (length * 8) / few }, (_, index) => ({ name, bit: index * few }))
}

const REFUSED = 'refused'

function outcome(use: (files: MemoryFiles) => string, files: MemoryFiles): string {
  try {
    return use(files)
  } catch (error) {
    if (error instanceof NvError && error.code === 'corrupt') return REFUSED
    if (error instanceof AlreadyDone) return 'done before'
    return String(error)
  }
}
