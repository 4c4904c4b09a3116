/**
 * One board as a row: what differs between boards and nothing else. Numbers come from the public tables named in the
 * reference data (driver chip tables, the 17.1 type file, lspci and nvidia-smi captures); `modelled` names the columns
 * that have no such source.
 */
export type BoardRow = readonly [
  name: string,
  marketingName: string,
  chip: ChipName,
  deviceId: number,
  /** subsystem ids under NVIDIA's own vendor id, most common first; empty when not known */
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
  /** blank-separated names of `Board` fields, on top of ALWAYS_MODELLED */
  modelled: string,
]

export type ChipName = 'AD102' | 'AD104' | 'GA102' | 'GA107' | 'GA100' | 'GH100'

/** No public source gives these for any board. */
export const ALWAYS_MODELLED = 'fbBytes engines.copy vmmuSegmentSize'

/** VF BAR sizes are known from one L20 only; elsewhere BAR0 and BAR3 are taken over and BAR1 is the PF's share. */
export const VF_BARS = 'sriov.vfBar0Size sriov.vfBar1Size sriov.vfBar3Size'

/** First offset 4 and stride 1 are known from an L20 and an A40; every other board is taken to be alike. */
export const VF_LAYOUT = `sriov.vfOffset sriov.vfStride ${VF_BARS}`
