// biome-ignore-all format: one run of types a line
import type { TypeTable } from './type-table.ts'

/** Unpublished for every type: the splits follow memory-split.ts, BAR1 is that of the sister board. */
const MODELLED = ['fbLength', 'fbReservation', 'gspHeapSize', 'multiVgpuExclusive', 'nvlinkP2PSupported', 'bar1Length'] as const

const AMPERE = { architecture: 'Ampere', eccTotalMiB: null, computeBar1MiB: 4096, splits: null, modelled: MODELLED } as const
const HOPPER = { ...AMPERE, architecture: 'Hopper' } as const

/**
 * The types of the boards in board-rows-sisters.ts. Ids and names of MIG-backed types: tables of the 595 open kernel modules; counts:
 * vgpu-device-manager's examples and AI Enterprise 6 and 7; the other ids follow those.
 */
export const sisterTypes = (): readonly TypeTable[] => [
  {
    ...AMPERE, board: 'A800-40GB-Active', prefix: 'GRID A800', pdevId: 0x20f6, regionGiB: 40, segmentMiB: 128,
    runs: [
      ['C', 1096, 0x17d2, [4, 5, 8, 10, 20, 40], 'derived', 'derived'],
      ['C', 1089, 0x17cc, ['1-5ME:1', '1-5:7'], 'derived', 'documented'],
      ['C', 1091, 0x1843, ['1-10:4'], 'derived', 'documented'],
      ['C', 1092, 0x17ce, ['2-10:3', '3-20:2', '4-20:1', '7-40:1'], 'derived', 'documented'],
    ],
  },
  {
    ...AMPERE, board: 'A800-PCIe-80GB', prefix: 'GRID A800D', pdevId: 0x20f5, regionGiB: 80, segmentMiB: 256,
    runs: [
      ['C', 1013, 0x17c5, [4, 8, 10, 16, 20, 40, 80], 'derived', 'derived'],
      ['C', 1007, 0x17bf, ['1-10ME:1', '1-10:7', '2-20:3', '3-40:2', '4-40:1', '7-80:1'], 'derived', 'documented'],
      ['C', 1055, 0x183f, ['1-20:4'], 'derived', 'documented'],
    ],
  },
  {
    ...AMPERE, board: 'A800-SXM4-80GB', prefix: 'GRID A800DX', pdevId: 0x20f3, regionGiB: 80, segmentMiB: 256,
    runs: [
      ['C', 1000, 0x17b8, [4, 8, 10, 16, 20, 40, 80], 'derived', 'derived'],
      ['C', 994, 0x17b2, ['1-10ME:1', '1-10:7', '2-20:3', '3-40:2', '4-40:1', '7-80:1'], 'derived', 'documented'],
      ['C', 1058, 0x1842, ['1-20:4'], 'derived', 'documented'],
    ],
  },
  {
    ...HOPPER, board: 'H800-PCIe-80GB', prefix: 'NVIDIA H800', pdevId: 0x2322, regionGiB: 80, segmentMiB: 256,
    runs: [
      ['C', 985, 0x17e8, [4, 5, 8, 10, 16, 20, 40, 80], 'derived', 'derived'],
      ['C', 979, 0x17e2, ['1-10ME:1', '1-10:7', '2-20:3', '3-40:2', '4-40:1', '7-80:1'], 'derived', 'documented'],
      ['C', 1060, 0x1845, ['1-20:4'], 'derived', 'documented'],
    ],
  },
  {
    ...HOPPER, board: 'H800-SXM5-80GB', prefix: 'NVIDIA H800XM', pdevId: 0x2324, regionGiB: 80, segmentMiB: 256,
    runs: [
      ['C', 1283, 0x18dc, [4, 5, 8, 10, 16, 20, 40, 80], 'derived', 'derived'],
      ['C', 1276, 0x18d5, ['1-10ME:1', '1-10:7', '1-20:4', '2-20:3', '3-40:2', '4-40:1', '7-80:1'], 'derived', 'documented'],
    ],
  },
  {
    ...HOPPER, board: 'H800-NVL-94GB', prefix: 'NVIDIA H800L', pdevId: 0x233a, regionGiB: 94, segmentMiB: 256,
    runs: [
      ['C', 1082, 0x1868, [4, 6, 11, 15, 23, 47, 94], 'derived', 'derived'],
      ['C', 1075, 0x1861, ['1-12ME:1', '1-12:7', '1-24:4', '2-24:3', '3-47:2', '4-47:1', '7-94:1'], 'derived', 'documented'],
    ],
  },
  {
    ...HOPPER, board: 'H20-141GB', prefix: 'NVIDIA H20X', pdevId: 0x232c, regionGiB: 141, segmentMiB: 512, computeBar1MiB: 8192,
    runs: [
      ['C', 2141, 0x210f, [4, 7, 8, 14, 17, 28, 35, 70, 141], 'derived', 'derived'],
      ['C', 2134, 0x2108, ['1-18ME:1', '1-18:7', '1-35:4', '2-35:3', '3-71:2', '4-71:1', '7-141:1'], 'derived', 'documented'],
    ],
  },
]
