import { describe, expect, it } from 'vitest'
import { RetryPolicy } from '../../src/store/retry.ts'
import { Store } from '../../src/store/store.ts'
import { scratch } from './scratch.ts'
import { SpyFiles } from './spy-files.ts'
import { increment, model, operation, type Tree } from './tree.ts'

const newDir = scratch()
const open = (dir: string, files = new SpyFiles()) => Store.open<Tree>({ dir, model, files })

/** A change that somebody else overtakes the first `losses` times it is tried; answers how often it was. */
function overtaken(losses: number) {
  const dir = newDir()
  const files = new SpyFiles()
  const pauses: number[] = []
  files.pause = (milliseconds) => pauses.push(milliseconds)
  const other = open(dir)
  other.transact(operation(), increment(1))
  let tries = 0
  const change = () =>
    open(dir, files).transact(operation(), (state) => {
      tries += 1
      if (tries <= losses) other.transact(operation(), increment(1))
      return increment()(state)
    })
  return { dir, pauses, change, tries: () => tries }
}

describe('a change that others overtake', () => {
  it.each([0, 1, 8, 9, 127])('E 5: is made after %i lost races', (losses) => {
    const { dir, change, tries } = overtaken(losses)
    change()
    expect(tries()).toBe(losses + 1)
    expect(
      open(dir)
        .read()
        .gpus.map(({ count }) => count),
    ).toEqual([1, losses + 1])
  })

  it('E 5: steps back longer each time, up to a limit', () => {
    const { change, pauses } = overtaken(20)
    change()
    expect(pauses).toEqual([1, 2, 4, 8, 16, 32, 64, 128, 128, 128, 128, 128])
  })

  it('E 5: is refused in the end, and leaves the state whole', () => {
    const { dir, change, tries } = overtaken(Number.POSITIVE_INFINITY)
    expect(change).toThrow(expect.objectContaining({ code: 'contention', errno: 'EAGAIN', object: dir }))
    const store = open(dir)
    expect(store.read().gpus.map(({ count }) => count)).toEqual([0, tries() + 1])
    expect(store.fsck({ repair: false })).toMatchObject({ ok: true, findings: [] })
  })

  it('E 5: is refused after as many losses as any other attempt', () => {
    const { change, tries } = overtaken(Number.POSITIVE_INFINITY)
    expect(change).toThrow()
    const retry = new RetryPolicy('/a')
    for (let losses = 1; losses < tries(); losses++) retry.nextPause()
    expect(() => retry.nextPause()).toThrow(expect.objectContaining({ code: 'contention' }))
  })
})
