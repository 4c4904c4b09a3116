import fc from 'fast-check'
import { expect, it } from 'vitest'
import { Store } from '../../src/store/store.ts'
import { scratch } from './scratch.ts'
import { fill, gpu, increment, model, operation, type Tree } from './tree.ts'

const newDir = scratch()
const open = (dir: string) => Store.open<Tree>({ dir, model })

class Refused extends Error {
  readonly commitAnyway: boolean

  constructor(commitAnyway: boolean) {
    super('refused')
    this.commitAnyway = commitAnyway
  }
}

let added = 10

/** Changes of every kind: of a part, of the list of GPUs, of nothing, and refused ones that leave a changed copy behind. */
const VERBS: ((state: Tree, pick: number) => void)[] = [
  (state, pick) => increment(pick % state.gpus.length)(state),
  (state, pick) => state.gpus[pick % state.gpus.length]?.notes.push(`note ${pick}`),
  (state, pick) => state.gpus[pick % state.gpus.length]?.notes.shift(),
  (state) => fill(state),
  (state) => state.gpus.push(gpu(added++)),
  (state) => {
    if (state.gpus.length > 1) state.total -= state.gpus.pop()?.count ?? 0
  },
  (state) => {
    state.gpus = state.gpus.toReversed()
  },
  (state) => state.gpus.reverse(),
  (state) => JSON.stringify(state),
  (state, pick) => {
    increment(pick % state.gpus.length)(state)
    throw new Refused(pick % 2 === 0)
  },
]

it('a store that makes many changes uses its copies again, and still sees the state of the files', () => {
  const step = fc.record({
    store: fc.nat({ max: 1 }),
    verb: fc.nat({ max: VERBS.length - 1 }),
    pick: fc.nat({ max: 9 }),
  })
  fc.assert(
    fc.property(fc.array(step, { minLength: 1, maxLength: 40, size: 'max' }), (steps) => {
      const dir = newDir()
      const stores = [open(dir), open(dir)]
      for (const { store, verb, pick } of steps) {
        const change = () => stores[store]?.transact(operation(), (state) => void VERBS[verb]?.(state, pick))
        if (verb === VERBS.length - 1) expect(change).toThrow(Refused)
        else change()
        if (pick < 3) {
          const seen = stores[store]?.transact(operation(), (state) => JSON.parse(JSON.stringify(state)))
          expect(seen).toEqual(open(dir).read())
        }
      }
    }),
    { numRuns: 60 },
  )
})

it('a store that stays knows whether others have changed the state', () => {
  const dir = newDir()
  const [own, other] = [open(dir), open(dir)]
  expect(own.hasNews()).toBe(true)
  own.transact(operation(), increment())
  expect([own.hasNews(), own.isContinued]).toEqual([false, false])
  own.transact(operation(), increment())
  expect([own.hasNews(), own.isContinued]).toEqual([false, true])
  other.transact(operation(), increment())
  expect(own.hasNews()).toBe(true)
  own.transact(operation(), increment())
  expect([own.hasNews(), own.isContinued]).toEqual([false, false])
  for (let change = 0; change < 4; change++) own.transact(operation(), fill)
  expect([own.hasNews(), own.isContinued]).toEqual([false, true])
  for (let change = 0; change < 4; change++) other.transact(operation(), fill)
  expect(own.hasNews()).toBe(true)
})
