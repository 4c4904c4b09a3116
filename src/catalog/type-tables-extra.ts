// biome-ignore-all format: one run of types a line
import type { Split, TypeTable } from './type-table.ts'
import { sisterTypes } from './type-tables-sisters.ts'

/**
 * Framebuffer, reservation and GSP heap by size (17.1 type file), the same on every GDDR6 board except for 16 GiB of 16
 * GiB. On a real Ampere board the plugin runs on the host, and the type file gives it no GSP heap. The simulated plugin
 * always runs in the GSP; its heap is modelled: 32 MiB, the smallest heap of the Ada types.
 */
const AMPERE: Readonly<Record<number, Split>> = {
  1: [896, 128, 32],
  2: [1856, 192, 32],
  3: [2816, 256, 32],
  4: [3776, 320, 32],
  6: [5696, 448, 32],
  8: [7616, 576, 32],
  12: [11456, 832, 32],
  16: [15296, 1088, 32],
  24: [22976, 1600, 32],
  48: [46016, 3136, 32],
}

const AMPERE_16: Readonly<Record<number, Split>> = { ...AMPERE, 16: [15268, 1116, 32] }

const AMPERE_MODELLED = ['gspHeapSize'] as const

/** The memory splits of HBM boards are unpublished; `memory-split.ts` has the rule that replaces them. */
const HBM_MODELLED = ['fbLength', 'fbReservation', 'gspHeapSize', 'multiVgpuExclusive', 'nvlinkP2PSupported'] as const

const HOPPER_MODELLED = [...HBM_MODELLED, 'bar1Length'] as const

const SIZES_48 = [1, 2, 3, 4, 6, 8, 12, 16, 24, 48] as const
const COMPUTE_48 = [4, 6, 8, 12, 16, 24, 48] as const
const SIZES_24 = [1, 2, 3, 4, 6, 8, 12, 24] as const
const COMPUTE_24 = [4, 6, 8, 12, 24] as const
const SIZES_16 = [1, 2, 4, 8, 16] as const

/** The types of the Ampere and Hopper boards, built lazily; those with a published record first. */
export function extraTypes(): readonly TypeTable[] {
  return [...largeAmpere(), ...smallAmpere(), ...hbmAmpere(), ...h100(), ...h200(), ...sisterTypes()]
}

const largeAmpere = (): readonly TypeTable[] => [
  {
    board: 'A40', prefix: 'NVIDIA A40', architecture: 'Ampere', pdevId: 0x2235,
    regionGiB: 48, segmentMiB: 128, eccTotalMiB: null, computeBar1MiB: 2048, splits: AMPERE, modelled: AMPERE_MODELLED,
    runs: [
      ['B', 555, 0x14d5, [1, 2], 'documented', 'documented'],
      ['Q', 557, 0x14d7, SIZES_48, 'documented', 'documented'],
      ['A', 567, 0x14e1, SIZES_48, 'documented', 'documented'],
      ['C', 581, 0x14f3, COMPUTE_48, 'derived', 'documented'],
      ['B', 2172, 0x2206, [3], 'guess', 'derived', 580],
    ],
  },
  {
    board: 'RTXA6000', prefix: 'NVIDIA RTXA6000', architecture: 'Ampere', pdevId: 0x2230,
    regionGiB: 48, segmentMiB: 128, eccTotalMiB: null, computeBar1MiB: 2048, splits: AMPERE, modelled: AMPERE_MODELLED,
    runs: [
      ['B', 522, 0x14fa, [1, 2], 'documented', 'documented'],
      ['Q', 524, 0x14fc, SIZES_48, 'documented', 'documented'],
      ['A', 534, 0x1506, SIZES_48, 'documented', 'documented'],
      ['C', 548, 0x1514, COMPUTE_48, 'derived', 'documented'],
      ['B', 2169, 0x2203, [3], 'guess', 'derived', 580],
    ],
  },
  {
    board: 'A10', prefix: 'NVIDIA A10', architecture: 'Ampere', pdevId: 0x2236,
    regionGiB: 24, segmentMiB: 64, eccTotalMiB: null, computeBar1MiB: 2048, splits: AMPERE, modelled: AMPERE_MODELLED,
    runs: [
      ['B', 588, 0x14b6, [1, 2], 'documented', 'documented'],
      ['Q', 590, 0x14b8, SIZES_24, 'documented', 'documented'],
      ['A', 598, 0x14c0, SIZES_24, 'documented', 'documented'],
      ['C', 610, 0x14d0, COMPUTE_24, 'derived', 'documented'],
      ['B', 2173, 0x2207, [3], 'guess', 'derived', 580],
    ],
  },
  {
    board: 'RTXA5500', prefix: 'NVIDIA RTXA5500', architecture: 'Ampere', pdevId: 0x2233,
    regionGiB: 24, segmentMiB: 64, eccTotalMiB: null, computeBar1MiB: 2048, splits: AMPERE, modelled: AMPERE_MODELLED,
    runs: [
      ['B', 760, 0x165c, [1, 2], 'documented', 'documented'],
      ['Q', 762, 0x165e, SIZES_24, 'documented', 'documented'],
      ['A', 770, 0x1666, SIZES_24, 'documented', 'documented'],
      ['C', 793, 0x1672, COMPUTE_24, 'derived', 'documented'],
      ['B', 2170, 0x2204, [3], 'guess', 'derived', 580],
    ],
  },
  {
    board: 'RTXA5000', prefix: 'NVIDIA RTXA5000', architecture: 'Ampere', pdevId: 0x2231,
    regionGiB: 24, segmentMiB: 64, eccTotalMiB: null, computeBar1MiB: 2048, splits: AMPERE, modelled: AMPERE_MODELLED,
    runs: [
      ['B', 657, 0x1562, [1, 2], 'documented', 'documented'],
      ['Q', 659, 0x1564, SIZES_24, 'documented', 'documented'],
      ['A', 667, 0x156c, SIZES_24, 'documented', 'documented'],
      ['C', 675, 0x1578, COMPUTE_24, 'derived', 'documented'],
      ['B', 2171, 0x2205, [3], 'guess', 'derived', 580],
    ],
  },
]

