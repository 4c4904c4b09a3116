import { mkdirSync, readdirSync, readFileSync, unlinkSync, writeFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { AlreadyDone } from '../../src/store/already-done.ts'
import { idMark, isOldId, keptIds } from '../../src/store/checkpoint/operation-ids.ts'
import { CRC_LINE, withCrc } from '../../src/store/disk/checked-file.ts'
import { nodeFiles } from '../../src/store/disk/files.ts'
import { KEPT_IDS, RECENT_IDS } from '../../src/store/disk/layout.ts'
import { MaterializedState } from '../../src/store/materialized-state.ts'
import { Store } from '../../src/store/store.ts'
import { scratch } from './scratch.ts'
import { fill, increment, model, operation, type Tree } from './tree.ts'

const newDir = scratch()
const open = (dir: string) => Store.open<Tree>({ dir, model })

describe('the operation ids that are kept', () => {
  it('are the newest 16,384 and more, in two files and a snapshot that is never large', () => {
    const disk = { files: nodeFiles, dir: newDir() }
    mkdirSync(disk.dir)
    let state = new MaterializedState()
    let files = 0
    for (let made = 0, round = 0; made < 5 * KEPT_IDS; round++) {
      const added = 1 + ((round * 97) % 400)
      for (let index = 0; index < added; index++) state.ids.set(`id-${made++}`, made)
      const kept = keptIds(disk, state)
      if (kept.file) writeFileSync(`${disk.dir}/${kept.file[0]}`, kept.file[1])
      if (kept.file) files++
      expect(kept.recent.length).toBeLessThanOrEqual(RECENT_IDS)
      expect(kept.files.length).toBeLessThanOrEqual(2)
      const next = new MaterializedState()
      next.epoch = state.epoch + 1
      next.oldIds = Buffer.from(JSON.stringify(kept.recent))
      next.idFiles = kept.files
      state = next
      for (let age = 1; age <= Math.min(made, KEPT_IDS); age += age < 1000 ? 37 : 501) {
        expect([age, isOldId(disk, state, `id-${made - age}`)]).toEqual([age, true])
      }
      expect(isOldId(disk, state, `id-${made}`)).toBe(false)
    }
    expect(files).toBeLessThan((5 * KEPT_IDS) / RECENT_IDS)
    expect(isOldId(disk, state, 'id-0')).toBe(false)
  })
})

/** A directory whose one snapshot has all ids in itself, as they were written before there were files of them. */
function oldDirectory(): string {
  const dir = newDir()
  open(dir).transact(operation(), increment())
  open(dir).transact(operation('known'), fill)
  const file = `${dir}/snap.1.json`
  const [head = '', ids = ''] = readFileSync(file, 'utf8').slice(CRC_LINE).split('\n')
  const marks = Array.from({ length: KEPT_IDS }, (_, index) => idMark(`old-${index}`))
  const { ids: _files, ...rest } = JSON.parse(head)
  writeFileSync(file, withCrc(`${JSON.stringify(rest)}\n${JSON.stringify([...marks, ...JSON.parse(ids)])}\n`))
  // What is older is nowhere else.
  writeFileSync(`${dir}/log.0.jsonl`, '')
  return dir
}

const idFiles = (dir: string) => readdirSync(dir).filter((name) => name.startsWith('ids.'))
const expectKnown = (dir: string) => {
  for (const id of ['old-0', 'old-12345', 'known']) {
    expect(() => open(dir).transact(operation(id), increment())).toThrow(AlreadyDone)
  }
}

describe('a snapshot of before there were files of ids', () => {
  it('is read, and its ids go into a file at the next checkpoint', () => {
    const dir = oldDirectory()
    expectKnown(dir)
    open(dir).transact(operation(), fill)
    expect(idFiles(dir)).toEqual(['ids.2.json'])
    expectKnown(dir)
    for (let round = 0; round < 12; round++) open(dir).transact(operation(), fill)
    expect(idFiles(dir)).toEqual(['ids.2.json'])
    expectKnown(dir)
    expect(open(dir).fsck({ repair: false })).toMatchObject({ ok: true, findings: [] })
  })
})

describe('a file of operation ids', () => {
  const damages = {
    'is missing': (file: string) => unlinkSync(file),
    'is empty': (file: string) => writeFileSync(file, ''),
  }
  it.each(Object.entries(damages))(
    'that %s lets no change pass, and is written again from the epoch before',
    (_, harm) => {
      const dir = oldDirectory()
      open(dir).transact(operation(), fill)
      harm(`${dir}/ids.2.json`)
      expect(() => open(dir).transact(operation(), increment())).toThrow(expect.objectContaining({ code: 'corrupt' }))
      expect(open(dir).read().total).toBe(1)
      expect(open(dir).fsck({ repair: false }).findings).toHaveLength(1)
      const { ok, findings } = open(dir).fsck({ repair: true })
      expect([ok, findings[0]?.mend]).toEqual([true, 'written again from epoch 1 and its log'])
      expectKnown(dir)
      expect(open(dir).fsck({ repair: true }).findings).toEqual([])
    },
  )

  it('of which nothing is left to write it from is begun anew', () => {
    const dir = oldDirectory()
    for (let round = 0; round < 12; round++) open(dir).transact(operation(), fill)
    unlinkSync(`${dir}/ids.2.json`)
    const { ok, findings } = open(dir).fsck({ repair: true })
    expect([ok, findings[0]?.mend]).toEqual([true, 'begun anew: operations before the last thousand can be repeated'])
    expect(open(dir).transact(operation('old-0'), increment())).toBe(2)
    expect(open(dir).fsck({ repair: false }).findings).toEqual([])
  })

  it('with a flipped bit passes no operation for done, and has the bit turned back', () => {
    const dir = oldDirectory()
    open(dir).transact(operation(), fill)
    const file = `${dir}/ids.2.json`
    const bytes = readFileSync(file)
    const at = bytes.indexOf(idMark('old-7'))
    bytes[at] = (bytes[at] ?? 0) ^ 1
    writeFileSync(file, bytes)
    expect(() => open(dir).transact(operation('old-8'), increment())).toThrow(/does not have the checksum/)
    const { ok, findings } = open(dir).fsck({ repair: true })
    expect([ok, findings[0]?.mend]).toEqual([true, 'one flipped bit is turned back'])
    expect(() => open(dir).transact(operation('old-7'), increment())).toThrow(AlreadyDone)
  })
})
