import fs, { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { CRC_LINE, withCrc } from '../../src/store/disk/checked-file.ts'
import { frame, readLines } from '../../src/store/log/record.ts'
import { Store } from '../../src/store/store.ts'
import { scratch } from './scratch.ts'
import { fill, gpu, increment, model, operation, type Tree } from './tree.ts'

const newDir = scratch()
const open = (dir: string) => Store.open<Tree>({ dir, model })

/** Writes a file of the directory again, as its text comes out of `change`. */
function rewrite(path: string, change: (text: string) => string): void {
  fs.writeFileSync(path, withCrc(change(fs.readFileSync(path, 'utf8').slice(CRC_LINE))))
}

/** What commits before this one wrote: addresses as keys, all ids in the snapshot, no files named, a shard's tree in one line and alone. */
function asBefore(dir: string): void {
  rewrite(join(dir, 'snap.1.json'), (text) => {
    const [head = '', ids] = text.split('\n')
    const { shards, words: _words, ids: _ids, ...rest } = JSON.parse(head)
    const pairs = shards.flatMap((bdf: unknown, at: number) => (at % 2 === 0 ? [[bdf, shards[at + 1]]] : []))
    return `${JSON.stringify({ ...rest, shards: Object.fromEntries(pairs) })}\n${ids}\n`
  })
  for (const name of fs.readdirSync(join(dir, 'shards'))) {
    const path = join(dir, 'shards', name)
    if (name.startsWith('words-')) fs.rmSync(path)
    else rewrite(path, (text) => `${JSON.stringify(JSON.parse(text))}\n`)
  }
}

/** What commit 137551e wrote beyond what there is now: a boot, a line for listings in front of a GPU, a sum behind words. */
function asOf137551e(dir: string): void {
  rewrite(join(dir, 'snap.1.json'), (text) => text.replace('"ids":', '"boot":"one","ids":'))
  const log = readFileSync(join(dir, 'log.1.jsonl'))
  const records: Buffer[] = []
  readLines(log, ({ record }) => {
    if (record) records.push(frame(Object.assign(record, { o: 'one' })))
  })
  fs.writeFileSync(join(dir, 'log.1.jsonl'), Buffer.concat(records))
  for (const name of fs.readdirSync(join(dir, 'shards'))) {
    const change = (text: string) =>
      name.startsWith('words-') ? `${text}end 01234567\n` : `[{"bdf":"${JSON.parse(text).bdf}"}]\n${text}`
    rewrite(join(dir, 'shards', name), change)
  }
}

describe('a directory in the forms of earlier commits', () => {
  it('E 4: of 137551e is read, searched, changed and mended as it is', () => {
    const dir = newDir()
    open(dir).transact(operation(), (state) => {
      state.gpus = Array.from({ length: 10 }, (_, index) => gpu(index))
      fill(state)
    })
    open(dir).transact(operation(), increment(2))
    const before = JSON.stringify(open(dir).read())
    asOf137551e(dir)
    expect(JSON.stringify(open(dir).read())).toBe(before)
    expect(open(dir).fsck({ repair: false })).toMatchObject({ ok: true, findings: [] })
    const found = open(dir).look((_, finder) => [...(finder?.candidates([gpu(7).bdf]) ?? [])])
    expect(found).toEqual([2, 7])
    const shard = join(dir, 'shards', '0000-c8-00.0.1.json')
    const whole = fs.readFileSync(shard)
    fs.rmSync(shard)
    expect(open(dir).fsck({ repair: true }).ok).toBe(true)
    expect(fs.readFileSync(shard, 'utf8')).not.toContain('[{')
    expect(whole.toString()).toContain('[{')
    open(dir).transact(operation(), increment(7))
    open(dir).transact(operation(), fill)
    expect(
      open(dir)
        .read()
        .gpus.map(({ count }) => count),
    ).toEqual([0, 0, 1, 0, 0, 0, 0, 1, 0, 0])
    expect(open(dir).fsck({ repair: false })).toMatchObject({ ok: true, findings: [] })
  })

  it('is read, searched and changed as it is, and has the new forms after its next checkpoint', () => {
    const dir = newDir()
    open(dir).transact(operation(), (state) => {
      state.gpus = Array.from({ length: 10 }, (_, index) => gpu(index))
      fill(state)
    })
    const before = JSON.stringify(open(dir).read())
    asBefore(dir)
    expect(JSON.stringify(open(dir).read())).toBe(before)
    expect(open(dir).fsck({ repair: false })).toMatchObject({ ok: true, findings: [] })

    const searching = open(dir)
    searching.read()
    expect([...(searching.finder?.candidates([gpu(7).bdf]) ?? [])]).toContain(7)

    open(dir).transact(operation(), increment(3))
    open(dir).transact(operation(), fill)
    expect(
      open(dir)
        .read()
        .gpus.map(({ count }) => count),
    ).toEqual([0, 0, 0, 1, 0, 0, 0, 0, 0, 0])
    expect(fs.readFileSync(join(dir, 'snap.2.json'), 'utf8')).toContain('"words":[2]')
    const after = open(dir)
    after.read()
    expect([...(after.finder?.candidates(['nobody']) ?? [0])]).toEqual([])
    expect(open(dir).fsck({ repair: false })).toMatchObject({ ok: true, findings: [] })
  })

  it.each([
    [[{ toString: null }, 1]],
    [[gpu(0).bdf, { toString: null }]],
    [[gpu(0).bdf, '1']],
    [[gpu(0).bdf]],
    [['../../etc/passwd', 1]],
  ])('is refused where the list of shards has %j', (shards) => {
    const dir = newDir()
    open(dir).transact(operation(), (state) => {
      state.gpus = [gpu(0)]
      fill(state)
    })
    rewrite(join(dir, 'snap.1.json'), (text) => {
      const [head = '', ids] = text.split('\n')
      return `${JSON.stringify({ ...JSON.parse(head), shards })}\n${ids}\n`
    })
    expect(() => open(dir).read().gpus[0]?.count).toThrow(expect.objectContaining({ code: 'corrupt' }))
    expect(open(dir).fsck({ repair: false }).ok).toBe(false)
  })
})
