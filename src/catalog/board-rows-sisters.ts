import type { BoardRow } from './board-row.ts'

/** Name, product, device id, subsystems, and the sister: the board of the same chip and memory. */
const SISTERS: readonly (readonly [string, string, number, readonly number[], string])[] = [
  ['A800-40GB-Active', 'NVIDIA A800 40GB Active', 0x20f6, [0x180a], 'A100-PCIE-40GB'],
  ['A800-PCIe-80GB', 'NVIDIA A800 80GB PCIe', 0x20f5, [0x1799, 0x179a], 'A100-PCIE-80GB'],
  [
    'A800-SXM4-80GB',
    'NVIDIA A800-SXM4-80GB',
    0x20f3,
    [0x179b, 0x179c, 0x179d, 0x179e, 0x179f, 0x17a0, 0x17a1, 0x17a2],
    'A100-SXM4-80GB',
  ],
  ['H800-PCIe-80GB', 'NVIDIA H800 PCIe', 0x2322, [0x17a4], 'H100-PCIe-80GB'],
  ['H800-SXM5-80GB', 'NVIDIA H800', 0x2324, [0x17a6, 0x17a8], 'H100-SXM5-80GB'],
  ['H800-NVL-94GB', 'NVIDIA H800 NVL', 0x233a, [0x183a], 'H100-NVL-94GB'],
  ['H20-141GB', 'NVIDIA H20-3e', 0x232c, [0x2063, 0x2064], 'H200-SXM5-141GB'],
]

/** Fields of which nothing is published for these boards: those of the sister. */
const MODELLED =
  'smiTotalMiB.eccOff smiTotalMiB.eccOn eccDefault pfBar1Size sriov.totalVfs powerLimitW engines.nvenc engines.nvdec engines.nvjpeg'

/**
 * Boards of which only names, ids, memory and types are published (NVIDIA's chip table of the 595 open kernel modules). The
 * other figures are those of the sister, and marked.
 */
export function sisterBoards(boards: readonly BoardRow[]): BoardRow[] {
  return SISTERS.flatMap(([name, product, deviceId, subsystems, sister]) => {
    const row = boards.find(([known]) => known === sister)
    if (row === undefined) return []
    const [, , chip, , , memoryGiB, eccOff, eccOn, eccDefault, pfBar1, totalVfs, vfBar1, ...more] = row
    const [watts, most, segment, nvenc, nvdec, nvjpeg, display, modelled] = more
    return [
      [
        ...([name, product, chip, deviceId, subsystems, memoryGiB, eccOff, eccOn, eccDefault, pfBar1] as const),
        ...([totalVfs, vfBar1, watts, most, segment, nvenc, nvdec, nvjpeg, display] as const),
        `${modelled} ${MODELLED}`,
      ],
    ]
  })
}
