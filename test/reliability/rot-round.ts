import { NvError } from '../../src/errors/nv-error.ts'
import { LOG_LIMIT } from '../../src/store/disk/layout.ts'
import { Store } from '../../src/store/store.ts'
import { count, type Ledger, ledgerModel } from './ledger.ts'
import { Machine, Process } from './machine.ts'
import { ModelDisk } from './model-disk.ts'
import { type Random, seeded } from './random.ts'

const DIR = '/state'

/**
 * Something of the state directory goes wrong: a bit turns, a log ends early, or a piece of a file is overwritten. Then
 * changes go on until they have passed two checkpoints. Each ends in success, with all changes before it in the state, or
 * in a refusal that names the damage; and an answer never has less than what was acknowledged, unless the end of the newest
 * log is gone, which nobody can tell from a change that was never made. Throws what went wrong.
 */
export function rotRound(seed: number): void {
  const random = seeded(seed)
  const machine = new Machine(new ModelDisk())
  const open = () => Store.open<Ledger>({ dir: DIR, model: ledgerModel, files: new Process(machine, random), uid: 0 })
  let number = 0
  const change = () => {
    const command = 'x'.repeat(random.below(LOG_LIMIT / 4))
    const next = number + 1
    open().transact({ id: `a-${next}`, time: '', command }, count('a', next))
    number = next
  }
  const before = 1 + random.below(12)
  for (let made = 0; made < before; made++) change()
  const where = spoil(machine.disk, random)
  for (let made = 0; made < 16; made++) {
    const was = number
    const sound = unlessCorrupt(() => {
      const { done, gpus } = open().read()
      expectAll(where, was, JSON.stringify([done, gpus]), random)
      change()
    })
    if (!sound) break
  }
  const report = open().fsck({ repair: false })
  if (!report.ok || report.findings.some(({ severity }) => severity !== 'note')) return
  const { done, gpus } = open().read()
  expectAll(`${where}: fsck is content`, number, JSON.stringify([done, gpus]), random)
}

function unlessCorrupt(step: () => void): boolean {
  try {
    step()
    return true
  } catch (error) {
    if (!(error instanceof NvError) || error.code !== 'corrupt') throw error
    return false
  }
}

function expectAll(where: string, number: number, found: string, random: Random): void {
  const files = new Process(new Machine(new ModelDisk()), random)
  const expected = Store.open<Ledger>({ dir: DIR, model: ledgerModel, files, uid: 0 }).read()
  for (let made = 1; made <= number; made++) count('a', made)(expected)
  const wanted = JSON.stringify([expected.done, expected.gpus])
  if (found !== wanted) throw new Error(`${where}: ${found} is left of ${wanted}`)
}

/** In a digit of the newest log if there is one, else anywhere: a digit makes another number, which still parses. */
function spoil(disk: ModelDisk, random: Random): string {
  const name = random.pick(filesOf(disk))
  const bytes = contentOf(disk, name)
  if (bytes.length > 0 && random.chance(0.1)) return overwrite(disk, name, bytes, random)
  if (random.chance(0.1)) return loseEnd(disk)
  if (bytes.length === 0) return `${name} is empty`
  const digits = [...bytes.keys()].filter((at) => (bytes[at] ?? 0) >= 0x30 && (bytes[at] ?? 0) <= 0x39)
  const at = digits.length && random.chance(0.5) ? random.pick(digits) : random.below(bytes.length)
  const bit = random.below(8)
  put(disk, name, Uint8Array.of((bytes[at] ?? 0) ^ (1 << bit)), at)
  return `bit ${bit} of byte ${at} of ${name}`
}

/** Some bytes turn into others. In the last record they are such as no record has: without its end it is what a cut leaves. */
function overwrite(disk: ModelDisk, name: string, bytes: Uint8Array, random: Random): string {
  const at = random.below(bytes.length)
  const length = Math.min(1 + random.below(60), bytes.length - at - 3)
  if (length < 1) return `nothing of ${name}`
  const isLast = Buffer.from(bytes).lastIndexOf('\n\n') < at + length
  put(disk, name, new Uint8Array(length).fill(isLast ? 0x01 : 0x23), at)
  return `bytes ${at} to ${at + length} of ${name}`
}

/** The log before the newest has no end any more, and the snapshot behind it is gone. */
function loseEnd(disk: ModelDisk): string {
  const logs = disk.readdir(DIR).filter((name) => name.startsWith('log.'))
  const newest = Math.max(...logs.map((name) => Number(name.split('.')[1])))
  if (newest === 0 || !disk.readdir(DIR).includes(`snap.${newest}.json`)) return 'nothing'
  disk.unlink(`${DIR}/snap.${newest}.json`)
  const name = `log.${newest - 1}.jsonl`
  const bytes = contentOf(disk, name)
  const kept = Buffer.from(bytes).subarray(0, Buffer.from(bytes).indexOf('\n\n') + 1)
  disk.unlink(`${DIR}/${name}`)
  const fd = disk.open(`${DIR}/${name}`, 'create')
  disk.write(fd, kept)
  disk.close(fd)
  return `the end of ${name}, and snap.${newest}.json`
}

function filesOf(disk: ModelDisk): string[] {
  const names = disk.readdir(DIR)
  const shards = names.includes('shards') ? disk.readdir(`${DIR}/shards`).map((name) => `shards/${name}`) : []
  return [...names.filter((name) => name !== 'shards'), ...shards]
}

function contentOf(disk: ModelDisk, name: string): Uint8Array {
  const fd = disk.open(`${DIR}/${name}`, 'read')
  const bytes = new Uint8Array(disk.stat(fd).size)
  disk.read(fd, bytes, 0)
  disk.close(fd)
  return bytes
}

function put(disk: ModelDisk, name: string, bytes: Uint8Array, at: number): void {
  const fd = disk.open(`${DIR}/${name}`, 'update')
  disk.write(fd, bytes, at)
  disk.close(fd)
}
