import { renameSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { Store } from '../../src/store/store.ts'
import { scratch } from './scratch.ts'
import { SpyFiles } from './spy-files.ts'
import { fill, increment, model, operation, type Tree } from './tree.ts'

const newDir = scratch()
const open = (dir: string, files = new SpyFiles()) => Store.open<Tree>({ dir, model, files })

/** Runs `other` once, right before the `at`-th file operation of `mine`. */
function interleave(at: number, other: () => void): SpyFiles {
  const files = new SpyFiles()
  files.before = () => {
    if (files.calls.length !== at) return
    other()
  }
  return files
}

describe('two writers', () => {
  it('both get their change in, wherever the one interrupts the other', () => {
    for (const verb of [increment(1), fill]) {
      let at = 1
      for (let interrupted = true; interrupted; at++) {
        const dir = newDir()
        open(dir).transact(operation(), fill)
        interrupted = false
        const files = interleave(at, () => {
          interrupted = true
          open(dir).transact(operation(), verb)
        })
        open(dir, files).transact(operation(), increment())
        const state = open(dir).read()
        expect([at, state.gpus[0]?.count]).toEqual([at, 1])
        expect(state.gpus[1]?.count).toBe(interrupted && verb !== fill ? 1 : 0)
        expect(open(dir).history()).toHaveLength(interrupted ? 3 : 2)
      }
      expect(at).toBeGreaterThan(15)
    }
  })

  it('both start a directory that neither has seen, wherever they meet', () => {
    let at = 1
    for (let interrupted = true; interrupted; at++) {
      const dir = newDir()
      interrupted = false
      const files = interleave(at, () => {
        interrupted = true
        open(dir).transact(operation(), increment(1))
      })
      open(dir, files).transact(operation(), increment())
      expect([at, open(dir).read().total]).toEqual([at, interrupted ? 2 : 1])
    }
    expect(at).toBeGreaterThan(8)
  })

  it('survive a whole life of the directory in any gap of one of them', () => {
    let at = 1
    for (let interrupted = true; interrupted; at += 1) {
      const dir = newDir()
      interrupted = false
      const files = interleave(at, () => {
        interrupted = true
        const other = open(dir)
        for (let round = 0; round < 11; round++) other.transact(operation(), fill)
      })
      open(dir, files).transact(operation(), increment())
      const state = open(dir).read()
      expect([at, state.total, state.name.length]).toEqual([at, 1, interrupted ? 25_000 : 5])
    }
  })

  it('pay no sync for a lost race, and run the verb again on what the winner left', () => {
    const dir = newDir()
    const files = new SpyFiles()
    const store = open(dir, files)
    store.transact(operation(), increment())
    files.clear()
    const seen: number[] = []
    store.transact(operation(), (state) => {
      seen.push(state.total)
      if (seen.length <= 12) open(dir).transact(operation(), increment(1))
      increment()(state)
    })
    expect(seen).toEqual(Array.from({ length: 13 }, (_, index) => index + 1))
    expect(files.count('fdatasync')).toBe(1)
    // It steps back after the eighth loss, and not before.
    expect(files.count('pause')).toBe(4)
    expect(open(dir).read().total).toBe(14)
  })

  it('notice when the directory has been removed and begun again', () => {
    const dir = newDir()
    const store = open(dir)
    store.transact(operation(), increment())
    renameSync(dir, `${dir}.gone`)
    open(dir).transact(operation(), increment(1))
    store.transact(operation(), increment())
    expect(
      open(dir)
        .read()
        .gpus.map(({ count }) => count),
    ).toEqual([1, 1])
  })
})

describe('a reader', () => {
  it('sees the state before or after, wherever a checkpoint or change interrupts it', () => {
    for (const rounds of [1, 2, 11]) {
      let at = 1
      for (let interrupted = true; interrupted; at++) {
        const dir = newDir()
        const store = open(dir)
        store.transact(operation(), increment(1))
        store.transact(operation(), fill)
        interrupted = false
        const files = interleave(at, () => {
          interrupted = true
          const other = open(dir)
          for (let round = 0; round < rounds; round++) {
            other.transact(operation(), (state) => {
              fill(state)
              increment()(state)
            })
          }
        })
        const state = open(dir, files).read()
        const counts = () => state.gpus.reduce((sum, { count }) => sum + count, 0)
        // A state whose GPUs are first looked at more than eight checkpoints later may be gone, and says so.
        try {
          expect(counts()).toBe(state.total)
        } catch (error) {
          expect(rounds).toBe(11)
          expect(error).toMatchObject({ errno: 'ESTALE', code: 'contention' })
        }
      }
    }
  })

  it('sees what a killed writer sealed, without writing', () => {
    const dir = newDir()
    const files = new SpyFiles()
    files.before = (call) => {
      if (call === 'mkdir' && files.count('mkdir') > 1) throw new Error('killed')
    }
    expect(() => open(dir, files).transact(operation(), fill)).toThrow('killed')
    const reading = new SpyFiles()
    expect(open(dir, reading).read().name).toHaveLength(25_000)
    expect(reading.count('write', 'mkdir', 'rename', 'fsync', 'fdatasync')).toBe(0)
    open(dir).transact(operation(), increment())
    expect(open(dir).read().total).toBe(1)
  })
})
