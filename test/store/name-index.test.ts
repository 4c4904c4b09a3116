import fs from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Model } from '../../src/store/model.ts'
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
  const found = [...(store.finder?.candidates(words) ?? [])].sort((a, b) => a - b)
  const shards = files.calls.filter(({ call, path }) => call === 'open' && /\/shards\/\d/.test(path))
  return { found, shards: shards.length }
}

const wordsFiles = (dir: string) => fs.readdirSync(join(dir, 'shards')).filter((name) => name.startsWith('words-'))

function rewrite(path: string, change: (text: string) => string) {
  fs.writeFileSync(path, change(fs.readFileSync(path, 'utf8')))
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
      expect([...finder.candidates(['fresh'])].sort()).toEqual([6, 8])
      state.gpus.push(member(10))
      expect([...finder.candidates(['fresh'])]).toHaveLength(11)
    })
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
    ['is of other GPUs', (path: string) => fs.copyFileSync(path.replace('words-0', 'words-1'), path)],
    ['has another name', (path: string) => rewrite(path, (text) => text.replace('desk44-1', 'desk44-9'))],
  ])('E 4: is refused where a file %s, until it is mended', (what, harm) => {
    const dir = fleet(260)
    harm(join(dir, 'shards', 'words-0.1.json'))
    const look = () => search(dir, 'desk44-1')
    // A whole file of another group says so, and is passed over.
    if (what === 'is of other GPUs') expect(look().found).toContain(44)
    else expect(look).toThrow(expect.objectContaining({ code: 'corrupt', hint: 'nvgpu host fsck --repair' }))
    expect(open(dir).fsck({ repair: true }).ok).toBe(true)
    if (what !== 'is of other GPUs') expect(look()).toEqual({ found: [44], shards: 0 })
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
