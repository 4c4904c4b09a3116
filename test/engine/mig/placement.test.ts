import { describe, expect, it } from 'vitest'
import { boardNames, findBoard } from '../../../src/catalog/boards.ts'
import { listedBoards } from '../../../src/catalog/listed-boards.ts'
import { migGrid } from '../../../src/catalog/mig-instances.ts'
import { migProfilesOf } from '../../../src/catalog/mig-profiles.ts'
import type { MigProfile } from '../../../src/contract/views/mig.ts'
import { chooseStart, freeStarts, type MigPlace, remainingInstances } from '../../../src/engine/mig/placement.ts'

/** Every board of which profiles are known; one of each set of rows is enough where all combinations are walked. */
const BOARDS = [...boardNames(), ...listedBoards().map(([name]) => name)].filter(
  (name) => migProfilesOf(name).length > 0,
)

function named(board: string, name: string): MigProfile {
  const profile = migProfilesOf(board).find((each) => each.name === name || String(each.id) === name)
  if (profile === undefined) throw new Error(`${board} has no ${name}`)
  return profile
}

/** Creates one after the other, and says where each went; null where it was refused. */
function sequence(board: string, names: string): (number | null)[] {
  const profiles = migProfilesOf(board)
  const placed: MigPlace[] = []
  return names.split(' ').map((name) => {
    const profile = named(board, name)
    const start = chooseStart({ profiles, placed }, profile)
    if (start !== null) placed.push({ profile, start })
    return start
  })
}

const key = (places: readonly MigPlace[]) =>
  places
    .map(({ profile, start }) => `${profile.id}@${start}`)
    .sort()
    .join(' ')

/** All sets of instances that the allocator can reach by explicit starts. */
function reachable(board: string): Map<string, MigPlace[]> {
  const profiles = migProfilesOf(board)
  const found = new Map<string, MigPlace[]>([['', []]])
  for (const placed of found.values()) {
    for (const profile of profiles) {
      for (const start of freeStarts({ profiles, placed }, profile)) {
        const next = [...placed, { profile, start }]
        const name = key(next)
        if (!found.has(name)) found.set(name, next)
      }
    }
  }
  return found
}

/** The same by the published rules alone: a slice belongs to one instance at most, media engines suffice. */
function published(board: string, media: (names: readonly string[]) => boolean): Set<string> {
  const places = migProfilesOf(board).flatMap((profile) => profile.starts.map((start) => ({ profile, start })))
  const found = new Set<string>()
  const walk = (from: number, taken: number, chosen: readonly MigPlace[]) => {
    if (media(chosen.map(({ profile }) => profile.name))) found.add(key(chosen))
    places.slice(from).forEach((place, i) => {
      const bits = ((1 << place.profile.size) - 1) << place.start
      if ((taken & bits) === 0) walk(from + i + 1, taken | bits, [...chosen, place])
    })
  }
  walk(0, 0, [])
  return found
}

const oneMedia = (names: readonly string[]) => names.filter((name) => name.includes('+me')).length <= 1

/** RTX PRO 6000: four decoders and one OFA; a profile with all media leaves only those without. */
function rtxMedia(names: readonly string[]): boolean {
  const all = names.filter((name) => name.endsWith('+me.all')).length
  return oneMedia(names) && (all === 0 || names.filter((name) => !name.endsWith('-me')).length === 1)
}

