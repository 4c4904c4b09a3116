import { NvError } from '../../src/abi/nv-error.ts'
import { LOG_LIMIT } from '../../src/store/layout.ts'
import { Store } from '../../src/store/store.ts'
import { count, type Ledger, ledgerModel } from './ledger.ts'
import { Machine, Process } from './machine.ts'
import { ModelDisk } from './model-disk.ts'
import { type Random, seeded } from './random.ts'

const DIR = '/state'

/**
 * One bit of the state directory turns, and changes go on until they have passed two checkpoints. Each ends in success or
 * in a refusal that names the damage; and if the directory then passes fsck, the ledger has every change: a wrong value is
 * never carried into a checkpoint, where nobody could tell it any more. Throws what went wrong.
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
  const where = turnOneBit(machine.disk, random)
  for (let made = 0; made < 16; made++) {
    try {
      change()
    } catch (error) {
      if (!(error instanceof NvError) || error.code !== 'corrupt') throw error
      break
    }
  }
  const report = open().fsck({ repair: false })
  if (!report.ok || report.findings.some(({ severity }) => severity !== 'note')) return
  const { done, gpus } = open().read()
  const expected = Store.open<Ledger>({
    dir: DIR,
    model: ledgerModel,
    files: new Process(new Machine(new ModelDisk()), random),
    uid: 0,
  }).read()
  for (let made = 1; made <= number; made++) count('a', made)(expected)
  if (JSON.stringify([done, gpus]) !== JSON.stringify([expected.done, expected.gpus])) {
    throw new Error(
      `${where}: fsck is content, and ${JSON.stringify([done, gpus])} is left of ${JSON.stringify([expected.done, expected.gpus])}`,
    )
  }
}

/** In a digit of the newest log if there is one, else anywhere: a digit makes another number, which still parses. */
function turnOneBit(disk: ModelDisk, random: Random): string {
  const names = disk.readdir(DIR).filter((name) => name.startsWith('log.') || name.startsWith('snap.'))
  const name = random.pick(names)
  const fd = disk.open(`${DIR}/${name}`, 'update')
  const bytes = new Uint8Array(disk.stat(fd).size)
  disk.read(fd, bytes, 0)
  const digits = [...bytes.keys()].filter((at) => (bytes[at] ?? 0) >= 0x30 && (bytes[at] ?? 0) <= 0x39)
  const at = digits.length && random.chance(0.8) ? random.pick(digits) : random.below(bytes.length)
  const bit = random.below(3)
  disk.write(fd, Uint8Array.of((bytes[at] ?? 0) ^ (1 << bit)), at)
  disk.close(fd)
  return `bit ${bit} of byte ${at} of ${name}`
}
