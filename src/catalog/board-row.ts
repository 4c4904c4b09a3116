/**
 * One board as a row: only the facts that differ between boards. Numbers come from public sources (driver chip tables,
 * the 17.1 type file, lspci and nvidia-smi captures); `modelled` names the columns without such a source.
 */
export type BoardRow = readonly [
  name: string,
  marketingName: string,
  chip: ChipName,
  deviceId: number,
  /** subsystem ids under NVIDIA's own vendor id, most common first; empty when unknown */
  subsystems: readonly number[],
  memoryGiB: number,
  smiTotalEccOffMiB: number,
  smiTotalEccOnMiB: number,
  /** 1 = leaves the factory with ECC on */
  eccDefault: 0 | 1,
  pfBar1GiB: number,
  totalVfs: number,
  vfBar1MiB: number,
  powerLimitW: number | null,
  maxVgpusPerGpu: number,
  vmmuSegmentMiB: number,
  nvenc: number,
  nvdec: number,
  nvjpeg: number,
  /** 1 = leaves the factory with its display outputs enabled (class 0x030000) and needs switching for SR-IOV */
  display: 0 | 1,
  /** space-separated names of `Board` fields, in addition to ALWAYS_MODELLED */
  modelled: string,
]

export type ChipName = 'AD102' | 'AD104' | 'GA102' | 'GA107' | 'GA100' | 'GH100' | 'GB100' | 'GB202'

/** Fields without a public source for any board. */
export const ALWAYS_MODELLED = 'fbBytes engines.copy vmmuSegmentSize'

/** VF BAR sizes are known for one L20 only. Other boards copy BAR0 and BAR3; their BAR1 is a share of the PF's. */
export const VF_BARS = 'sriov.vfBar0Size sriov.vfBar1Size sriov.vfBar3Size'

/** First offset 4 and stride 1 are known for an L20 and an A40, and assumed for every other board. */
export const VF_LAYOUT = `sriov.vfOffset sriov.vfStride ${VF_BARS}`
