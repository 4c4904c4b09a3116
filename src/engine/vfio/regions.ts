import { alignUp } from '../../abi/align.ts'
import { PCI_CFG_SPACE_EXP_SIZE } from '../../abi/pci.ts'
import {
  regionOffset,
  VFIO_PCI_BAR0_REGION_INDEX,
  VFIO_PCI_BAR1_REGION_INDEX,
  VFIO_PCI_BAR2_REGION_INDEX,
  VFIO_PCI_BAR3_REGION_INDEX,
  VFIO_PCI_BAR4_REGION_INDEX,
  VFIO_PCI_BAR5_REGION_INDEX,
  VFIO_PCI_CONFIG_REGION_INDEX,
  VFIO_PCI_NUM_REGIONS,
  VFIO_REGION_INFO_FLAG_MMAP,
  VFIO_REGION_INFO_FLAG_READ,
  VFIO_REGION_INFO_FLAG_WRITE,
} from '../../abi/vfio.ts'
import { NvError } from '../../errors/nv-error.ts'
import type { Resource } from '../hw/resources.ts'

export const REGION_NAMES = ['BAR0', 'BAR1', 'BAR2', 'BAR3', 'BAR4', 'BAR5', 'ROM', 'config', 'VGA'] as const

/** Inputs of the region table: the hardware's windows, and the type's BAR1 in bytes. */
export interface RegionFacts {
  bdf: string
  resources: readonly Resource[]
  bar1Length: number
}

export interface RegionInfo {
  index: number
  offset: number
  size: number
  /** null where the driver leaves the caller's word unchanged */
  flags: number | null
}

const READ_WRITE = VFIO_REGION_INFO_FLAG_READ | VFIO_REGION_INFO_FLAG_WRITE
const PAGE = 4096

/** Size and flags by index; an index without a rule has size 0 and unchanged flags (BAR5, ROM, VGA). */
const REGIONS: Readonly<Record<number, (facts: RegionFacts) => Pick<RegionInfo, 'size' | 'flags'>>> = {
  [VFIO_PCI_BAR0_REGION_INDEX]: ({ resources }) => mappable(resources[0]?.size ?? 0),
  // the type's length, not the hardware's; mmap checks the latter
  [VFIO_PCI_BAR1_REGION_INDEX]: ({ bar1Length }) => mappable(bar1Length),
  [VFIO_PCI_BAR2_REGION_INDEX]: ({ resources }) => mappable(resources[2]?.size ?? 0),
  [VFIO_PCI_BAR3_REGION_INDEX]: ({ resources }) => mappable(resources[3]?.size ?? 0),
  [VFIO_PCI_BAR4_REGION_INDEX]: ({ resources }) => mappable(resources[4]?.size ?? 0),
  [VFIO_PCI_CONFIG_REGION_INDEX]: () => ({ size: PCI_CFG_SPACE_EXP_SIZE, flags: READ_WRITE }),
}

/** Region `index` of the device. @throws NvError EINVAL for 9 and above */
export function regionInfo(facts: RegionFacts, index: number): RegionInfo {
  refuseRegion(facts.bdf, index, VFIO_PCI_NUM_REGIONS, 'nvidia_vgpu_vfio_ioctl')
  return { index, offset: regionOffset(index), ...(REGIONS[index]?.(facts) ?? { size: 0, flags: null }) }
}

export interface MmapRequest {
  index: number
  /** bytes from the start of the region, a multiple of the page size */
  offset: number
  /** bytes; negative when the area ends before it starts */
  length: number
  /** MAP_SHARED */
  shared: boolean
}

export interface Mapping {
  index: number
  /** physical address of the first byte */
  address: number
  length: number
  cached: false
}

/** mmap of a BAR, uncached. @throws NvError EINVAL, in the driver's order */
export function mmapRegion(facts: RegionFacts, { index, offset, length, shared }: MmapRequest): Mapping {
  const at = 'nvidia_vgpu_vfio_mmap'
  refuseRegion(facts.bdf, index, VFIO_PCI_BAR5_REGION_INDEX, at)
  const { start = 0, size = 0 } = facts.resources[index] ?? {}
  const limit = alignUp(size, PAGE)
  const rules: readonly (readonly [boolean, string])[] = [
    [offset < 0 || offset % PAGE !== 0, `offset 0x${offset.toString(16)} is not on a page`],
    [length < 0, 'the area ends before it starts'],
    [!shared, 'the mapping is private; only a shared one reaches the device'],
    [length === 0, 'the length is 0'],
    [size === 0, `BAR${index} has no window of its own`],
    [
      offset + length > limit,
      `the mapping ends at 0x${(offset + length).toString(16)} and the hardware's BAR${index} at 0x${limit.toString(16)}`,
    ],
  ]
  const broken = rules.find(([applies]) => applies)
  if (broken) throw refused(facts.bdf, at, broken[1])
  return { index, address: start + offset, length, cached: false }
}

/** @throws NvError EINVAL for an index of `limit` or more */
export function refuseRegion(bdf: string, index: number, limit: number, at: string): void {
  if (Number.isInteger(index) && index >= 0 && index < limit) return
  throw refused(bdf, at, `${bdf} has no region ${index} here: the highest is ${limit - 1}`)
}

function mappable(size: number): Pick<RegionInfo, 'size' | 'flags'> {
  return { size, flags: size === 0 ? 0 : READ_WRITE | VFIO_REGION_INFO_FLAG_MMAP }
}

function refused(bdf: string, at: string, message: string): NvError {
  return new NvError({
    errno: 'EINVAL',
    code: 'invalid-argument',
    at,
    message,
    hint: `nvgpu vfio regions ${bdf}`,
    object: bdf,
  })
}