describe('places of GPU instances', () => {
  it.each([
    ['A100-PCIE-40GB', '19 19 19 19 19 19 19', [6, 4, 5, 0, 1, 2, 3]],
    ['H100-SXM5-80GB', '19 19 19 19 19 19 19', [6, 4, 5, 0, 1, 2, 3]],
    ['A100-SXM4-80GB', '14 19 19 19 19 19', [4, 6, 0, 1, 2, 3]],
    ['A100-SXM4-40GB', '9 19 14 19', [4, 0, 2, 1]],
    ['A100-SXM4-40GB', '19 19 14 9', [6, 4, 0, null]],
    ['A100-PCIE-80GB', '9 9', [4, 0]],
    ['A100-PCIE-80GB', '14 14 19', [4, 0, 6]],
    ['A100-PCIE-80GB', '5 14 19', [0, 4, 6]],
    ['A30', '14 14 14 14', [0, 1, 2, 3]],
    ['RTX-PRO-6000-Blackwell-SE', '14 14 14 14', [0, 3, 6, 9]],
    ['RTX-PRO-6000-Blackwell-SE', '5 14 14', [0, 6, 9]],
  ])('%s gives %s the captured starts', (board, names, starts) => {
    expect(sequence(board, names)).toEqual(starts)
  })

  it('two 3g leave no place for a 1g, though a compute slice is idle', () => {
    expect(sequence('A100-PCIE-40GB', '9 9 19')).toEqual([4, 0, null])
  })

  it('a second instance with media extensions is refused, of another size too', () => {
    expect(sequence('A100-PCIE-40GB', '20 20')).toEqual([6, null])
    expect(sequence('A30', '21 6')).toEqual([0, null])
    expect(sequence('A30', '6 21')).toEqual([0, null])
    expect(sequence('RTX-PRO-6000-Blackwell-SE', '65 14 47 64 67 66')).toEqual([0, null, null, null, 3, 6])
    expect(sequence('RTX-PRO-6000-Blackwell-SE', '21 14 47 14 14')).toEqual([0, 3, 6, 9, null])
  })

  it.each(BOARDS.filter((board) => migGrid(migProfilesOf(board)) < 12))(
    '%s holds every combination that the published rules allow, and no other',
    (board) => {
      expect(new Set(reachable(board).keys())).toEqual(published(board, oneMedia))
    },
  )

  it('RTX PRO 6000 holds every combination that its media engines allow, and no other', () => {
    expect(new Set(reachable('RTX-PRO-6000-Blackwell-SE').keys())).toEqual(
      published('RTX-PRO-6000-Blackwell-SE', rtxMedia),
    )
  })

  it('A100 has the 19 full layouts of the MIG user guide, counted without wide and media variants', () => {
    const plain = (places: readonly MigPlace[]) => places.every(({ profile }) => ![15, 20].includes(profile.id))
    const profiles = migProfilesOf('A100-SXM4-40GB')
    const ours = profiles.filter(({ id }) => ![15, 20].includes(id))
    const full = [...reachable('A100-SXM4-40GB').values()].filter(
      (placed) => plain(placed) && ours.every((profile) => freeStarts({ profiles, placed }, profile).length === 0),
    )
    expect(full.length).toBe(19)
  })

  it.each(BOARDS)('%s: a profile alone fits as often as published, at every published start', (board) => {
    const profiles = migProfilesOf(board)
    for (const profile of profiles) {
      expect(freeStarts({ profiles, placed: [] }, profile), profile.name).toEqual(profile.starts)
      expect(remainingInstances({ profiles, placed: [] }, profile), profile.name).toBe(profile.maxInstances)
      const filled = sequence(
        board,
        Array(profile.maxInstances + 1)
          .fill(String(profile.id))
          .join(' '),
      )
      expect(filled.filter((start) => start !== null).length, profile.name).toBe(profile.maxInstances)
      expect(filled.at(-1), profile.name).toBe(null)
    }
  })

  it('what is free is what can still be created, in every state of an A100', () => {
    const profiles = migProfilesOf('A100-PCIE-40GB')
    for (const placed of reachable('A100-PCIE-40GB').values()) {
      for (const profile of profiles) {
        let more = 0
        const now = [...placed]
        for (let start = chooseStart({ profiles, placed: now }, profile); start !== null; more += 1) {
          now.push({ profile, start })
          start = chooseStart({ profiles, placed: now }, profile)
        }
        expect(more).toBe(remainingInstances({ profiles, placed }, profile))
      }
    }
  })

  it('every board with MIG has profiles, and no other board', () => {
    for (const name of boardNames()) expect(migProfilesOf(name).length > 0, name).toBe(findBoard(name)?.mig)
    const unknown = ['RTX-6000D', 'RTX-PRO-4500-Blackwell-SE', 'RTX-PRO-5000-Blackwell']
    for (const row of listedBoards()) {
      const [name, mig] = [row[0], row[11]]
      expect(migProfilesOf(name).length > 0, name).toBe(mig && !unknown.includes(name))
    }
  })
})
