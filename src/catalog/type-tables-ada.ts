// biome-ignore-all format: one run of types a line
import type { Split, TypeTable } from './type-table.ts'

/** Framebuffer, reservation and GSP heap by size (17.1 type file). Their total is the size, except 1 GiB of 48 GiB. */
const ADA_48: Readonly<Record<number, Split>> = {
  1: [1024, 0, 32],
  2: [1920, 96, 32],
  3: [2944, 96, 32],
  4: [3840, 224, 32],
  6: [5888, 192, 64],
  8: [7808, 320, 64],
  12: [11776, 384, 128],
  16: [15744, 512, 128],
  24: [23552, 768, 256],
  48: [47104, 1536, 512],
}

const ADA_24: Readonly<Record<number, Split>> = {
  1: [896, 96, 32],
  2: [1856, 160, 32],
  3: [2816, 192, 64],
  4: [3776, 256, 64],
  6: [5632, 384, 128],
  8: [7552, 512, 128],
  12: [11264, 768, 256],
  24: [22528, 1536, 512],
}

const ADA_32: Readonly<Record<number, Split>> = {
  1: [896, 96, 32],
  2: [1920, 96, 32],
  4: [3840, 192, 64],
  8: [7680, 384, 128],
  16: [15360, 768, 256],
  32: [30720, 1536, 512],
}

const SIZES_48 = [1, 2, 3, 4, 6, 8, 12, 16, 24, 48] as const
const COMPUTE_48 = [4, 6, 8, 12, 16, 24, 48] as const
const SIZES_24 = [1, 2, 3, 4, 6, 8, 12, 24] as const
const COMPUTE_24 = [4, 6, 8, 12, 24] as const
const SIZES_32 = [1, 2, 4, 8, 16, 32] as const

/**
 * The types of the Ada boards. Ids of B, Q and A come from the 17.1 type file; a C id follows from the numbering inside
 * a board's block; the RTX5880-Ada block is a placeholder; a 3B type has its own block and needs a 580 driver.
 */
