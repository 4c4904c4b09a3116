import { describe, expect, it } from 'vitest'
import { migProfilesOf } from '../../../src/catalog/mig-profiles.ts'
import type { MigProfile } from '../../../src/contract/views/mig.ts'
import { arrange } from '../../../src/engine/mig/arrange.ts'
import { freeStarts, type MigPlace } from '../../../src/engine/mig/placement.ts'

const idsOf = (profiles: readonly MigProfile[]) =>
  profiles
    .map(({ id }) => id)
    .sort((a, b) => a - b)
    .join(' ')

/** The profiles of every layout that creations one by one can reach, whatever their starts. */
function layouts(profiles: readonly MigProfile[]): Map<string, readonly MigProfile[]> {
  const seen = new Set<string>()
  const found = new Map<string, readonly MigProfile[]>()
  const queue: MigPlace[][] = [[]]
  for (const placed of queue) {
    const chosen = placed.map(({ profile }) => profile)
    found.set(idsOf(chosen), chosen)
    for (const profile of profiles) {
      for (const start of freeStarts({ profiles, placed }, profile)) {
        const next = [...placed, { profile, start }]
        const key = next
          .map((place) => `${place.profile.id}:${place.start}`)
          .sort()
          .join()
        if (seen.has(key)) continue
        seen.add(key)
        queue.push(next)
      }
    }
  }
  return found
}

describe('an arrangement of GPU instances', () => {
  it.each(['A30', 'A100-PCIE-40GB', 'RTX-PRO-6000-Blackwell-SE'])(
    'M 4: %s: is found for every layout that is possible, and for none that is not',
    (board) => {
      const profiles = migProfilesOf(board)
      expect(profiles.length).toBeGreaterThan(0)
      const possible = layouts(profiles)
      for (const chosen of possible.values()) {
        const places = arrange({ profiles, placed: [] }, wishes(chosen))
        expect(places && idsOf(places.map(({ profile }) => profile))).toBe(idsOf(chosen))
        for (const one of profiles) {
          const more = [...chosen, one]
          expect(arrange({ profiles, placed: [] }, wishes(more)) !== null, idsOf(more)).toBe(possible.has(idsOf(more)))
        }
      }
    },
  )

  it('M 4: given starts are kept', () => {
    const profiles = migProfilesOf('A100-PCIE-40GB')
    const named = (name: string) => profiles.filter((profile) => profile.name === name)[0] as MigProfile
    const three = { profile: named('3g.20gb'), start: 0 }
    const found = arrange({ profiles, placed: [] }, [{ profile: named('1g.5gb'), start: null }, three])
    expect(found?.map(({ profile, start }) => `${profile.name}:${start}`)).toEqual(['3g.20gb:0', '1g.5gb:6'])
    expect(arrange({ profiles, placed: [{ profile: named('1g.5gb'), start: 3 }] }, [three])).toBeNull()
  })
})

const wishes = (profiles: readonly MigProfile[]) => profiles.map((profile) => ({ profile, start: null }))
