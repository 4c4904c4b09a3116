import { describe, expect, it } from 'vitest'
import { alignUp } from '../../src/abi/align.ts'
import { boardNames, findBoard } from '../../src/catalog/boards.ts'
import { typesOfBoard } from '../../src/catalog/vgpu-types.ts'
import { freeStarts, type MigPlace } from '../../src/engine/mig/placement.ts'
import { migTableOf } from '../../src/engine/mig/table.ts'
import { newHost } from '../../src/engine/new-host.ts'
import { instanceSeat } from '../../src/engine/placement/instance-seat.ts'
import { gpuOf } from './host-of.ts'

/** One of each: figures of sisters are the same. */
const BOARDS = boardNames().filter((name) => findBoard(name)?.mig && !/800|SXM|H20-96/.test(name))

/** Every set of instances that a GPU can have, each once, the full ones last. */
function layouts(table: NonNullable<ReturnType<typeof migTableOf>>): MigPlace[][] {
  const seen = new Map<string, MigPlace[]>()
  const visit = (placed: MigPlace[]) => {
    const key = placed
      .map(({ profile, start }) => `${profile.id}:${start}`)
      .sort()
      .join(' ')
    if (seen.has(key)) return
    seen.set(key, placed)
    for (const profile of table.profiles)
      for (const start of freeStarts({ profiles: table.profiles, placed }, profile))
        visit([...placed, { profile, start }])
  }
  visit([])
  return [...seen.values()]
}

describe('the seats of vGPUs on GPU instances', () => {
  it.each(BOARDS)('never meet and lie on the GPU, in every layout of %s', (name) => {
    const board = findBoard(name) ?? expect.fail()
    const table = migTableOf(board, 0) ?? expect.fail()
    const { nvkm } = gpuOf(newHost({ board: name, profile: 'vgpu17' }))
    const space = {
      usableFb: nvkm.fb.size,
      vmmuSegmentSize: board.vmmuSegmentSize,
      channels: { first: 0, count: 2048 },
    }
    const types = typesOfBoard(board.typeBoard ?? name).filter(({ mig }) => mig !== null)
    const held = new Map(
      types.flatMap((type) => {
        const profile = table.profiles.find(({ id }) => id === type.gpuInstanceProfileId) ?? expect.fail()
        return profile.starts.map((start) => {
          const seat = instanceSeat(table, space, types, type, { start, placementId: null })
          const memory = [
            [seat.fb, seat.fb + alignUp(type.fbLength, space.vmmuSegmentSize)],
            [seat.heap, seat.heap + type.gspHeapSize],
          ]
          return [`${profile.id}:${start}`, { memory, channels: [seat.chid, seat.chid + seat.channels] }] as const
        })
      }),
    )
    const apart = ([a = 0, b = 0]: readonly number[], [c = 0, d = 0]: readonly number[]) => b <= c || d <= a
    let full = 0
    const met: MigPlace[][] = []
    for (const layout of layouts(table)) {
      full = Math.max(full, layout.length)
      const seats = layout.flatMap(({ profile, start }) => held.get(`${profile.id}:${start}`) ?? [])
      const memory = seats.flatMap((seat) => seat.memory).sort(([a = 0], [b = 0]) => a - b)
      const channels = seats.map((seat) => seat.channels).sort(([a = 0], [b = 0]) => a - b)
      for (const ranges of [memory, channels])
        if (ranges.some((range, i) => i > 0 && !apart(ranges[i - 1] ?? [], range))) met.push(layout)
      if ((memory.at(-1)?.[1] ?? 0) > space.usableFb || (channels.at(-1)?.[1] ?? 0) > 2048) met.push(layout)
    }
    expect(met.map((layout) => layout.map(({ profile, start }) => `${profile.name}@${start}`))).toEqual([])
    expect(full).toBe(table.profiles[0]?.maxInstances)
  })
})