export const ADA_TYPES: readonly TypeTable[] = [
  {
    board: 'L40', prefix: 'NVIDIA L40', architecture: 'Ada', pdevId: 0x26b5,
    regionGiB: 48, segmentMiB: 128, eccTotalMiB: 46068, computeBar1MiB: 2048, splits: ADA_48, modelled: [],
    runs: [
      ['B', 869, 0x176d, [1, 2], 'documented', 'documented'],
      ['Q', 871, 0x176f, SIZES_48, 'documented', 'documented'],
      ['A', 881, 0x1779, SIZES_48, 'documented', 'documented'],
      ['C', 901, 0x178d, COMPUTE_48, 'derived', 'derived'],
      ['B', 2163, 0x21fd, [3], 'guess', 'derived', 580],
    ],
  },
  {
    board: 'L40S', prefix: 'NVIDIA L40S', architecture: 'Ada', pdevId: 0x26b9,
    regionGiB: 48, segmentMiB: 128, eccTotalMiB: 46068, computeBar1MiB: 2048, splits: ADA_48, modelled: [],
    runs: [
      ['B', 1145, 0x1889, [1, 2], 'documented', 'documented'],
      ['Q', 1147, 0x188b, SIZES_48, 'documented', 'documented'],
      ['A', 1157, 0x1895, SIZES_48, 'documented', 'documented'],
      ['C', 1179, 0x18ab, COMPUTE_48, 'derived', 'derived'],
      ['B', 2164, 0x21fe, [3], 'guess', 'documented', 580],
    ],
  },
  {
    board: 'L20', prefix: 'NVIDIA L20', architecture: 'Ada', pdevId: 0x26ba,
    regionGiB: 48, segmentMiB: 128, eccTotalMiB: 46068, computeBar1MiB: 2048, splits: ADA_48, modelled: [],
    runs: [
      ['B', 1204, 0x1909, [1, 2], 'documented', 'documented'],
      ['Q', 1206, 0x190b, SIZES_48, 'documented', 'documented'],
      ['A', 1216, 0x1915, SIZES_48, 'documented', 'documented'],
      ['C', 1238, 0x192b, COMPUTE_48, 'derived', 'derived'],
      ['B', 2166, 0x2200, [3], 'guess', 'derived', 580],
    ],
  },
  {
    board: 'L4', prefix: 'NVIDIA L4', architecture: 'Ada', pdevId: 0x27b8,
    regionGiB: 24, segmentMiB: 64, eccTotalMiB: 23034, computeBar1MiB: 2048, splits: ADA_24, modelled: [],
    runs: [
      ['B', 908, 0x172f, [1, 2], 'documented', 'documented'],
      ['Q', 910, 0x1731, SIZES_24, 'documented', 'documented'],
      ['A', 918, 0x1739, SIZES_24, 'documented', 'documented'],
      ['C', 934, 0x1749, COMPUTE_24, 'derived', 'derived'],
      ['B', 2167, 0x2201, [3], 'guess', 'derived', 580],
    ],
  },
  {
    board: 'L2', prefix: 'NVIDIA L2', architecture: 'Ada', pdevId: 0x27b6,
    regionGiB: 24, segmentMiB: 64, eccTotalMiB: 23034, computeBar1MiB: 2048, splits: ADA_24, modelled: [],
    runs: [
      ['B', 1245, 0x1938, [1, 2], 'documented', 'documented'],
      ['Q', 1247, 0x193a, SIZES_24, 'documented', 'documented'],
      ['A', 1255, 0x1942, SIZES_24, 'documented', 'documented'],
      ['C', 1271, 0x1952, COMPUTE_24, 'derived', 'derived'],
      ['B', 2168, 0x2202, [3], 'guess', 'derived', 580],
    ],
  },
  {
    board: 'RTX6000-Ada', prefix: 'NVIDIA RTX6000-Ada', architecture: 'Ada', pdevId: 0x26b1,
    regionGiB: 48, segmentMiB: 128, eccTotalMiB: 46068, computeBar1MiB: 2048, splits: ADA_48, modelled: [],
    runs: [
      ['B', 939, 0x1708, [1, 2], 'documented', 'documented'],
      ['Q', 941, 0x170a, SIZES_48, 'documented', 'documented'],
      ['A', 951, 0x1714, SIZES_48, 'documented', 'documented'],
      ['C', 971, 0x1728, COMPUTE_48, 'derived', 'derived'],
      ['B', 2160, 0x21fa, [3], 'guess', 'derived', 580],
    ],
  },
  {
    board: 'RTX5880-Ada', prefix: 'NVIDIA RTX5880-Ada', architecture: 'Ada', pdevId: 0x26b3,
    regionGiB: 48, segmentMiB: 128, eccTotalMiB: 46068, computeBar1MiB: 2048, splits: ADA_48, modelled: [],
    runs: [
      ['B', 1317, 0x1958, [1, 2], 'guess', 'guess'],
      ['Q', 1319, 0x195a, SIZES_48, 'guess', 'guess'],
      ['A', 1329, 0x1964, SIZES_48, 'guess', 'guess'],
      ['C', 1349, 0x1978, COMPUTE_48, 'guess', 'guess'],
      ['B', 2161, 0x21fb, [3], 'guess', 'derived', 580],
    ],
  },
  {
    board: 'RTX5000-Ada', prefix: 'NVIDIA RTX5000-Ada', architecture: 'Ada', pdevId: 0x26b2,
    regionGiB: 32, segmentMiB: 128, eccTotalMiB: 30712, computeBar1MiB: 2048, splits: ADA_32, modelled: [],
    runs: [
      ['B', 1028, 0x1821, [1, 2], 'documented', 'documented'],
      ['Q', 1030, 0x1823, SIZES_32, 'documented', 'documented'],
      ['A', 1036, 0x1829, SIZES_32, 'documented', 'documented'],
      ['C', 1048, 0x1835, [4, 8, 16, 32], 'derived', 'derived'],
      ['B', 2162, 0x21fc, [3], 'guess', 'derived', 580],
    ],
  },
]
