import { describe, expect, it } from 'vitest'
import { alignUp, GiB, KiB, prevPow2 } from '../../src/abi/align.ts'
import { boardNames, findBoard } from '../../src/catalog/boards.ts'
import type { CatalogType } from '../../src/catalog/catalog-type.ts'
import { PROFILES } from '../../src/catalog/profiles.ts'
import { typesOfBoard } from '../../src/catalog/vgpu-types.ts'
import { fbLayout, wprHeapSize } from '../../src/engine/nvkm/fb-layout.ts'
import { gridOf, overlap, placementSize, supportedIds } from '../../src/engine/placement/grid.ts'
import { seatsOf } from '../../src/engine/placement/seat.ts'

interface Held {
  name: string
  id: number
  size: number
  ranges: { kind: 'fb' | 'chid'; id: number; size: number }[]
}

/** The resources of each type at each of its placement ids. */
function held(
  boardName: string,
  profileName: 'v2' | 'vgpu17',
  ecc: boolean,
): { held: Held[]; usable: number; channels: number } {
  const board = findBoard(boardName)
  if (!board) throw new Error(boardName)
  const profile = PROFILES[profileName]
  const grid = gridOf(board, profile, true)
  const types = typesOfBoard(board.typeBoard ?? '', true).filter((type) => type.mig === null)
  const usable = fbLayout(board.fbBytes, wprHeapSize(board.fbBytes, profile.wprHeapSize)).nonWprHeap.addr
  const space = { usableFb: usable, vmmuSegmentSize: board.vmmuSegmentSize, channels: profile.channelsReserved }
  const seats = seatsOf(grid, space, types)
  const one = (type: CatalogType, id: number): Held => {
    const fbLength = ecc ? (type.guestFb?.eccOn ?? type.fbLength) : type.fbLength
    const channels = prevPow2(Math.floor(profile.channelsReserved.count / type.maxInstance))
    const seat = seats({ type, id, fbLength, channels })
    if (!seat) throw new Error(`${type.vgpuName} has no seat at ${id}`)
    expect(seat.fb % board.vmmuSegmentSize, `${type.vgpuName} at ${id}`).toBe(0)
    expect(seat.heap % (4 * KiB), `${type.vgpuName} at ${id}`).toBe(0)
    return {
      name: `${type.vgpuName} at ${id}`,
      id,
      size: placementSize(grid, type),
      ranges: [
        { kind: 'fb', id: seat.fb, size: alignUp(fbLength, board.vmmuSegmentSize) },
        { kind: 'fb', id: seat.heap, size: type.gspHeapSize },
        { kind: 'chid', id: seat.chid, size: channels },
      ],
    }
  }
  // types with equal size and memory split have equal seats: one of each is enough
  const kinds = new Map(types.map((type) => [`${type.profileSize}/${type.fbLength}/${type.gspHeapSize}`, type]))
  return {
    held: [...kinds.values()].flatMap((type) => supportedIds(grid, type).map((id) => one(type, id))),
    usable,
    channels: profile.channelsReserved.first + profile.channelsReserved.count,
  }
}

describe('seats of mixed-size mode', () => {
  const boards = boardNames().filter((name) => findBoard(name)?.mixedSize)
  const cases = boards.flatMap((name) => {
    const profiles = findBoard(name)?.architecture === 'Ada' ? (['v2', 'vgpu17'] as const) : (['vgpu17'] as const)
    return profiles.map((profile) => [name, profile] as const)
  })

  it.each(cases)(
    'on a %s under %s no two vGPUs whose slots are apart hold the same memory or channel',
    (name, profile) => {
      for (const ecc of [false, true]) {
        const { held: all, usable, channels } = held(name, profile, ecc)
        expect(all.length).toBeGreaterThan(5)
        for (const a of all) {
          for (const range of a.ranges) {
            expect(range.id, a.name).toBeGreaterThanOrEqual(0)
            expect(range.id + range.size, a.name).toBeLessThanOrEqual(range.kind === 'fb' ? usable : channels)
          }
          const [fb, heap] = a.ranges
          expect(fb && heap && overlap(fb, heap), a.name).toBe(false)
          for (const b of all) {
            if (overlap(a, b)) continue
            const clash = a.ranges.some((x) => b.ranges.some((y) => x.kind === y.kind && overlap(x, y)))
            if (clash) throw new Error(`${a.name} and ${b.name} clash (ECC ${ecc ? 'on' : 'off'})`)
          }
        }
      }
    },
  )

  it('gives every type of a board the region of the catalogue', () => {
    for (const name of boards) {
      const board = findBoard(name)
      for (const type of typesOfBoard(name, true)) expect(type.placement.region, type.vgpuName).toBe(board?.memoryGiB)
    }
    expect(GiB).toBe(1024 ** 3)
  })
})
