import { MiB } from '../abi/align.ts'
import type { Architecture } from './boards.ts'

export type ProfileName = 'rfc-v1' | 'v2' | 'vgpu17'

/** Rungs of vGPU creation; a failure undoes the ones below. */
export type Rung = 'register' | 'fb' | 'chids' | 'heap' | 'map' | 'client' | 'bootload' | 'rpc'

/** Steps of opening a VFIO device; 'bus-master' is the announcement to the plugin (message 13). */
export type OpenStep = 'create' | 'enable' | 'reset' | 'bus-master'

/** Steps of closing one. */
export type CloseStep = 'unmap-bar0' | 'destroy' | 'disable'

/** How many channel ids a vGPU gets: a fixed block, the power of two at or below a share, or the catalogue's figure. */
export type ChannelsRule =
  | { readonly rule: 'fixed'; readonly channels: number }
  | { readonly rule: 'share'; readonly of: number }
  | { readonly rule: 'catalogue' }

/** How many vGPUs a GPU carries: those whose VF index is below a limit, or as many as their type says. */
export type MaxVgpusRule = { readonly rule: 'vf-index'; readonly limit: number } | { readonly rule: 'max-instance' }

/**
 * Whose rules a host follows: constants, orders and flags, no behaviour. The structure layouts are those of 535.113.01
 * in every profile. Sizes are bytes.
 */
export interface Profile {
  readonly name: ProfileName
  /** one line for people */
  readonly title: string
  /** release of the host driver, as nvidia-smi prints it */
  readonly driverVersion: string
  /** vGPU protocol versions the host takes a guest of, major << 16 | minor, as the host driver logs them */
  readonly vgpuVersion: { readonly oldest: number; readonly newest: number }
  /** release of the GSP firmware, whose layouts are in use */
  readonly gspVersion: string
  readonly supportedArchitectures: readonly Architecture[]
  /** plugin partitions the firmware is booted with (gspFwHeapVfPartitionCount) */
  readonly vfPartitionCount: number
  readonly wprHeapSize: number
  /** channel ids kept for vGPUs */
  readonly channelsReserved: { readonly first: number; readonly count: number }
  readonly channelsPerVgpu: ChannelsRule
  readonly numPluginChannels: number
  readonly maxVgpus: MaxVgpusRule
  /** who may share a GPU in equal-size mode: only type 869, only one type, or any types of one profile size */
  readonly sharing: 'only-869' | 'same-type' | 'same-size'
  /** heterogeneous (mixed-size) mode can be switched on */
  readonly mixedSize: boolean
  readonly types: 'only-869' | 'all'
  readonly rungOrder: readonly Rung[]
  readonly openOrder: readonly OpenStep[]
  readonly closeOrder: readonly CloseStep[]
  /** with ECC on: a type without ECC support is refused with ENODEV, or every type gets its guestFb length */
  readonly eccRule: 'enodev' | 'guest-fb'
  /** VMMU segments the total is rounded up to before a guest's share under ECC is taken */
  readonly eccSegments: number
  /** bootload carries the type id and the VM's pid */
  readonly vgpuTypeInBootload: boolean
  readonly vmPidInBootload: boolean
  /** BAR1 maps the whole management heap, or only mailbox and logs (`mappedHeapSize`) */
  readonly mapWholeHeap: boolean
  readonly mappedHeapSize: number
  readonly initTaskLogSize: number
  readonly vgpuTaskLogSize: number
  /** region of the heap behind the task logs, null where there is none */
  readonly kernelLog: { readonly offset: number; readonly size: number } | null
  /** guest framebuffer is cleared when given, on reset and when given back */
  readonly scrubOnFree: boolean
  /** VFIO reset ioctl sends message 3 and scrubs; otherwise it does nothing */
  readonly resetSendsMessage: boolean
  /** lowering the VF count: refused while a manager is attached, or an event that closes the VFs concerned */
  readonly sriovConfigure: 'refuse' | 'event'
  /** reset of a VF on open: pci_try_reset_function, or a function-level reset that polls for 1000 ms at most */
  readonly vfReset: 'try' | 'wait'
  /** when the virtual configuration space is built */
  readonly virtualConfig: 'at-probe' | 'at-open'
  /** the VF's sysfs group `nvidia`: none, as the re-posted series writes it, or as NVIDIA's driver does */
  readonly vgpuAttributes: 'none' | 'series' | 'product'
  /** debugfs directory nvidia-vgpu with the task logs of every bound VF */
  readonly debugfsLogs: boolean
  /** names of the PCI drivers under /sys/bus/pci/drivers */
  readonly pciDrivers: { readonly pf: string; readonly vf: string }
  /** the PF's driver offers sriov_configure, so that writing sriov_numvfs works */
  readonly numVfsByHand: boolean
}

/** Mailbox (0x204000), init log (128 KiB), vGPU task log (256 KiB) and kernel log (64 KiB). */
const MAILBOX_AND_LOGS = 0x274000
const KERNEL_LOG = { offset: 0x264000, size: 0x10000 } as const

