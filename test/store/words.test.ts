import fs from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Model } from '../../src/store/state-tree.ts'
import { Store } from '../../src/store/store.ts'
import { scratch } from './scratch.ts'
import { SpyFiles } from './spy-files.ts'
import { gpu, operation } from './tree.ts'

interface Fleet {
  schema: number
  padding: string
  gpus: { bdf: string; uuid: string; vfs: { bdf: string; name: string | null; opened?: { vm: string } }[] }[]
}

const newDir = scratch()
const initial = (): Fleet => ({ schema: 1, padding: '', gpus: [] })
const model: Model<Fleet> = { schema: 1, initial, check: () => [] }
const open = (dir: string, files = new SpyFiles()) => Store.open<Fleet>({ dir, model, files })

/** So much that the log is due for a checkpoint. */
const flush = (state: Fleet) => {
  state.padding = state.padding.startsWith('a') ? 'b'.repeat(25_000) : 'a'.repeat(25_000)
}

function member(index: number): Fleet['gpus'][number] {
  const { bdf } = gpu(index)
  const vfs = [0, 1].map((vf) => ({ bdf: bdf.replace(/0$/, String(vf + 4)), name: `desk${index}-${vf}` }))
  return { bdf, uuid: `GPU-${index.toString(16).padStart(8, '0')}`, vfs }
}

/** A fleet whose shards, and files of words, are those of a checkpoint. */
function fleet(count: number): string {
  const dir = newDir()
  open(dir).transact(operation(), (state) => {
    state.gpus = Array.from({ length: count }, (_, index) => member(index))
    flush(state)
  })
  return dir
}

function search(dir: string, ...words: string[]) {
  const files = new SpyFiles()
  const store = open(dir, files)
  store.read()
  const found = [...(store.finder?.mayHave(words) ?? [])].sort((a, b) => a - b)
  const shards = files.calls.filter(({ call, path }) => call === 'open' && /\/shards\/\d/.test(path))
  return { found, shards: shards.length }
}

/** The GPUs that have to be looked at before it is said that something is not there. */
function doubtful(dir: string) {
  const store = open(dir)
  store.read()
  return store.finder?.doubtful()
}

const wordsFiles = (dir: string) => fs.readdirSync(join(dir, 'shards')).filter((name) => name.startsWith('words-'))

function cutBehindLine(path: string, lines: number) {
  const text = fs.readFileSync(path, 'utf8')
  fs.writeFileSync(path, `${text.split('\n').slice(0, lines).join('\n')}\n`)
}

