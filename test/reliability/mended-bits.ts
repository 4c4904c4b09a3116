import { canonicalJson } from '../../src/store/json/canonical.ts'
import { Store } from '../../src/store/store.ts'
import { MemoryFiles } from '../migration/memory-files.ts'
import { fill, increment, incrementBoth, model, operation, type Tree } from '../store/tree.ts'
import type { Amount, Result } from './part.ts'
import { type Random, seeded } from './random.ts'

const DIR = '/state'
/** Bits at the beginning of a file, where the framing is: as many of them are turned as of all the others. */
const HEAD = 88

const open = (files: MemoryFiles) => Store.open<Tree>({ dir: DIR, model, files })
const shown = (files: MemoryFiles) => canonicalJson(open(files).read())

/** Turns bits of a state directory, each in a copy of its own: fsck finds every one and mends it, and nothing is lost. */
export async function mendedBits(amount: Amount): Promise<Result> {
  const { seed, rounds = Number.POSITIVE_INFINITY, milliseconds = Number.POSITIVE_INFINITY } = amount
  const end = Date.now() + milliseconds
  const template = used()
  const whole = shown(template)
  const random = seeded(seed)
  const files = sizes(template)
  const parts = files.flatMap(({ name, bits }) => [
    { name, order: inEvenSteps(0, HEAD, random) },
    { name, order: inEvenSteps(HEAD, bits, random) },
  ])
  const failures: string[] = []
  let turned = 0
  for (const { name, bit } of inTurn(parts)) {
    if (turned >= rounds || Date.now() > end) break
    turned++
    const wrong = turn(template, name, bit, whole)
    if (wrong) failures.push(`bit ${bit} of ${name}: ${wrong}`)
  }
  const all = files.reduce((sum, { bits }) => sum + bits, 0)
  return { counts: `${turned} of ${all} bits of ${files.length} files`, failures }
}

/** Two checkpoints and a log with two records. */
function used(): MemoryFiles {
  const files = new MemoryFiles()
  const store = open(files)
  const verbs = [incrementBoth, fill, increment(1), fill, increment(1), incrementBoth]
  for (const [at, verb] of verbs.entries()) store.transact(operation(`op-${at}`), verb)
  return files
}

function sizes(files: MemoryFiles): { name: string; bits: number }[] {
  const names = [...files.readdir(DIR), ...files.readdir(`${DIR}/shards`).map((name) => `shards/${name}`)]
  return names.flatMap((name) => {
    const { kind, size } = files.lstat(`${DIR}/${name}`)
    return kind === 'file' ? [{ name, bits: size * 8 }] : []
  })
}

/** The first bit of each part, the second of each, until none has any more. */
function* inTurn(parts: readonly { name: string; order: Iterator<number> }[]) {
  const going = new Set(parts)
  while (going.size > 0) {
    for (const part of going) {
      const { done, value: bit } = part.order.next()
      if (done) going.delete(part)
      else yield { name: part.name, bit }
    }
  }
}

/** Every number of a range once. However early that is broken off, those so far are spread over all of the range. */
function* inEvenSteps(from: number, to: number, random: Random): Generator<number> {
  const length = to - from
  let step = Math.max(1, Math.round(length * 0.618))
  while (commonDivisor(step, length) > 1) step++
  const start = random.below(length)
  for (let n = 0; n < length; n++) yield from + ((start + n * step) % length)
}

function commonDivisor(a: number, b: number): number {
  return b === 0 ? a : commonDivisor(b, a % b)
}

function turn(template: MemoryFiles, name: string, bit: number, whole: string): string | undefined {
  const files = template.clone()
  flip(files, `${DIR}/${name}`, bit)
  try {
    const { findings } = open(files).fsck({ repair: false })
    // One of the two newlines between records may go without anything being lost.
    if (findings.length === 0) return shown(files) === whole ? undefined : 'it is not found, and the state is another'
    if (!findings.some(({ file }) => file === name)) return `it is found in ${findings.map(({ file }) => file)}`
    const { ok, seq } = open(files).fsck({ repair: true })
    if (!ok || seq !== 6) return `it is not mended, and change ${seq} is the last`
    if (shown(files) !== whole) return 'it is mended, and the state is another'
    const rest = open(files).fsck({ repair: false }).findings
    const grave = rest.find(({ severity }) => severity !== 'note')
    return grave && `it is mended, and there is more: ${JSON.stringify(grave)}`
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
}

function flip(files: MemoryFiles, path: string, bit: number): void {
  const fd = files.open(path, 'update')
  const byte = new Uint8Array(1)
  files.read(fd, byte, bit >> 3)
  files.write(fd, Uint8Array.of((byte[0] ?? 0) ^ (1 << (bit & 7))), bit >> 3)
  files.close(fd)
}