const smallAmpere = (): readonly TypeTable[] => [
  {
    board: 'A16', prefix: 'NVIDIA A16', architecture: 'Ampere', pdevId: 0x25b6,
    regionGiB: 16, segmentMiB: 64, eccTotalMiB: null, computeBar1MiB: 2048, splits: AMPERE_16, modelled: AMPERE_MODELLED,
    runs: [
      ['B', 709, 0x159d, [1, 2], 'documented', 'documented'],
      ['Q', 711, 0x159f, [1], 'documented', 'documented'],
      ['Q', 712, 0x1600, [2, 4, 8, 16], 'documented', 'documented'],
      ['A', 716, 0x1604, SIZES_16, 'documented', 'documented'],
      ['C', 721, 0x1609, [4, 8, 16], 'derived', 'documented'],
      ['B', 2175, 0x2209, [3], 'guess', 'derived', 580],
    ],
  },
  {
    board: 'A2', prefix: 'NVIDIA A2', architecture: 'Ampere', pdevId: 0x25b6,
    regionGiB: 16, segmentMiB: 64, eccTotalMiB: null, computeBar1MiB: 2048, splits: AMPERE_16, modelled: AMPERE_MODELLED,
    runs: [
      ['B', 742, 0x1646, [1, 2], 'documented', 'documented'],
      ['Q', 744, 0x1648, SIZES_16, 'documented', 'documented'],
      ['A', 749, 0x164d, SIZES_16, 'documented', 'documented'],
      ['C', 754, 0x1655, [4, 8, 16], 'derived', 'documented'],
      ['B', 2176, 0x220a, [3], 'guess', 'derived', 580],
    ],
  },
]

