import { idMark } from '../../src/store/checkpoint/operation-ids.ts'
import { withCrc } from '../../src/store/disk/checked-file.ts'
import { LOG_LIMIT } from '../../src/store/disk/layout.ts'
import { frame } from '../../src/store/log/record.ts'
import type { Model } from '../../src/store/model.ts'
import { Store } from '../../src/store/store.ts'
import { MemoryFiles } from '../migration/memory-files.ts'

export const DIR = '/state'
/** An operation whose mark is in the file of ids. */
export const OLD_ID = 'long-ago'

interface Small {
  schema: number
  total: number
  gpus: { bdf: string; uuid: string; name: string; count: number }[]
}

const model: Model<Small> = {
  schema: 1,
  initial: () => ({
    schema: 1,
    total: 0,
    gpus: Array.from({ length: 8 }, (_, at) => ({
      bdf: `0000:c${at}:00.0`,
      uuid: `GPU-${at}0000000-0000-0000-0000-000000000000`,
      name: `gpu${at} *J`,
      count: 0,
    })),
  }),
  check: ({ gpus, total }, touched) =>
    touched.length < gpus.length || gpus.reduce((sum, { count }) => sum + count, 0) === total ? [] : ['no sum'],
}

export const openSmall = (files: MemoryFiles) => Store.open<Small>({ dir: DIR, model, files })

/** Counts one up; with a `long` command the change is followed by a checkpoint. */
export function countUp(files: MemoryFiles, id: string, at: number, long = false): void {
  const command = long ? 'x'.repeat(LOG_LIMIT) : 'nvgpu test J* {"'
  openSmall(files).transact({ id, time: '', command }, (state) => {
    const gpu = state.gpus[at]
    if (gpu) gpu.count++
    state.total++
  })
}

/** A host with one file of every kind, a record that lost its race, and one that was cut short. */
export function smallHost(): MemoryFiles {
  const files = new MemoryFiles()
  countUp(files, 'first', 0, true)
  countUp(files, 'second', 1, true)
  countUp(files, 'third', 2)
  append(files, frame({ b: 2, i: 'loser', t: '', c: 'came too late', p: [[['total'], 7]] }))
  append(files, frame({ b: 3, i: 'killed', t: '', c: 'cut short', p: [] }).subarray(0, 40))
  countUp(files, 'fourth', 3)
  const marks = [OLD_ID, ...Array.from({ length: 20 }, (_, at) => `id-${at}`)].map(idMark).sort()
  put(files, 'ids.1.json', withCrc(`${JSON.stringify(marks)}\n`))
  const snapshot = content(files, 'snap.2.json').toString().slice(9).replace('"ids":[]', '"ids":[1]')
  put(files, 'snap.2.json', withCrc(snapshot))
  return files
}

export function names(files: MemoryFiles): string[] {
  const all = [...files.readdir(DIR), ...files.readdir(`${DIR}/shards`).map((name) => `shards/${name}`)]
  return all.filter((name) => files.lstat(`${DIR}/${name}`).kind === 'file').sort()
}

export function content(files: MemoryFiles, name: string): Buffer {
  const bytes = Buffer.alloc(files.lstat(`${DIR}/${name}`).size)
  const fd = files.open(`${DIR}/${name}`, 'read')
  files.read(fd, bytes, 0)
  files.close(fd)
  return bytes
}

/** Writes a file anew. */
export function put(files: MemoryFiles, name: string, bytes: Uint8Array): void {
  if (names(files).includes(name)) files.unlink(`${DIR}/${name}`)
  const fd = files.open(`${DIR}/${name}`, 'create')
  files.write(fd, bytes)
  files.close(fd)
}

function append(files: MemoryFiles, bytes: Uint8Array): void {
  const fd = files.open(`${DIR}/log.2.jsonl`, 'append')
  files.write(fd, bytes)
  files.close(fd)
}
