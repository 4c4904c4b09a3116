// biome-ignore-all format: one board a line, in the columns of BoardRow
import { type BoardRow, VF_BARS, VF_LAYOUT } from './board-row.ts'

/**
 * The Ampere and Hopper boards, built lazily. BoardRow names the columns.
 *
 * Modelled: VF BAR1 is the PF's BAR1 divided by its VFs, rounded down to a power of two, but at least the BAR1 of the
 * board's largest type. A VMMU segment is the smallest legal size that cuts the memory into at most 384, as on the Ada
 * boards.
 */
export const extraBoards = (): readonly BoardRow[] => [
  ['A40', 'NVIDIA A40', 'GA102', 0x2235, [0x145a], 48, 49140, 46068, 1, 64, 32, 2048, 300, 32, 128, 1, 2, 0, 0, `${VF_BARS} classCode`],
  ['RTXA6000', 'NVIDIA RTX A6000', 'GA102', 0x2230, [0x1459], 48, 49140, 46068, 0, 64, 32, 2048, 300, 32, 128, 1, 2, 0, 1, `${VF_LAYOUT} smiTotalMiB.eccOn`],
  ['A10', 'NVIDIA A10', 'GA102', 0x2236, [0x1482], 24, 24564, 23028, 1, 32, 32, 2048, 150, 24, 64, 1, 2, 0, 0, `${VF_LAYOUT} classCode smiTotalMiB.eccOff`],
  ['RTXA5500', 'NVIDIA RTX A5500', 'GA102', 0x2233, [0x165a], 24, 24564, 23028, 0, 32, 32, 2048, 230, 24, 64, 1, 2, 0, 1, `${VF_LAYOUT} smiTotalMiB.eccOff smiTotalMiB.eccOn`],
  ['RTXA5000', 'NVIDIA RTX A5000', 'GA102', 0x2231, [0x147e], 24, 24564, 23028, 0, 32, 32, 2048, 230, 24, 64, 1, 2, 0, 1, `${VF_LAYOUT} smiTotalMiB.eccOn`],
  ['A16', 'NVIDIA A16', 'GA107', 0x25b6, [0x14a9], 16, 16380, 15356, 1, 16, 16, 2048, 62, 16, 64, 1, 2, 0, 0, `${VF_LAYOUT} classCode smiTotalMiB.eccOff`],
  ['A2', 'NVIDIA A2', 'GA107', 0x25b6, [0x157e], 16, 16380, 15356, 1, 16, 16, 2048, 60, 16, 64, 1, 2, 0, 0, `${VF_LAYOUT} classCode smiTotalMiB.eccOff`],
  ['A30', 'NVIDIA A30', 'GA100', 0x20b7, [0x1532, 0x1804, 0x1852], 24, 24576, 24576, 1, 32, 16, 4096, 165, 6, 64, 0, 4, 1, 0, `${VF_LAYOUT} classCode sriov.totalVfs`],
  ['A100-PCIE-40GB', 'NVIDIA A100-PCIE-40GB', 'GA100', 0x20f1, [0x145f], 40, 40960, 40960, 1, 64, 16, 4096, 250, 10, 128, 0, 5, 1, 0, `${VF_LAYOUT} classCode`],
  ['A100-SXM4-40GB', 'NVIDIA A100-SXM4-40GB', 'GA100', 0x20b0, [0x144e], 40, 40960, 40960, 1, 64, 16, 4096, 400, 10, 128, 0, 5, 1, 0, `${VF_LAYOUT} classCode`],
  ['A100-PCIE-80GB', 'NVIDIA A100 80GB PCIe', 'GA100', 0x20b5, [0x1533, 0x1642], 80, 81920, 81920, 1, 128, 20, 4096, 300, 20, 256, 0, 5, 1, 0, `${VF_LAYOUT} classCode`],
  ['A100-SXM4-80GB', 'NVIDIA A100-SXM4-80GB', 'GA100', 0x20b2, [0x1463, 0x147f, 0x1622, 0x1623], 80, 81920, 81920, 1, 128, 20, 4096, 400, 20, 256, 0, 5, 1, 0, `${VF_LAYOUT} classCode`],
  ['H100-PCIe-80GB', 'NVIDIA H100 PCIe', 'GH100', 0x2331, [0x1626], 80, 81559, 81559, 1, 128, 32, 4096, 350, 20, 256, 0, 7, 7, 0, `${VF_LAYOUT} classCode`],
  ['H100-SXM5-80GB', 'NVIDIA H100 80GB HBM3', 'GH100', 0x2330, [0x16c0, 0x16c1], 80, 81559, 81559, 1, 128, 32, 4096, 700, 20, 256, 0, 7, 7, 0, `${VF_LAYOUT} classCode`],
  ['H100-NVL-94GB', 'NVIDIA H100 NVL', 'GH100', 0x2321, [0x1839], 94, 95830, 95830, 1, 128, 32, 4096, 400, 23, 256, 0, 7, 7, 0, `${VF_LAYOUT} classCode`],
  ['H100-SXM5-94GB', 'NVIDIA H100', 'GH100', 0x2339, [0x17fc], 94, 95830, 95830, 1, 128, 32, 4096, 700, 23, 256, 0, 7, 7, 0, `${VF_LAYOUT} classCode smiTotalMiB.eccOff smiTotalMiB.eccOn pfBar1Size powerLimitW`],
  ['H100-SXM5-64GB', 'NVIDIA H100 SXM5 64GB', 'GH100', 0x2337, [0x16c8], 64, 65247, 65247, 1, 128, 32, 4096, 700, 16, 256, 0, 7, 7, 0, `${VF_LAYOUT} marketingName subsystemId classCode smiTotalMiB.eccOff smiTotalMiB.eccOn pfBar1Size powerLimitW`],
  ['H20-96GB', 'NVIDIA H20', 'GH100', 0x2329, [0x198b, 0x198c], 96, 97871, 97871, 1, 128, 32, 4096, 500, 24, 256, 0, 7, 7, 0, `${VF_LAYOUT} classCode maxVgpusPerGpu`],
  ['H200-SXM5-141GB', 'NVIDIA H200', 'GH100', 0x2335, [0x18be, 0x18bf], 141, 143771, 143771, 1, 256, 32, 8192, 700, 32, 512, 0, 7, 7, 0, `${VF_LAYOUT} classCode maxVgpusPerGpu`],
  ['H200-NVL-141GB', 'NVIDIA H200 NVL', 'GH100', 0x233b, [0x1996], 141, 143771, 143771, 1, 256, 32, 8192, 600, 32, 512, 0, 7, 7, 0, `${VF_LAYOUT} classCode maxVgpusPerGpu`],
]
