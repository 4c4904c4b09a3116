import { describe, expect, it } from 'vitest'
import { Store } from '../../src/store/store.ts'
import { scratch } from './scratch.ts'
import { SpyFiles } from './spy-files.ts'
import { fill, increment, model, operation, type Tree } from './tree.ts'

const newDir = scratch()
const open = (dir: string, files = new SpyFiles()) => Store.open<Tree>({ dir, model, files })
const deferred = () => ({ ...operation(), isDeferred: true })

describe('deferred changes', () => {
  it('G 5: eight of them are eight records and one sync', () => {
    const files = new SpyFiles()
    const store = open(newDir(), files)
    store.transact(operation(), increment())
    files.clear()
    for (let change = 0; change < 8; change++) store.transact(deferred(), increment())
    expect([files.count('write'), files.count('fdatasync')]).toEqual([8, 0])
    store.syncDeferred()
    expect([files.count('fdatasync'), store.history().length]).toEqual([1, 9])
    store.syncDeferred()
    expect(files.count('fdatasync')).toBe(1)
  })

  it('G 5: they are synced before a checkpoint, and after it the rest', () => {
    const files = new SpyFiles()
    const dir = newDir()
    const store = open(dir, files)
    for (let change = 0; change < 40; change++) store.transact(deferred(), change % 4 === 0 ? fill : increment())
    store.syncDeferred()
    expect(open(dir).read()).toEqual(store.read())
  })

  it('G 5: a sync that fails is an unknown outcome, for every change since the last one', () => {
    const files = new SpyFiles()
    const store = open(newDir(), files)
    store.transact(operation(), increment())
    store.transact(deferred(), increment())
    files.before = (call) => {
      if (call === 'fdatasync') throw Object.assign(new Error('EIO'), { code: 'EIO', syscall: 'fdatasync' })
    }
    expect(() => store.syncDeferred()).toThrow(expect.objectContaining({ code: 'outcome-unknown' }))
  })

  it('G 5: a sync before a checkpoint that fails is reported again by the next sync, and once', () => {
    const files = new SpyFiles()
    const store = open(newDir(), files)
    store.transact(operation(), fill)
    const failing = (call: string) => {
      if (call === 'fdatasync') throw Object.assign(new Error('EIO'), { code: 'EIO', syscall: 'fdatasync' })
    }
    files.before = failing
    const change = () => {
      for (let round = 0; round < 1000; round++) store.transact(deferred(), fill)
    }
    expect(change).toThrow(expect.objectContaining({ code: 'outcome-unknown' }))
    files.before = () => {}
    expect(() => store.syncDeferred()).toThrow(expect.objectContaining({ code: 'outcome-unknown' }))
    expect(() => store.syncDeferred()).not.toThrow()
  })
})
