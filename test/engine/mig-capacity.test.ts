import { describe, expect, it } from 'vitest'
import { boardNames, findBoard } from '../../src/catalog/boards.ts'
import { migProfilesOf } from '../../src/catalog/mig-profiles.ts'
import { typesOfBoard } from '../../src/catalog/vgpu-types.ts'
import { fits } from '../../src/engine/capacity.ts'
import { NvError } from '../../src/errors/nv-error.ts'
import { uuidOf } from './host-of.ts'
import { A100, migHost } from './mig-host.ts'

type MigHost = ReturnType<typeof migHost>

/** More than a type of an eight-slice board has vGPUs, and no more than any of the boards has. */
const VFS = 16

/** Boards with MIG, and their MIG-backed types by profile of GPU instances. */
const BOARDS = boardNames().flatMap((name) => {
  const board = findBoard(name)
  const types = board?.mig ? typesOfBoard(board.typeBoard ?? '').filter(({ mig }) => mig !== null) : []
  return types.length === 0 || board === undefined ? [] : [{ name, types }]
})

/** UUIDs of trials; `migHost` begins at 1. */
const FIRST = 1000

/** Creates vGPUs of a type until one is refused, and destroys them. @returns their number */
function created({ host }: MigHost, type: string): number {
  let count = 0
  try {
    for (; ; count += 1) host.createVgpu({ type, gpu: '0', uuid: uuidOf(FIRST + count), start: true })
  } catch (error) {
    if (!(error instanceof NvError)) throw error
  }
  if (count > 0) host.destroyVgpus({ selectors: Array.from({ length: count }, (_, at) => uuidOf(FIRST + at)) })
  return count
}

/** Compares the answer of capacity with real creations, for all MIG-backed types of the board. */
function agree(made: MigHost, types: (typeof BOARDS)[number]['types']): Map<string, number> {
  return new Map(
    types.map(({ vgpuType, vgpuName }) => {
      const { count } = fits(made.state, 0, vgpuType)
      expect({ vgpuName, count }).toEqual({ vgpuName, count: created(made, String(vgpuType)) })
      return [vgpuName, count]
    }),
  )
}

describe('capacity of a board with MIG', () => {
  it('M 5: there are boards of every chip with MIG', () => {
    expect(BOARDS.map(({ name }) => name)).toEqual(
      expect.arrayContaining(['A30', 'A100-PCIE-40GB', 'A100-SXM4-80GB', 'H100-PCIe-80GB', 'H200-SXM5-141GB']),
    )
  })

  it.each(BOARDS)('M 5: $name: as many vGPUs of each type as published, and as many as can be created', (board) => {
    const seen = new Set<string>()
    for (const profile of migProfilesOf(board.name)) {
      const own = board.types.filter(({ mig }) => mig?.gpuInstanceProfile === profile.name)
      if (own.length === 0) continue
      const layout = Array.from({ length: profile.maxInstances }, () => profile.id)
      const counts = agree(migHost(layout, { board: board.name, vfs: VFS }), own)
      for (const { vgpuName, maxInstance } of own) {
        seen.add(vgpuName)
        expect({ vgpuName, most: counts.get(vgpuName) }).toEqual({ vgpuName, most: maxInstance })
      }
    }
    expect(seen.size).toBe(board.types.length)
  })

  it.each(BOARDS)('M 5: $name: none with MIG off or without an instance, and the reason says it', (board) => {
    const off = migHost([], { board: board.name, mig: false })
    const empty = migHost([], { board: board.name })
    for (const { vgpuType } of board.types) {
      expect(fits(off.state, 0, vgpuType)).toEqual({ count: 0, reason: expect.stringContaining('and MIG is off') })
      expect(fits(empty.state, 0, vgpuType)).toEqual({ count: 0, reason: expect.stringContaining('and there is none') })
    }
  })

  it('M 5: a mixed layout, filled step by step, agrees after each step', () => {
    const { types = [] } = BOARDS.find(({ name }) => name === A100) ?? {}
    const made = migHost(['3g.20gb', '2g.10gb', '1g.5gb', '1g.5gb'])
    expect([...agree(made, types).values()].reduce((sum, count) => sum + count, 0)).toBe(4)
    made.create('A100-1-5C')
    made.create('A100-3-20C', { start: false })
    const counts = agree(made, types)
    expect(counts.get('GRID A100-1-5C')).toBe(1)
    expect(counts.get('GRID A100-2-10C')).toBe(1)
    expect(counts.get('GRID A100-3-20C')).toBe(0)
    const reason = 'GRID A100-3-20C needs a GPU instance 3g.20gb, and none is free'
    expect(
      fits(made.state, 0, types.find(({ vgpuName }) => vgpuName === 'GRID A100-3-20C')?.vgpuType ?? 0).reason,
    ).toContain(reason)
  })

  it('M 5: time-sliced types have no room with MIG on', () => {
    const made = migHost(['3g.20gb'])
    for (const { mig, vgpuType } of typesOfBoard(findBoard(A100)?.typeBoard ?? ''))
      if (mig === null) expect(fits(made.state, 0, vgpuType).reason).toContain('is time-sliced and MIG is on')
  })
})
