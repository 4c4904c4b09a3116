import type { Model } from '../../src/store/model.ts'

/** A state in which every lost, doubled or torn change shows: who did how much, and the same again spread over two GPUs. */
export interface Ledger {
  schema: number
  done: Record<string, number>
  gpus: LedgerGpu[]
}

export interface LedgerGpu {
  bdf: string
  count: number
  /** in a wide ledger: another one for every count, to look it up by */
  name?: string
}

export const WRITERS = ['a', 'b'] as const
export type Writer = (typeof WRITERS)[number]

const ADDRESSES = ['0000:c1:00.0', '0000:c2:00.0']

export const ledgerModel: Model<Ledger> = {
  schema: 1,
  initial: () => ({ schema: 1, done: {}, gpus: ADDRESSES.map((bdf) => ({ bdf, count: 0 })) }),
  check: () => [],
}

/** So many GPUs that the store writes files of words for them: the first two count, the others never change. */
export const wideModel: Model<Ledger> = {
  ...ledgerModel,
  initial: () => ({
    ...ledgerModel.initial(),
    gpus: Array.from({ length: 9 }, (_, index) => ({
      bdf: `0000:c${index + 1}:00.0`,
      count: 0,
      name: nameOf(index, 0),
    })),
  }),
}

/** Which GPUs a look-up by their names passes over; undefined if it finds them all. */
export function passedOver({ gpus }: Ledger, find: (words: string[]) => readonly number[]): string | undefined {
  const missed = gpus.slice(0, 2).filter(({ name }, index) => name !== undefined && !find([name]).includes(index))
  return missed.length ? `no look-up finds ${missed.map(({ name }) => name)}` : undefined
}

/** Counts the `number`-th operation of a writer, from 1: on the one GPU, the other, or both. */
export function count(writer: string, number: number) {
  return (state: Ledger): number => {
    const done = (state.done[writer] ?? 0) + 1
    state.done[writer] = done
    for (const index of touched(number)) {
      const gpu = state.gpus[index]
      if (!gpu) continue
      gpu.count++
      if (gpu.name !== undefined) gpu.name = nameOf(index, gpu.count)
    }
    return done
  }
}

/** What is wrong with a ledger, by itself; undefined if it adds up. */
export function imbalance({ done, gpus }: Ledger): string | undefined {
  const expected = gpus.map(() => 0)
  for (const writer in done) {
    for (let number = 1; number <= (done[writer] ?? 0); number++) {
      for (const index of touched(number)) expected[index] = (expected[index] ?? 0) + 1
    }
  }
  const counts = gpus.map((gpu) => gpu.count)
  return counts.join() === expected.join() ? undefined : `the GPUs count ${counts}, the writers ${expected}`
}

function nameOf(index: number, count: number): string {
  return `gpu${index}-${count}.`
}

function touched(number: number): readonly number[] {
  return [[0, 1], [0], [1]][number % 3] ?? []
}