describe('a search among many GPUs', () => {
  it('reads no shard, whatever names the thing: address, UUID, name or the beginning of one', () => {
    const dir = fleet(520)
    expect(wordsFiles(dir).sort()).toEqual(['words-0.1.json', 'words-1.1.json', 'words-2.1.json'])
    expect(search(dir, 'desk44-1')).toEqual({ found: [44], shards: 0 })
    expect(search(dir, member(69).bdf)).toEqual({ found: [69], shards: 0 })
    expect(search(dir, member(3).vfs[1]?.bdf ?? '')).toEqual({ found: [3], shards: 0 })
    expect(search(dir, '0000001')).toEqual({ found: Array.from({ length: 16 }, (_, at) => 16 + at), shards: 0 })
    expect(search(dir, 'gpu-0')).toEqual({ found: [...Array(520).keys()], shards: 0 })
    expect(search(dir, '0000001b')).toEqual({ found: [27], shards: 0 })
    expect(search(dir, 'nobody', 'desk7-0')).toEqual({ found: [7], shards: 0 })
    expect(search(dir, 'nobody')).toEqual({ found: [], shards: 0 })
  })

  it('knows who has a thing open, unless that is called after its place', () => {
    const dir = fleet(10)
    open(dir).transact(operation(), (state) => {
      for (const [at, vm] of ['web', 'vm-1-0', 'web'].entries())
        Object.assign(state.gpus[at]?.vfs[0] ?? {}, { opened: { vm } })
      flush(state)
    })
    expect(search(dir, 'web')).toEqual({ found: [0, 2], shards: 0 })
    expect(search(dir, 'vm-1-0')).toEqual({ found: [], shards: 0 })
  })

  it('looks at what changed since the checkpoint, and in a transaction at what the verb has touched', () => {
    const dir = fleet(10)
    open(dir).transact(operation(), (state) => {
      Object.assign(state.gpus[6]?.vfs[0] ?? {}, { name: 'moved' })
    })
    expect(search(dir, 'desk2-0').found).toEqual([2, 6])
    expect(search(dir, 'moved').found).toEqual([6])
    open(dir).transact(operation(), (state, finder) => {
      Object.assign(state.gpus[8]?.vfs[0] ?? {}, { name: 'fresh' })
      expect([...finder.mayHave(['fresh'])].sort()).toEqual([6, 8])
      state.gpus.push(member(10))
      expect([...finder.mayHave(['fresh'])]).toHaveLength(11)
    })
  })

  it('that a turned bit misled is not a bug when what it led to breaks the rules', () => {
    const dir = fleet(10)
    const path = join(dir, 'shards', 'words-0.1.json')
    fs.writeFileSync(path, fs.readFileSync(path, 'utf8').replace('desk4-1', 'desk4-9'))
    const namesOf = (gpu: Fleet['gpus'][number]) => gpu.vfs.map(({ name }) => name)
    const check = ({ gpus }: Fleet) => {
      const names = gpus.flatMap(namesOf)
      return names.filter((name, at) => names.indexOf(name) < at).map((name) => `${name} is there twice`)
    }
    const store = Store.open<Fleet>({ dir, model: { ...model, check } })
    const create = () =>
      store.transact(operation(), (state, finder) => {
        if ([...finder.mayHave(['desk4-1'])].length === 0)
          Object.assign(state.gpus[8]?.vfs[0] ?? {}, { name: 'desk4-1' })
      })
    expect(create).toThrow(expect.objectContaining({ code: 'corrupt', message: expect.stringContaining('words-0.1') }))
    fs.rmSync(path)
    expect(create).not.toThrow()
  })

  it('of few GPUs is left to whoever searches', () => {
    const dir = fleet(7)
    expect(wordsFiles(dir)).toEqual([])
    expect(search(dir, 'nobody').found).toEqual([0, 1, 2, 3, 4, 5, 6])
  })

  it.each([
    ['is missing', (path: string) => fs.rmSync(path)],
    ['is a directory', (path: string) => [fs.rmSync(path), fs.mkdirSync(path)]],
    ['is empty', (path: string) => fs.writeFileSync(path, '')],
    ['is cut', (path: string) => fs.truncateSync(path, 3000)],
    ['is cut behind a line', (path: string) => cutBehindLine(path, 100)],
    ['is of other GPUs', (path: string) => fs.copyFileSync(path.replace('words-0', 'words-1'), path)],
  ])('looks at every GPU of a group whose file %s', (_, harm) => {
    const dir = fleet(260)
    harm(join(dir, 'shards', 'words-0.1.json'))
    expect(search(dir, 'desk257-0').found).toEqual([...Array.from({ length: 256 }, (_, at) => at), 257])
  })

  it('is doubtful where a file of words has another content than its sum says, or none', () => {
    const dir = fleet(520)
    const path = join(dir, 'shards', 'words-1.1.json')
    expect(doubtful(dir)).toEqual([])
    fs.writeFileSync(path, fs.readFileSync(path, 'utf8').replace('desk300-1', 'desk300-9'))
    expect(search(dir, 'desk300-1').found).toEqual([])
    expect(doubtful(dir)).toEqual(Array.from({ length: 256 }, (_, at) => 256 + at))
    fs.rmSync(path)
    expect(doubtful(dir)).toHaveLength(256)
    expect(doubtful(fleet(7))).toEqual([])
  })

  it('is doubtful where the snapshot names a file that is older than the GPUs', () => {
    const dir = fleet(10)
    open(dir).transact(operation(), (state) => {
      Object.assign(state.gpus[4]?.vfs[1] ?? {}, { name: 'moved' })
      flush(state)
    })
    const path = join(dir, 'snap.2.json')
    const text = fs.readFileSync(path, 'utf8')
    expect(text).toContain('"words":[2]')
    fs.writeFileSync(path, text.replace('"words":[2]', '"words":[1]'))
    expect(search(dir, 'moved').found).toEqual([])
    expect(doubtful(dir)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9])
  })

  it('passes over no GPU that has the word, after any changes and checkpoints', () => {
    const at = fc.nat({ max: 39 })
    const step = fc.record({
      at,
      name: fc.string({ minLength: 1, maxLength: 4, unit: 'binary' }),
      checkpoint: fc.boolean(),
    })
    fc.assert(
      fc.property(fc.array(step, { maxLength: 8 }), fc.option(at), (steps, gone) => {
        const dir = fleet(40)
        for (const { at, name, checkpoint } of steps) {
          open(dir).transact(operation(), (state) => {
            Object.assign(state.gpus[at]?.vfs[1] ?? {}, { name })
            if (checkpoint) flush(state)
          })
        }
        if (gone !== null) {
          open(dir).transact(operation(), (state) => {
            state.gpus.splice(gone, 1)
            flush(state)
          })
        }
        expect(doubtful(dir)).toEqual([])
        const { gpus } = open(dir).read()
        for (const name of ['desk5-1', ...steps.map((one) => one.name)]) {
          const named = [...gpus.keys()].filter((index) => gpus[index]?.vfs.some((vf) => vf.name === name))
          expect(search(dir, name).found).toEqual(expect.arrayContaining(named))
        }
      }),
      { numRuns: 40 },
    )
  })
})

describe('the files of words', () => {
  it('are written by a checkpoint only for groups in which a GPU changed, and go with the snapshots that need them', () => {
    const dir = fleet(260)
    for (let round = 0; round < 12; round++) {
      open(dir).transact(operation(), (state) => {
        Object.assign(state.gpus[2]?.vfs[0] ?? {}, { name: `round${round}` })
        flush(state)
      })
    }
    const names = wordsFiles(dir)
    expect(names).toContain('words-1.1.json')
    expect(names).toContain('words-0.13.json')
    expect(names).not.toContain('words-0.1.json')
    expect(search(dir, 'round11')).toEqual({ found: [2], shards: 0 })
  })

  it('that are damaged are found by fsck and written again as they were', () => {
    const dir = fleet(40)
    open(dir).transact(operation(), (state) => {
      Object.assign(state.gpus[2]?.vfs[0] ?? {}, { name: 'here' })
      flush(state)
    })
    const path = join(dir, 'shards', 'words-0.2.json')
    const whole = fs.readFileSync(path)
    fs.writeFileSync(path, whole.subarray(0, 40))
    const report = open(dir).fsck({ repair: true })
    expect(report.findings).toMatchObject([{ file: 'shards/words-0.2.json', mended: true }])
    expect(fs.readFileSync(path)).toEqual(whole)
    expect(open(dir).fsck({ repair: false })).toMatchObject({ ok: true, findings: [] })
  })
})
