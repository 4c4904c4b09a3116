// biome-ignore-all format: one board a line, in the columns of BoardRow
import { type BoardRow, VF_LAYOUT } from './board-row.ts'

/** The Ada boards. BoardRow names the columns. */
export const ADA_BOARDS: readonly BoardRow[] = [
  ['L40', 'NVIDIA L40', 'AD102', 0x26b5, [0x169d, 0x17da], 48, 49140, 46068, 1, 64, 32, 2048, 300, 32, 128, 3, 3, 4, 0, `${VF_LAYOUT} classCode eccDefault pfBar1Size sriov.totalVfs`],
  ['L40S', 'NVIDIA L40S', 'AD102', 0x26b9, [0x1851, 0x18cf], 48, 49140, 46068, 1, 64, 32, 2048, 350, 32, 128, 3, 3, 4, 0, `${VF_LAYOUT} classCode pfBar1Size`],
  ['L20', 'NVIDIA L20', 'AD102', 0x26ba, [0x1957, 0x1990], 48, 49140, 46068, 1, 64, 32, 2048, 275, 32, 128, 3, 3, 4, 0, 'classCode'],
  ['L4', 'NVIDIA L4', 'AD104', 0x27b8, [0x16ca, 0x16ee], 24, 24570, 23034, 1, 32, 32, 1024, 72, 24, 64, 2, 4, 4, 0, `${VF_LAYOUT} classCode smiTotalMiB.eccOff sriov.totalVfs`],
  ['L2', 'NVIDIA L2', 'AD104', 0x27b6, [0x1933], 24, 24570, 23034, 1, 32, 32, 1024, null, 24, 64, 2, 4, 4, 0, `${VF_LAYOUT} classCode smiTotalMiB.eccOff smiTotalMiB.eccOn eccDefault pfBar1Size sriov.totalVfs`],
  ['RTX6000-Ada', 'NVIDIA RTX 6000 Ada Generation', 'AD102', 0x26b1, [0x16a1], 48, 49140, 46068, 0, 64, 32, 2048, 300, 32, 128, 3, 3, 4, 1, `${VF_LAYOUT} smiTotalMiB.eccOn pfBar1Size sriov.totalVfs`],
  ['RTX5880-Ada', 'NVIDIA RTX 5880 Ada Generation', 'AD102', 0x26b3, [0x1934], 48, 49140, 46068, 0, 64, 32, 2048, 285, 32, 128, 3, 3, 4, 1, `${VF_LAYOUT} eccDefault pfBar1Size sriov.totalVfs`],
  ['RTX5000-Ada', 'NVIDIA RTX 5000 Ada Generation', 'AD102', 0x26b2, [0x17fa], 32, 32760, 30712, 0, 32, 32, 1024, 250, 32, 128, 2, 2, 4, 1, `${VF_LAYOUT} smiTotalMiB.eccOn sriov.totalVfs`],
  ['L40G', 'NVIDIA L40G', 'AD102', 0x26b8, [], 24, 24570, 23034, 1, 32, 32, 1024, null, 24, 64, 3, 3, 4, 0, `${VF_LAYOUT} marketingName subsystemId classCode smiTotalMiB.eccOff smiTotalMiB.eccOn eccDefault pfBar1Size sriov.totalVfs maxVgpusPerGpu`],
]
