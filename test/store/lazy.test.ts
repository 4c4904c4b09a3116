import { describe, expect, it } from 'vitest'
import { Store } from '../../src/store/store.ts'
import { scratch } from './scratch.ts'
import { errno, SpyFiles } from './spy-files.ts'
import { fill, gpu, increment, model, operation, type Tree } from './tree.ts'

const newDir = scratch()
const open = (dir: string, files = new SpyFiles()) => Store.open<Tree>({ dir, model, files })

/** A host of `count` GPUs whose shards are in files of their own. */
function fleet(count: number): string {
  const dir = newDir()
  open(dir).transact(operation(), (state) => {
    state.gpus = Array.from({ length: count }, (_, index) => gpu(index))
    fill(state)
  })
  return dir
}

const shardReads = (files: SpyFiles) =>
  files.calls.filter(({ call, path }) => call === 'open' && path.includes('/shards/')).map(({ path }) => path)

describe('the GPUs of a state', () => {
  it('are in no file that is opened before they are looked at, and then only once', () => {
    const dir = fleet(300)
    const files = new SpyFiles()
    const state = open(dir, files).read()
    expect(state.gpus).toHaveLength(300)
    expect(shardReads(files)).toEqual([])
    expect(state.gpus[7]).toEqual(gpu(7))
    expect(state.gpus[7]?.count).toBe(0)
    expect(shardReads(files)).toHaveLength(1)
    expect(shardReads(files)[0]).toContain('/0000-c8-00.0.1.json')
    expect(state.gpus.map(({ bdf }) => bdf)).toEqual(Array.from({ length: 300 }, (_, index) => gpu(index).bdf))
    expect(shardReads(files)).toHaveLength(300)
  })

  it('look like an ordinary array', () => {
    const state = open(fleet(3)).read()
    expect(Array.isArray(state.gpus)).toBe(true)
    expect(Object.keys(state.gpus)).toEqual(['0', '1', '2'])
    expect(JSON.parse(JSON.stringify(state.gpus))).toEqual([gpu(0), gpu(1), gpu(2)])
    expect(Object.getOwnPropertyDescriptor(state.gpus, 1)).toMatchObject({ value: gpu(1), writable: true })
  })

  it('cost the same number of file operations in a host of 3 and of 300, read or changed', () => {
    const calls = [3, 300].map((count) => {
      const dir = fleet(count)
      const reading = new SpyFiles()
      open(dir, reading).read().gpus.at(1)
      const writing = new SpyFiles()
      open(dir, writing).transact(operation(), increment(1))
      return [reading.calls.map(({ call }) => call), writing.calls.map(({ call }) => call)]
    })
    expect(calls[0]).toEqual(calls[1])
    expect(calls[0]?.[0]?.length).toBeLessThanOrEqual(20)
    expect(calls[0]?.[1]?.length).toBeLessThanOrEqual(28)
  })

  it('are written by a checkpoint only if they changed', () => {
    const dir = fleet(5)
    open(dir).transact(operation(), increment(3))
    const files = new SpyFiles()
    open(dir, files).transact(operation(), fill)
    const written = files.calls.filter(({ call, path }) => call === 'rename' && path.includes('/shards/'))
    expect(written.map(({ path }) => path.slice(path.lastIndexOf('/') + 1))).toEqual(['0000-c4-00.0.2.json'])
  })

  it('can be assigned without being read', () => {
    const dir = fleet(3)
    const files = new SpyFiles()
    open(dir, files).transact(operation(), (state) => {
      state.gpus[1] = { ...gpu(40), count: 4 }
      state.total = 4
    })
    expect(shardReads(files)).toEqual([])
    expect(
      open(dir)
        .read()
        .gpus.map(({ count }) => count),
    ).toEqual([0, 4, 0])
  })

  it('can be removed, added and moved', () => {
    const dir = fleet(4)
    const store = open(dir)
    const order = () =>
      open(dir)
        .read()
        .gpus.map(({ bdf }) => bdf)
    const expectOrder = (...indices: number[]) => expect(order()).toEqual(indices.map((index) => gpu(index).bdf))
    store.transact(operation(), (state) => state.gpus.pop())
    expectOrder(0, 1, 2)
    store.transact(operation(), (state) => state.gpus.push(gpu(9)))
    expectOrder(0, 1, 2, 9)
    store.transact(operation(), (state) => state.gpus.splice(1, 1))
    expectOrder(0, 2, 9)
    store.transact(operation(), (state) => state.gpus.reverse())
    expectOrder(9, 2, 0)
    store.transact(operation(), fill)
    expectOrder(9, 2, 0)
    store.transact(operation(), (state) => {
      state.gpus.length = 1
      state.gpus.push(gpu(0), gpu(5))
    })
    expectOrder(9, 0, 5)
  })

  it('belong to the reader: what is done to a state that was read goes nowhere', () => {
    const dir = fleet(2)
    const store = open(dir)
    const state = store.read()
    increment()(state)
    store.transact(operation(), increment(1))
    expect(store.read().gpus.map(({ count }) => count)).toEqual([0, 1])
    expect(state.gpus.map(({ count }) => count)).toEqual([1, 0])
  })

  it('cannot be looked at for the first time after their transaction has ended', () => {
    const store = open(fleet(2))
    const state = store.transact(operation(), (inside) => inside)
    expect(() => state.gpus[1]).toThrow(/after its transaction had ended/)
  })

  it('that cannot be read end the transaction, even if the verb takes no notice', () => {
    const dir = fleet(2)
    const files = new SpyFiles()
    files.before = (call, path) => {
      if (call === 'read' && path.includes('/shards/')) throw errno('EIO', call)
    }
    const verb = (state: Tree) => {
      state.name = 'changed'
      try {
        increment(1)(state)
      } catch {
        return 'no notice taken'
      }
      return 'done'
    }
    expect(() => open(dir, files).transact(operation(), verb)).toThrow(expect.objectContaining({ code: 'io-error' }))
    expect(open(dir).read().name).not.toBe('changed')
  })

  it('are as they were when a later change, checkpoint or several came in between', () => {
    const dir = fleet(2)
    const state = open(dir).read()
    const store = open(dir)
    for (let round = 0; round < 7; round++) {
      store.transact(operation(), (each) => {
        increment()(each)
        fill(each)
      })
    }
    expect(state.gpus[0]?.count).toBe(0)
  })
})
