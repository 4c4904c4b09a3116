import fs from 'node:fs'
import { describe, expect, it } from 'vitest'
import { boardNames } from '../../../src/catalog/boards.ts'
import { listedBoards } from '../../../src/catalog/listed-boards.ts'
import {
  computeProfilesOf,
  gpuInstanceId,
  migGrid,
  nvmlProfile,
  swapsHalves,
} from '../../../src/catalog/mig-instances.ts'
import { migProfilesOf } from '../../../src/catalog/mig-profiles.ts'
import { freeComputeStarts, remainingCompute } from '../../../src/engine/mig/compute.ts'

/** Profiles of GPU instances by board; outside of the project. */
const REFERENCE = '../shared/reference/mig-profiles.json'
const reference = fs.existsSync(REFERENCE) ? JSON.parse(fs.readFileSync(REFERENCE, 'utf8')) : null
const withReference = it.skipIf(reference === null)

const profile = (board: string, id: number) => {
  const found = migProfilesOf(board).find((each) => each.id === id)
  if (found === undefined) throw new Error(`${board} has no ${id}`)
  return found
}

describe('ids of GPU instances', () => {
  const ids = (board: string, id: number, swapped: boolean) => {
    const grid = migGrid(migProfilesOf(board))
    const { starts, size } = profile(board, id)
    return Object.fromEntries(starts.map((start) => [gpuInstanceId({ start, size }, grid, swapped), start]))
  }

  it('follow the place in both orders', () => {
    expect(ids('A100-PCIE-40GB', 0, false)).toEqual({ 0: 0 })
    expect(ids('A100-PCIE-40GB', 0, true)).toEqual({ 0: 0 })
    expect(ids('A100-PCIE-40GB', 9, false)).toEqual({ 1: 0, 2: 4 })
    expect(ids('A100-PCIE-40GB', 9, true)).toEqual({ 1: 4, 2: 0 })
    expect(ids('A100-PCIE-40GB', 15, false)).toEqual({ 3: 0, 4: 2, 5: 4, 6: 6 })
    expect(ids('A100-PCIE-40GB', 15, true)).toEqual({ 3: 4, 4: 6, 5: 0, 6: 2 })
    const order = (swapped: boolean) =>
      [6, 4, 5, 0, 1, 2, 3].map((start) => gpuInstanceId({ start, size: 1 }, 8, swapped))
    expect(order(false)).toEqual([13, 11, 12, 7, 8, 9, 10])
    expect(order(true)).toEqual([9, 7, 8, 11, 12, 13, 14])
  })

  it('of boards without eight slices have one order', () => {
    expect(ids('A30', 14, false)).toEqual({ 3: 0, 4: 1, 5: 2, 6: 3 })
    expect(ids('A30', 5, false)).toEqual({ 1: 0, 2: 2 })
    expect(ids('RTX-PRO-6000-Blackwell-SE', 47, false)).toEqual({ 3: 0, 4: 3, 5: 6, 6: 9 })
    expect(ids('RTX-PRO-6000-Blackwell-SE', 5, false)).toEqual({ 1: 0, 2: 6 })
    expect([0, 1, 2, 3].map((gpu) => swapsHalves(gpu, 8))).toEqual([false, true, false, true])
    expect([0, 1].map((gpu) => swapsHalves(gpu, 4) || swapsHalves(gpu, 12))).toEqual([false, false])
  })

  withReference('are those of the reference, and so are the numbers of NVML', () => {
    for (const [name, { profiles }] of Object.entries<{ profiles: { giIds: string; nvmlProfile: number }[] }>(
      reference.boards,
    )) {
      const ours = migProfilesOf(name)
      const grid = migGrid(ours)
      ours.forEach((each, at) => {
        const [low = 0, high = low] = (profiles[at]?.giIds ?? '').split('-').map(Number)
        for (const start of each.starts)
          for (const swapped of [false, true]) {
            const id = gpuInstanceId({ start, size: each.size }, grid, swapped)
            expect(id >= low && id <= high, `${name} ${each.name} at ${start}`).toBe(true)
          }
        expect(nvmlProfile(each), `${name} ${each.name}`).toBe(profiles[at]?.nvmlProfile)
      })
    }
  })
})

describe('compute instances', () => {
  const counts = (id: number) =>
    Object.fromEntries(
      computeProfilesOf(profile('A100-SXM4-80GB', id)).map((each) => [
        each.name,
        [each.id, remainingCompute([], each)],
      ]),
    )

  it('rule 16: fit as often as captured, and the last profile fills the GPU instance', () => {
    expect(counts(19)).toEqual({ '1g.10gb': [0, 1] })
    expect(counts(15)).toEqual({ '1g.20gb': [0, 1] })
    expect(counts(14)).toEqual({ '1c.2g.20gb': [0, 2], '2g.20gb': [1, 1] })
    expect(counts(9)).toEqual({ '1c.3g.40gb': [0, 3], '2c.3g.40gb': [1, 1], '3g.40gb': [2, 1] })
    expect(counts(5)).toEqual({ '1c.4g.40gb': [0, 4], '2c.4g.40gb': [1, 2], '4g.40gb': [3, 1] })
    expect(counts(0)).toEqual({
      '1c.7g.80gb': [0, 7],
      '2c.7g.80gb': [1, 3],
      '3c.7g.80gb': [2, 2],
      '4c.7g.80gb': [3, 1],
      '7g.80gb': [4, 1],
    })
  })

  it('a full GPU instance has room for none, a half full one for those that fit', () => {
    const [one, two, all] = computeProfilesOf(profile('A100-SXM4-80GB', 9))
    if (one === undefined || two === undefined || all === undefined) throw new Error('three profiles')
    expect(freeComputeStarts([{ start: 0, size: 3 }], one)).toEqual([])
    const first = [{ start: 0, size: 1 }]
    expect(freeComputeStarts(first, one)).toEqual([1, 2])
    expect([one, two, all].map((each) => remainingCompute(first, each))).toEqual([2, 0, 0])
  })

  it('are known for every profile of every board', () => {
    const boards = [...boardNames(), ...listedBoards().map(([name]) => name)]
    for (const each of boards.flatMap((name) => migProfilesOf(name))) {
      const [last] = computeProfilesOf(each).slice(-1)
      expect(last, each.name).toMatchObject({ name: each.name, starts: [0] })
    }
  })
})
