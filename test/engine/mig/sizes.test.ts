import { describe, expect, it } from 'vitest'
import { boardNames, findBoard } from '../../../src/catalog/boards.ts'
import { migProfilesOf } from '../../../src/catalog/mig-profiles.ts'
import { instanceMiB, instanceMultiprocessors } from '../../../src/catalog/mig-sizes.ts'

describe('sizes of GPU instances that nothing publishes', () => {
  const boards = boardNames().flatMap((name) => {
    const board = findBoard(name)
    const profiles = migProfilesOf(name)
    return board === undefined ? [] : profiles.map((profile) => ({ name, board, profiles, profile }))
  })

  it('follow a rule that gives the published ones within 9 percent', () => {
    const known = boards.filter(({ profile }) => profile.memoryMiB !== null)
    expect(known.length).toBeGreaterThan(80)
    for (const { name, board, profiles, profile } of known) {
      const published = profile.memoryMiB ?? 0
      const ruled = instanceMiB(profiles, { ...profile, memoryMiB: null }, board.smiTotalMiB.eccOn ?? 0)
      expect(Math.abs(ruled - published) / published, `${name} ${profile.name}: ${ruled}`).toBeLessThan(0.09)
      expect(instanceMiB(profiles, profile, 1)).toBe(published)
    }
  })

  it('never sum to more than the GPU', () => {
    for (const { name, board, profiles, profile } of boards) {
      const all = instanceMiB(profiles, profile, board.smiTotalMiB.eccOn ?? 0) * profile.maxInstances
      expect(all, `${name} ${profile.name}`).toBeLessThanOrEqual(board.smiTotalMiB.eccOn ?? 0)
      expect(instanceMultiprocessors(profiles, profile)).toBeGreaterThan(0)
    }
  })
})
