// biome-ignore-all format: one board a line, in the columns of ListedRow

/**
 * A board of which only the figures below are published. The others that a simulated PF needs (`MISSING`) were not found,
 * so such a board is listed and its types are counted, but no host has one.
 */
export type ListedRow = readonly [
  name: string,
  marketingName: string,
  architecture: ListedArchitecture,
  chip: string | null,
  deviceId: number,
  subsystems: readonly number[],
  memoryGiB: number,
  memoryType: string,
  /** VFs carry the vGPUs; without them mdev types hang on the PF */
  sriov: boolean | null,
  totalVfs: number | null,
  mostPerGpu: number | null,
  mig: boolean,
  mixedSize: boolean | null,
  /** first part of the short names of its types */
  typePrefix: string | null,
]

export type ListedArchitecture = 'Pascal' | 'Volta' | 'Turing' | 'Ampere' | 'Hopper' | 'Blackwell'

/** Figures without a source for any listed board. */
export const MISSING = ['BAR1 size', 'VF BAR sizes', 'VMMU segment size', 'framebuffer total'] as const

/**
 * Turing, Volta, Pascal, Blackwell and more Ampere and Hopper boards. Device ids: NVIDIA's chip table of the 595 open kernel
 * modules and the 17.1 type file; memory: data sheets; counts: as the types.
 */
export const listedBoards = (): readonly ListedRow[] => [
  ['RTX-PRO-6000-Blackwell-SE', 'NVIDIA RTX PRO 6000 Blackwell Server Edition', 'Blackwell', 'GB202', 0x2bb5, [0x204e, 0x220b], 96, 'GDDR7 with ECC', true, 48, 48, true, true, 'DC'],
  ['RTX-6000D', 'NVIDIA RTX 6000D', 'Blackwell', null, 0x2bb9, [0x2091], 84, 'GDDR7 with ECC', true, null, 2, true, null, '6000D'],
  ['RTX-PRO-4500-Blackwell-SE', 'NVIDIA RTX PRO 4500 Blackwell Server Edition', 'Blackwell', 'GB203', 0x2c3a, [], 32, 'GDDR7 with ECC', true, null, 4, true, true, 'DC'],
  ['RTX-PRO-5000-Blackwell', 'NVIDIA RTX PRO 5000 Blackwell', 'Blackwell', 'GB202', 0x2bb3, [0x204d, 0x227a], 48, 'GDDR7 with ECC', null, null, null, true, null, null],
  ['B200', 'NVIDIA B200', 'Blackwell', 'GB100', 0x2901, [0x1999, 0x199b, 0x20da], 180, 'HBM3e with ECC', true, null, 7, true, null, 'B200X'],
  ['GB200', 'NVIDIA GB200', 'Blackwell', 'GB100', 0x2941, [0x2045, 0x2046, 0x20ca, 0x20d5, 0x21c9, 0x21ca], 189, 'HBM3e with ECC', true, null, 7, true, null, 'GB200'],
  ['B300', 'NVIDIA B300 SXM6 AC', 'Blackwell', null, 0x3182, [0x20e6], 269, 'HBM3e with ECC', true, null, 7, true, null, 'B300X'],
  ['GH200-96GB', 'NVIDIA GH200 480GB', 'Hopper', 'GH100', 0x2342, [0x16eb, 0x1805, 0x1809], 96, 'HBM3 with ECC', true, null, 7, true, null, 'GH200'],
  ['GH200-144GB', 'NVIDIA GH200 144G HBM3e', 'Hopper', 'GH100', 0x2348, [0x18d2], 144, 'HBM3e with ECC', true, null, 7, true, null, 'GH200L'],
  ['T4', 'Tesla T4', 'Turing', 'TU104', 0x1eb8, [0x12a2], 16, 'GDDR6 with ECC', false, null, 16, false, false, 'T4'],
  ['RTX6000-Passive', 'Quadro RTX 6000', 'Turing', 'TU102', 0x1e78, [0x13d9], 24, 'GDDR6 with ECC', false, null, 24, false, false, 'RTX6000P'],
  ['RTX8000-Passive', 'Quadro RTX 8000', 'Turing', 'TU102', 0x1e78, [0x13d8], 48, 'GDDR6 with ECC', false, null, 32, false, false, 'RTX8000P'],
  ['RTX6000-Active', 'Quadro RTX 6000', 'Turing', 'TU102', 0x1e30, [0x12ba], 24, 'GDDR6 with ECC', false, null, 24, false, false, 'RTX6000'],
  ['RTX8000-Active', 'Quadro RTX 8000', 'Turing', 'TU102', 0x1e30, [0x129e], 48, 'GDDR6 with ECC', false, null, 32, false, false, 'RTX8000'],
  ['V100-PCIe-16GB', 'Tesla V100-PCIE-16GB', 'Volta', 'GV100', 0x1db4, [], 16, 'HBM2 with ECC', false, null, 16, false, false, 'V100'],
  ['V100-SXM2-16GB', 'Tesla V100-SXM2-16GB', 'Volta', 'GV100', 0x1db1, [], 16, 'HBM2 with ECC', false, null, 16, false, false, 'V100X'],
  ['V100-FHHL-16GB', 'Tesla V100-FHHL-16GB', 'Volta', 'GV100', 0x1db3, [], 16, 'HBM2 with ECC', false, null, 16, false, false, 'V100L'],
  ['V100-PCIe-32GB', 'Tesla V100-PCIE-32GB', 'Volta', 'GV100', 0x1db6, [], 32, 'HBM2 with ECC', false, null, 32, false, false, 'V100D'],
  ['V100-SXM2-32GB', 'Tesla V100-SXM2-32GB', 'Volta', 'GV100', 0x1db5, [], 32, 'HBM2 with ECC', false, null, 32, false, false, 'V100DX'],
  ['V100S-PCIe-32GB', 'Tesla V100S-PCIE-32GB', 'Volta', 'GV100', 0x1df6, [0x13d6], 32, 'HBM2 with ECC', false, null, 32, false, false, 'V100S'],
  ['P4', 'Tesla P4', 'Pascal', 'GP104', 0x1bb3, [], 8, 'GDDR5', false, null, 8, false, false, 'P4'],
  ['P40', 'Tesla P40', 'Pascal', 'GP102', 0x1b38, [], 24, 'GDDR5', false, null, 24, false, false, 'P40'],
]