/** Oldest vGPU protocol version that every release of these years takes: 7.1. */
const OLDEST_VERSION = 0x7_0001

const RFC_V1: Profile = {
  name: 'rfc-v1',
  title: 'the 2024 kernel series as posted, with its intended behaviour: two vGPUs of type 869',
  driverVersion: '535.113.01',
  vgpuVersion: { oldest: OLDEST_VERSION, newest: 0x12_0001 },
  gspVersion: '535.113.01',
  supportedArchitectures: ['Ada'],
  vfPartitionCount: 2,
  wprHeapSize: 256 * MiB,
  channelsReserved: { first: 512, count: 1536 },
  channelsPerVgpu: { rule: 'fixed', channels: 512 },
  numPluginChannels: 0,
  maxVgpus: { rule: 'vf-index', limit: 2 },
  sharing: 'only-869',
  mixedSize: false,
  types: 'only-869',
  rungOrder: ['register', 'fb', 'chids', 'heap', 'map', 'client', 'bootload', 'rpc'],
  openOrder: ['create', 'enable', 'reset', 'bus-master'],
  closeOrder: ['destroy', 'unmap-bar0', 'disable'],
  eccRule: 'enodev',
  eccSegments: 1,
  vgpuTypeInBootload: false,
  vmPidInBootload: false,
  mapWholeHeap: true,
  mappedHeapSize: 0x244000,
  initTaskLogSize: 0x20000,
  vgpuTaskLogSize: 0x20000,
  kernelLog: null,
  scrubOnFree: false,
  resetSendsMessage: false,
  sriovConfigure: 'refuse',
  vfReset: 'try',
  virtualConfig: 'at-probe',
  vgpuAttributes: 'none',
  debugfsLogs: false,
  pciDrivers: { pf: 'nvkm', vf: 'nvidia-vgpu-vfio' },
  numVfsByHand: true,
}

const V2: Profile = {
  name: 'v2',
  title: 'the 2025 re-post of the series: any type, one type a GPU or mixed sizes, up to 32 vGPUs',
  // the firmware release the re-post was written for
  driverVersion: '570.144',
  vgpuVersion: { oldest: OLDEST_VERSION, newest: 0x18_0001 },
  gspVersion: '535.113.01',
  supportedArchitectures: ['Ada'],
  vfPartitionCount: 32,
  wprHeapSize: 256 * MiB,
  channelsReserved: { first: 512, count: 1536 },
  channelsPerVgpu: { rule: 'share', of: 1536 },
  numPluginChannels: 1,
  maxVgpus: { rule: 'max-instance' },
  sharing: 'same-type',
  mixedSize: true,
  types: 'all',
  rungOrder: ['register', 'chids', 'fb', 'heap', 'map', 'client', 'bootload', 'rpc'],
  openOrder: ['enable', 'reset', 'create', 'bus-master'],
  closeOrder: ['unmap-bar0', 'destroy', 'disable'],
  eccRule: 'enodev',
  eccSegments: 1,
  vgpuTypeInBootload: true,
  vmPidInBootload: true,
  mapWholeHeap: false,
  mappedHeapSize: MAILBOX_AND_LOGS,
  initTaskLogSize: 0x20000,
  vgpuTaskLogSize: 0x40000,
  kernelLog: KERNEL_LOG,
  scrubOnFree: true,
  resetSendsMessage: true,
  sriovConfigure: 'event',
  vfReset: 'wait',
  virtualConfig: 'at-open',
  vgpuAttributes: 'series',
  debugfsLogs: true,
  pciDrivers: { pf: 'nvkm', vf: 'nvidia-vgpu-vfio' },
  numVfsByHand: true,
}

const VGPU17: Profile = {
  ...V2,
  name: 'vgpu17',
  title: 'NVIDIA vGPU software 17 as released: same-size sharing, Ampere to Hopper',
  // vGPU 17.1, the release whose type file the catalogue carries
  driverVersion: '550.54.16',
  vgpuVersion: { oldest: OLDEST_VERSION, newest: 0x14_0001 },
  supportedArchitectures: ['Ada', 'Ampere', 'Hopper'],
  wprHeapSize: 581 * MiB,
  channelsReserved: { first: 0, count: 2048 },
  channelsPerVgpu: { rule: 'catalogue' },
  sharing: 'same-size',
  eccRule: 'guest-fb',
  eccSegments: 8,
  vgpuAttributes: 'product',
  pciDrivers: { pf: 'nvidia', vf: 'nvidia' },
  // sriov-manage does it; the file refuses
  numVfsByHand: false,
}

/** The driver profiles. `v2` is the default; the choice is made when a host is made and stays with it. */
export const PROFILES: Readonly<Record<ProfileName, Profile>> = { 'rfc-v1': RFC_V1, v2: V2, vgpu17: VGPU17 }

export const DEFAULT_PROFILE: ProfileName = 'v2'

/** Whether `text` names a profile. */
export function isProfileName(text: string): text is ProfileName {
  return Object.hasOwn(PROFILES, text)
}
