import { describe, expect, it } from 'vitest'
import { GiB, KiB, MiB } from '../../src/abi/align.ts'
import { engineTypeName, NV2080_ENGINE_TYPE } from '../../src/abi/engine-types.ts'
import { type Board, boardNames, findBoard } from '../../src/catalog/boards.ts'
import { PROFILES, type ProfileName } from '../../src/catalog/profiles.ts'
import { typesOfBoard } from '../../src/catalog/vgpu-types.ts'
import { newHost } from '../../src/engine/new-host.ts'
import { boardsGolden } from '../catalog/golden.ts'
import { boundHost } from './bound-host.ts'
import { refusal } from './refusal-of.ts'

const golden = boardsGolden()
const hex = (value: number) => `0x${value.toString(16).padStart(4, '0')}`

function boardOf(name: string): Board {
  const board = findBoard(name)
  if (!board) throw new Error(name)
  return board
}

describe('every board of the catalogue as its GPU enumerates', () => {
  it.each(boardNames())('%s', (name) => {
    const board = boardOf(name)
    const profile: ProfileName = board.architecture === 'Ada' ? 'v2' : 'vgpu17'
    const host = boundHost(newHost({ board: name, profile }))
    const [gpu] = host.gpuViews()
    if (!gpu) throw new Error('no GPU')
    expect(host.gpuViews()).toHaveLength(board.gpusPerBoard)
    expect(gpu).toMatchObject({
      board: name,
      name: board.marketingName,
      pci: { vendorId: '0x10de', deviceId: hex(board.deviceId), subsystemId: hex(board.subsystemId) },
      vgpuSupport: { enabled: true, reason: null },
      framebuffer: { totalMiB: board.memoryGiB * 1024 },
      modelled: board.modelled,
    })
    const count = (prefix: string) => gpu.engines.filter((engine) => engine.replace(/[0-9]+$/, '') === prefix).length
    const { gr, copy, nvdec, nvenc, nvjpeg, ofa } = board.engines
    expect({ gr: count('GR'), copy: count('COPY'), nvdec: count('NVDEC'), nvenc: count('NVENC') }).toEqual({
      gr,
      copy,
      nvdec,
      nvenc,
    })
    expect({ nvjpeg: count('NVJPEG'), ofa: count('OFA') }).toEqual({ nvjpeg, ofa })
    // the host drops these engines
    for (const dropped of [NV2080_ENGINE_TYPE.SW, NV2080_ENGINE_TYPE.SEC2])
      expect(gpu.engines).not.toContain(engineTypeName(dropped))
    expect(gpu.bars.map(({ index, size, bits }) => [index, size, bits])).toEqual([
      [0, 16 * MiB, 32],
      [1, board.pfBar1Size, 64],
      [3, 32 * MiB, 64],
    ])
    for (const bar of gpu.bars) expect(Number(bar.addr) % bar.size, `BAR${bar.index}`).toBe(0)

    host.enableVfs({ gpu: '0', count: 2 })
    expect(host.gpuViews()[0]?.sriov).toMatchObject({ totalVfs: board.sriov?.totalVfs, numVfs: 2, firstVfOffset: 4 })
    const [first, second] = host.vfViews('0')
    expect(first?.bars.map(({ size }) => size)).toEqual([256 * KiB, board.sriov?.vfBar1Size, 32 * MiB])
    const apart = (index: number) => Number(second?.bars[index]?.addr) - Number(first?.bars[index]?.addr)
    expect([0, 1, 2].map(apart)).toEqual(first?.bars.map(({ size }) => size))
  })

  it('has the figures of the reference, where there are any', () => {
    let compared = 0
    for (const row of golden) {
      const name = String(row.name)
      const host = boundHost(newHost({ board: name, profile: 'vgpu17' }))
      const [gpu] = host.gpuViews()
      const engines = (prefix: string) =>
        gpu?.engines.filter((engine) => engine.replace(/[0-9]+$/, '') === prefix).length
      const shown: Record<string, unknown> = {
        marketingName: gpu?.name,
        architecture: gpu?.architecture,
        chip: gpu?.chip,
        deviceId: Number(gpu?.pci.deviceId),
        gpusPerBoard: host.gpuViews().length,
        fbMiB: gpu?.framebuffer.totalMiB,
        pfBar1MiB: (gpu?.bars[1]?.size ?? 0) / MiB,
        totalVfs: gpu?.sriov?.totalVfs,
        vfOffset: gpu?.sriov?.firstVfOffset,
        vfStride: gpu?.sriov?.vfStride,
        nvenc: engines('NVENC'),
        nvdec: engines('NVDEC'),
        nvjpeg: engines('NVJPEG'),
        ofa: engines('OFA'),
        gr: engines('GR'),
        channels: gpu?.channels.total,
        vmmuSegmentMiB: (gpu?.vmmuSegmentSize ?? 0) / MiB,
      }
      for (const [key, value] of Object.entries(shown)) {
        if (row[key] === null) continue
        expect(value, `${name} ${key}`).toBe(row[key])
        compared += 1
      }
    }
    // a board without a row in the reference has figures of a sister, and says so
    const rows = new Set(golden.map(({ name }) => String(name)))
    const others = boardNames().filter((name) => !rows.has(name))
    expect([rows.size, rows.size + others.length]).toEqual([golden.length, boardNames().length])
    for (const name of others) expect(boardOf(name).modelled, name).not.toEqual([])
    expect(compared).toBeGreaterThan(400)
  })

  it('has no two BARs that overlap, of the PFs and of all their VFs', () => {
    for (const name of boardNames()) {
      const host = boundHost(newHost({ board: name, gpus: 3, profile: 'vgpu17' }))
      for (const { index, sriov } of host.gpuViews())
        host.enableVfs({ gpu: String(index), count: sriov?.totalVfs ?? 0 })
      const windows = [...host.gpuViews(), ...host.vfViews()]
        .flatMap(({ bars }) => bars.map(({ addr, size }) => ({ start: Number(addr), end: Number(addr) + size })))
        .sort((a, b) => a.start - b.start)
      for (const [i, window] of windows.entries()) {
        const next = windows[i + 1]
        if (next) expect(window.end, name).toBeLessThanOrEqual(next.start)
      }
    }
  })
})

