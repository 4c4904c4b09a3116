import { rmSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { StateFollower } from '../../src/store/follow.ts'
import { placeOf } from '../../src/store/read.ts'
import { Store } from '../../src/store/store.ts'
import { seeded } from '../reliability/random.ts'
import { scratch } from './scratch.ts'
import { SpyFiles } from './spy-files.ts'
import { fill, increment, incrementBoth, model, operation, type Tree } from './tree.ts'

const newDir = scratch()
const open = (dir: string) => Store.open<Tree>({ dir, model })

describe('a reader that stays', () => {
  it('G 5: sees each change of another process once, across checkpoints', () => {
    const dir = newDir()
    const follower = new StateFollower<Tree>(placeOf({ dir }), model.schema)
    expect([follower.refresh(), follower.view]).toEqual([false, undefined])
    const random = seeded(3)
    for (let round = 0; round < 200; round++) {
      const changes = random.below(4)
      for (let change = 0; change < changes; change++)
        open(dir).transact(operation(), random.pick([fill, increment(), incrementBoth]))
      expect(follower.refresh(), `round ${round}`).toBe(changes > 0)
      if (round % 3 === 0) expect(follower.view?.state).toEqual(open(dir).read())
    }
    expect(open(dir).fsck({ repair: false }).epoch).toBeGreaterThan(9)
  })

  it('G 2: shows each of several changes, the first as the whole state', () => {
    const dir = newDir()
    const follower = new StateFollower<Tree>(placeOf({ dir }), model.schema)
    const totals: (number | undefined)[] = []
    const note = () => void totals.push(follower.view?.state.total)
    open(dir).transact(operation(), increment())
    follower.refresh(note)
    for (const _ of Array(3)) open(dir).transact(operation(), increment())
    expect(follower.refresh(note)).toBe(true)
    expect(totals).toEqual([1, 2, 3, 4])
    expect([follower.refresh(note), totals.length]).toEqual([false, 4])
  })

  it('G 5: asks hardly more than one question of the disk while nothing changes', () => {
    const dir = newDir()
    open(dir).transact(operation(), fill)
    const files = new SpyFiles()
    const follower = new StateFollower<Tree>(placeOf({ dir, files }), model.schema)
    follower.refresh()
    files.clear()
    for (let round = 0; round < 100; round++) expect(follower.refresh()).toBe(false)
    expect(files.count('read')).toBeGreaterThan(80)
    expect(files.calls.length).toBeLessThan(140)
  })

  it('G 5: sees that a directory is removed, and what comes in its place', async () => {
    const dir = newDir()
    open(dir).transact(operation(), incrementBoth)
    const follower = new StateFollower<Tree>(placeOf({ dir }), model.schema)
    follower.refresh()
    rmSync(dir, { recursive: true })
    // The name of the log is looked at every 50 ms.
    await new Promise((resolve) => setTimeout(resolve, 60))
    expect([follower.refresh(), follower.view]).toEqual([true, undefined])
    open(dir).transact(operation(), increment())
    expect(follower.refresh()).toBe(true)
    expect(follower.view?.state.total).toBe(1)
  })
})