const hbmAmpere = (): readonly TypeTable[] => [
  {
    board: 'A30', prefix: 'NVIDIA A30', architecture: 'Ampere', pdevId: 0x20b7,
    regionGiB: 24, segmentMiB: 64, eccTotalMiB: null, computeBar1MiB: 4096, splits: null, modelled: HBM_MODELLED,
    runs: [
      ['C', 684, 0x158c, COMPUTE_24, 'derived', 'documented'],
      ['C', 689, 0x1589, ['1-6:4', '2-12:2', '4-24:1'], 'derived', 'documented'],
      ['C', 708, 0x1610, ['1-6ME:1'], 'derived', 'documented'],
      ['C', 1052, 0x183c, ['2-12ME:1'], 'derived', 'documented'],
    ],
  },
  {
    board: 'A100-PCIE-40GB', prefix: 'GRID A100', architecture: 'Ampere', pdevId: 0x20f1,
    regionGiB: 40, segmentMiB: 128, eccTotalMiB: null, computeBar1MiB: 4096, splits: null, modelled: HBM_MODELLED,
    runs: [
      ['C', 468, 0x1498, [4, 5, 8, 10, 20, 40], 'derived', 'documented'],
      ['C', 474, 0x1493, ['1-5:7', '2-10:3', '3-20:2', '4-20:1', '7-40:1'], 'derived', 'documented'],
      ['C', 706, 0x160e, ['1-5ME:1'], 'derived', 'documented'],
      ['C', 1053, 0x183d, ['1-10:4'], 'derived', 'documented'],
    ],
  },
  {
    board: 'A100-SXM4-40GB', prefix: 'GRID A100X', architecture: 'Ampere', pdevId: 0x20b0,
    regionGiB: 40, segmentMiB: 128, eccTotalMiB: null, computeBar1MiB: 1024, splits: null, modelled: HBM_MODELLED,
    runs: [
      ['C', 457, 0x1474, [4, 5, 8, 10, 20, 40], 'derived', 'documented'],
      ['C', 463, 0x146f, ['1-5:7', '2-10:3', '3-20:2', '4-20:1', '7-40:1'], 'derived', 'documented'],
      ['C', 704, 0x160c, ['1-5ME:1'], 'derived', 'documented'],
      ['C', 1056, 0x1840, ['1-10:4'], 'derived', 'documented'],
    ],
  },
  {
    board: 'A100-PCIE-80GB', prefix: 'GRID A100D', architecture: 'Ampere', pdevId: 0x20b5,
    regionGiB: 80, segmentMiB: 256, eccTotalMiB: null, computeBar1MiB: 4096, splits: null, modelled: HBM_MODELLED,
    runs: [
      ['C', 692, 0x1596, [4, 8, 10, 16, 20, 40, 80], 'derived', 'documented'],
      ['C', 699, 0x1591, ['1-10:7', '2-20:3', '3-40:2', '4-40:1', '7-80:1'], 'derived', 'documented'],
      ['C', 707, 0x160f, ['1-10ME:1'], 'derived', 'documented'],
      ['C', 1054, 0x183e, ['1-20:4'], 'derived', 'documented'],
    ],
  },
  {
    board: 'A100-SXM4-80GB', prefix: 'GRID A100DX', architecture: 'Ampere', pdevId: 0x20b2,
    regionGiB: 80, segmentMiB: 256, eccTotalMiB: null, computeBar1MiB: 4096, splits: null, modelled: HBM_MODELLED,
    runs: [
      ['C', 615, 0x1528, [4, 8, 10, 16, 20, 40, 80], 'derived', 'documented'],
      ['C', 622, 0x1523, ['1-10:7', '2-20:3', '3-40:2', '4-40:1', '7-80:1'], 'derived', 'documented'],
      ['C', 705, 0x160d, ['1-10ME:1'], 'derived', 'documented'],
      ['C', 1057, 0x1841, ['1-20:4'], 'derived', 'documented'],
    ],
  },
]