describe('an A16', () => {
  it('is four GPUs on four addresses with 16 GiB each', () => {
    const host = boundHost(newHost({ board: 'A16', profile: 'v2' }))
    expect(host.gpuViews().map((gpu) => [gpu.bdf, gpu.framebuffer.totalMiB])).toEqual([
      ['0000:c1:00.0', 16384],
      ['0000:c2:00.0', 16384],
      ['0000:c3:00.0', 16384],
      ['0000:c4:00.0', 16384],
    ])
    expect(new Set(host.gpuViews().map((gpu) => gpu.uuid)).size).toBe(4)
    expect(boundHost(newHost({ board: 'A16', gpus: 2, profile: 'vgpu17' })).gpuViews()).toHaveLength(8)
  })

  it.each(['v2', 'rfc-v1'] as const)('has no VFs under %s, which names the architecture', (profile) => {
    const host = boundHost(newHost({ board: 'A16', profile }))
    const error = refusal(() => host.enableVfs({ gpu: '2', count: 4 }))
    expect(error).toMatchObject({ errno: 'ENODEV', code: 'unsupported' })
    expect(error.message).toContain('the architecture is Ampere, not Ada')
    expect(host.gpuViews()[2]?.vgpuSupport).toMatchObject({ supported: false, enabled: false })
  })

  it('carries vGPUs under vgpu17 on each of its GPUs apart, 64 in all, with what is modelled marked', () => {
    const host = boundHost(newHost({ board: 'A16', profile: 'vgpu17' }))
    for (const gpu of ['0', '1', '2', '3']) host.enableVfs({ gpu, count: 16 })
    for (let i = 0; i < 64; i += 1) {
      const uuid = `00000000-0000-4000-8000-${String(i).padStart(12, '0')}`
      // a GPU has one type: the GPUs alternate between two
      host.createVgpu({ type: i % 32 < 16 ? 'A16-1Q' : 'A16-1B', gpu: String(Math.floor(i / 16)), uuid, start: true })
    }
    expect(host.vgpuViews().filter((vgpu) => vgpu.state === 'running')).toHaveLength(64)
    expect(host.gpuViews().map((gpu) => gpu.vgpus.running)).toEqual([16, 16, 16, 16])
    expect(host.gpuViews()[0]?.modelled).toContain('engines.copy')
    expect(typesOfBoard('A16').every((type) => type.modelled.includes('gspHeapSize'))).toBe(true)
    expect(PROFILES.vgpu17.supportedArchitectures).toContain('Ampere')
  })
})

describe('two L40', () => {
  it('do not touch each other: mode, ECC, scheduler, VFs, types and samples are of one GPU', () => {
    const host = boundHost(newHost({ gpus: 2 }))
    const second = structuredClone(host.state.gpus[1])
    host.setEcc({ gpu: '0', on: true })
    host.resetGpu('0')
    host.enableVfs({ gpu: '0', count: 8 })
    host.setScheduler({ gpu: '0', policy: 'equal-share' })
    host.setMode({ gpu: '0', mode: 'heterogeneous' })
    for (const [i, type] of ['L40-24Q', 'L40-8Q', 'L40-4Q'].entries())
      host.createVgpu({ type, gpu: '0', uuid: `00000000-0000-4000-8000-00000000000${i}`, start: true })
    host.advance(5_000_000)
    host.injectXid({ gpu: '0', channel: host.vgpuViews()[0]?.channels?.first ?? 0, xid: 31 })
    host.destroyVgpus({ selectors: [], all: true })
    expect(host.state.gpus[1]).toEqual(second)
    expect(host.gpuViews().map((gpu) => gpu.framebuffer.totalMiB)).toEqual([48 * 1024, 48 * 1024])
    expect(48 * GiB).toBe(boardOf('L40').fbBytes)
  })
})