const h100 = (): readonly TypeTable[] => [
  {
    board: 'H100-PCIe-80GB', prefix: 'NVIDIA H100', architecture: 'Hopper', pdevId: 0x2331,
    regionGiB: 80, segmentMiB: 256, eccTotalMiB: null, computeBar1MiB: 4096, splits: null, modelled: HOPPER_MODELLED,
    runs: [
      ['C', 826, 0x16d8, [4, 8, 10, 16, 20, 40, 80], 'derived', 'derived'],
      ['C', 993, 0x17f0, ['1-10ME:1'], 'derived', 'documented'],
      ['C', 821, 0x16d3, ['1-10:7'], 'derived', 'documented'],
      ['C', 1059, 0x1844, ['1-20:4'], 'derived', 'documented'],
      ['C', 822, 0x16d4, ['2-20:3', '3-40:2', '4-40:1', '7-80:1'], 'derived', 'documented'],
      ['C', 978, 0x1798, [5], 'guess', 'guess'],
    ],
  },
  {
    board: 'H100-SXM5-80GB', prefix: 'NVIDIA H100XM', architecture: 'Hopper', pdevId: 0x2330,
    regionGiB: 80, segmentMiB: 256, eccTotalMiB: null, computeBar1MiB: 4096, splits: null, modelled: HOPPER_MODELLED,
    runs: [
      ['C', 1137, 0x1881, [4, 5, 8, 10, 16, 20, 40, 80], 'derived', 'derived'],
      ['C', 1130, 0x187a, ['1-10ME:1', '1-10:7', '1-20:4', '2-20:3', '3-40:2', '4-40:1', '7-80:1'], 'derived', 'documented'],
    ],
  },
  {
    board: 'H100-NVL-94GB', prefix: 'NVIDIA H100L', architecture: 'Hopper', pdevId: 0x2321,
    regionGiB: 94, segmentMiB: 256, eccTotalMiB: null, computeBar1MiB: 4096, splits: null, modelled: HOPPER_MODELLED,
    runs: [
      ['C', 1068, 0x185a, [4, 6, 11, 15, 23, 47, 94], 'derived', 'derived'],
      ['C', 1061, 0x1853, ['1-12ME:1', '1-12:7', '1-24:4', '2-24:3', '3-47:2', '4-47:1', '7-94:1'], 'derived', 'documented'],
    ],
  },
  {
    board: 'H100-SXM5-94GB', prefix: 'NVIDIA H100XL', architecture: 'Hopper', pdevId: 0x2339,
    regionGiB: 94, segmentMiB: 256, eccTotalMiB: null, computeBar1MiB: 4096, splits: null, modelled: HOPPER_MODELLED,
    runs: [
      ['C', 1298, 0x18eb, [4, 6, 11, 15, 23, 47, 94], 'derived', 'derived'],
      ['C', 1291, 0x18e4, ['1-12ME:1', '1-12:7', '1-24:4', '2-24:3', '3-47:2', '4-47:1', '7-94:1'], 'derived', 'documented'],
    ],
  },
  {
    board: 'H100-SXM5-64GB', prefix: 'NVIDIA H100XS', architecture: 'Hopper', pdevId: 0x2337,
    regionGiB: 64, segmentMiB: 256, eccTotalMiB: null, computeBar1MiB: 4096, splits: null, modelled: HOPPER_MODELLED,
    runs: [
      ['C', 1312, 0x18f9, [4, 8, 16, 32, 64], 'derived', 'derived'],
      ['C', 1305, 0x18f2, ['1-8ME:1', '1-8:7', '1-16:4', '2-16:3', '3-32:2', '4-32:1', '7-64:1'], 'derived', 'documented'],
    ],
  },
]

const h200 = (): readonly TypeTable[] => [
  {
    board: 'H20-96GB', prefix: 'NVIDIA H20', architecture: 'Hopper', pdevId: 0x2329,
    regionGiB: 96, segmentMiB: 256, eccTotalMiB: null, computeBar1MiB: 4096, splits: null, modelled: HOPPER_MODELLED,
    runs: [
      ['C', 1404, 0x202f, [4, 6, 12, 16, 24, 48, 96], 'derived', 'derived'],
      ['C', 1411, 0x2047, [8, 32], 'derived', 'derived'],
      ['C', 1397, 0x2028, ['1-12ME:1', '1-12:7', '1-24:4', '2-24:3', '3-48:2', '4-48:1', '7-96:1'], 'derived', 'documented'],
    ],
  },
  {
    board: 'H200-SXM5-141GB', prefix: 'NVIDIA H200X', architecture: 'Hopper', pdevId: 0x2335,
    regionGiB: 141, segmentMiB: 512, eccTotalMiB: null, computeBar1MiB: 8192, splits: null, modelled: HOPPER_MODELLED,
    runs: [
      ['C', 1420, 0x2075, [4, 7, 8, 14, 17, 28, 35], 'derived', 'derived'],
      ['C', 1427, 0x207e, [70], 'derived', 'derived'],
      ['C', 1428, 0x207f, [141], 'derived', 'documented'],
      ['C', 1413, 0x206e, ['1-18ME:1', '1-18:7', '1-35:4', '2-35:3', '3-71:2', '4-71:1', '7-141:1'], 'derived', 'documented'],
    ],
  },
  {
    board: 'H200-NVL-141GB', prefix: 'NVIDIA H200', architecture: 'Hopper', pdevId: 0x233b,
    regionGiB: 141, segmentMiB: 512, eccTotalMiB: null, computeBar1MiB: 8192, splits: null, modelled: HOPPER_MODELLED,
    runs: [
      ['C', 1436, 0x2088, [4, 7, 8, 14, 17, 28, 35, 70, 141], 'derived', 'derived'],
      ['C', 1429, 0x2081, ['1-18ME:1', '1-18:7', '1-35:4', '2-35:3', '3-71:2', '4-71:1', '7-141:1'], 'derived', 'documented'],
    ],
  },
]
