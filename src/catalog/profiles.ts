import { MiB } from '../abi/align.ts'
import type { FaceName, ProfileName } from '../contract/state/host.ts'
import type { ErrnoName } from '../errors/errno.ts'
import type { Architecture } from './boards.ts'

export type { FaceName, ProfileName } from '../contract/state/host.ts'

/** Steps of vGPU creation. A failure undoes the earlier ones. */
export type Rung = 'register' | 'fb' | 'chids' | 'heap' | 'map' | 'client' | 'bootload' | 'rpc'

/** Steps of opening a VFIO device; 'bus-master' is the announcement to the plugin (message 13). */
export type OpenStep = 'create' | 'enable' | 'reset' | 'bus-master'

/** Steps of closing a VFIO device. */
export type CloseStep = 'unmap-bar0' | 'destroy' | 'disable'

/** Channel ids of a vGPU: a fixed block, the power of two at or below a share, or the catalogue's figure. */
export type ChannelsRule =
  | { readonly rule: 'fixed'; readonly channels: number }
  | { readonly rule: 'share'; readonly of: number }
  | { readonly rule: 'catalogue' }

/** The limit on vGPUs of a GPU: a limit on the VF index, or the type's maxInstance. */
export type MaxVgpusRule = { readonly rule: 'vf-index'; readonly limit: number } | { readonly rule: 'max-instance' }

/** Checks before a VF's type is selected or deselected. */
export type SelectionCheck =
  /** the device is not open */
  | 'closed'
  /** the VF has no type at all */
  | 'empty'
  /** the VF has a type to deselect */
  | 'chosen'
  /** the VF has no other type */
  | 'unchanged'
  /** the GPU knows the type */
  | 'known'
  /** a MIG-backed type finds its GPU instance */
  | 'mig'
  /** equal-size mode: the type may share the GPU with the types on it */
  | 'sharing'
  /** equal-size mode: the GPU has fewer vGPUs than the type allows */
  | 'instances'
  /** with placement ids: at least one is creatable, and the requested one is */
  | 'placement'

/** A check with its errno and, where a resource manager decides, the status of its answer. */
export interface SelectionRule {
  readonly check: SelectionCheck
  readonly errno: ErrnoName
  readonly status?: string
}

/** Log texts of vgpu_mgr/rpc.c. */
export interface RpcTexts {
  readonly bootTimeout: string
  readonly negotiate: string
  readonly init: string
  /** after the last step */
  readonly done: string
}

const RFC_TEXTS: RpcTexts = {
  bootTimeout: 'waiting bootload timeout!',
  negotiate: 'fail to negotiate rpc version!',
  init: 'fail to init vgpu plugin task!',
  done: 'vGPU RPC initialization is done.',
}

/** The text for a failed message 2 is modelled after its neighbours. */
const V2_TEXTS: RpcTexts = {
  bootTimeout: 'host_rpc: waiting bootload timeout',
  negotiate: 'host_rpc: fail to negotiate rpc version',
  init: 'host_rpc: fail to init vgpu plugin task',
  done: 'active',
}

export type SchedulerPolicy = 'best-effort' | 'equal-share' | 'fixed-share'

/**
 * The rules that a host follows: constants, orders and flags, no behaviour. Every profile has the structure layouts of
 * 535.113.01. Sizes are bytes.
 */
export interface Profile {
  readonly name: ProfileName
  /** one line for people */
  readonly title: string
  /** release of the host driver, in nvidia-smi's format */
  readonly driverVersion: string
  /** accepted vGPU protocol versions of guests, major << 16 | minor, as the host driver logs them */
  readonly vgpuVersion: { readonly oldest: number; readonly newest: number }
  /** release of the GSP firmware and its layouts */
  readonly gspVersion: string
  readonly supportedArchitectures: readonly Architecture[]
  /** plugin partitions the firmware is booted with (gspFwHeapVfPartitionCount) */
  readonly vfPartitionCount: number
  readonly wprHeapSize: number
  /** channel ids reserved for vGPUs */
  readonly channelsReserved: { readonly first: number; readonly count: number }
  readonly channelsPerVgpu: ChannelsRule
  readonly numPluginChannels: number
  readonly maxVgpus: MaxVgpusRule
  /** types that may share a GPU in equal-size mode: only 869, only one type, or any types of one profile size */
  readonly sharing: 'only-869' | 'same-type' | 'same-size'
  /** heterogeneous (mixed-size) mode can be switched on */
  readonly mixedSize: boolean
  /** in equal-size mode too, a vGPU has a placement id on boards with placement ids */
  readonly equalSizePlacement: boolean
  /** the checks of a write to current_vgpu_type in order, for a type and for 0 */
  readonly selection: { readonly choose: readonly SelectionRule[]; readonly release: readonly SelectionRule[] }
  /** available scheduler policies */
  readonly schedulers: readonly SchedulerPolicy[]
  /** the guest driver by operating system */
  readonly guestDriver: { readonly linux: string; readonly windows: string; readonly branch: string }
  readonly types: 'only-869' | 'all'
  readonly rungOrder: readonly Rung[]
  readonly openOrder: readonly OpenStep[]
  readonly closeOrder: readonly CloseStep[]
  /** with ECC on: a type without ECC support is refused with ENODEV, or every type gets its guestFb length */
  readonly eccRule: 'enodev' | 'guest-fb'
  /** number of VMMU segments; the total is rounded up to them before it is divided among guests under ECC */
  readonly eccSegments: number
  /** bootload carries the type id; otherwise only message 2 does */
  readonly vgpuTypeInBootload: boolean
  /** bootload and message 2 carry the VM's pid, and a vGPU without one is refused */
  readonly vmPidInBootload: boolean
  /** texts of the host RPC in the kernel log, behind `nvidia-vgpu <id>: ` */
  readonly rpcTexts: RpcTexts
  /** vGPU release of the metadata file that the manager loads; null without a file */
  readonly metadata: { readonly major: number; readonly minor: number } | null
  /** BAR1 maps the whole management heap, or only mailbox and logs (`mappedHeapSize`) */
  readonly mapWholeHeap: boolean
  readonly mappedHeapSize: number
  readonly initTaskLogSize: number
  readonly vgpuTaskLogSize: number
  /** region of the heap behind the task logs; null without one */
  readonly kernelLog: { readonly offset: number; readonly size: number } | null
  /** guest framebuffer is cleared on allocation, reset and release */
  readonly scrubOnFree: boolean
  /** VFIO reset ioctl sends message 3 and scrubs; otherwise it does nothing */
  readonly resetSendsMessage: boolean
  /** lowering the VF count: refused while a manager is attached, or an event that closes the affected VFs */
  readonly sriovConfigure: 'refuse' | 'event'
  /** reset of a VF on open: pci_try_reset_function, or a function-level reset that polls for 1000 ms at most */
  readonly vfReset: 'try' | 'wait'
  /** opening a device logs `create_vgpu() called` as an error: a leftover in the 2024 series */
  readonly logsCreate: boolean
  /** time at which the virtual configuration space is built */
  readonly virtualConfig: 'at-probe' | 'at-open'
  /** how programs configure vGPUs: files of the series, NVIDIA's files on a VF, or mediated devices */
  readonly face: FaceName
  /** other faces that the same driver has on some kernels; `host init --face` takes one */
  readonly otherFaces: readonly FaceName[]
  /** VFs have mdev_supported_types, and a vGPU is a mediated device */
  readonly mdev: boolean
  /** the VF's sysfs group `nvidia`: none, that of the re-posted series, or that of NVIDIA's driver */
  readonly vgpuAttributes: 'none' | 'series' | 'product'
  /** the host sets the encoder share of a vGPU and clears its guest's data at the end, as NVIDIA's daemon does */
  readonly managesGuests: boolean
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

/** Oldest vGPU protocol version that all these releases accept: 7.1. */
const OLDEST_VERSION = 0x7_0001

/** current_vgpu_type of the 2025 series. It has no placement; that row's errno is nvkm's mapping of INVALID_STATE. */
const UPSTREAM_SELECTION: Profile['selection'] = {
  choose: [
    { check: 'closed', errno: 'EBUSY' },
    { check: 'known', errno: 'ENODEV' },
    { check: 'sharing', errno: 'EINVAL' },
    { check: 'unchanged', errno: 'EINVAL' },
    { check: 'instances', errno: 'ENOSPC' },
    { check: 'placement', errno: 'EINVAL', status: 'NV_ERR_INVALID_STATE' },
  ],
  release: [{ check: 'closed', errno: 'EBUSY' }],
}

/**
 * NVIDIA's release. The driver checks the VF itself (EPERM); the resource manager checks everything else, and the file
 * turns every status into EIO. EBUSY for 0 under a running VM is modelled: no capture has that case.
 */
const RELEASED_SELECTION: Profile['selection'] = {
  choose: [
    { check: 'empty', errno: 'EPERM', status: 'NV_ERR_INVALID_OPERATION' },
    { check: 'known', errno: 'EIO', status: 'NV_ERR_OBJECT_NOT_FOUND' },
    { check: 'mig', errno: 'EIO', status: 'NV_ERR_INVALID_OPERATION' },
    { check: 'sharing', errno: 'EIO', status: 'NV_ERR_NOT_SUPPORTED' },
    { check: 'instances', errno: 'EIO', status: 'NV_ERR_INSUFFICIENT_RESOURCES' },
    { check: 'placement', errno: 'EIO', status: 'NV_ERR_INVALID_STATE' },
  ],
  release: [
    { check: 'chosen', errno: 'EPERM' },
    { check: 'closed', errno: 'EBUSY' },
  ],
}

/**
 * create and remove of a mediated device (boards-more: the VFIO modules of 535 and 550). The driver turns every refusal to
 * create into EIO, and refuses to remove an open device with EPERM.
 */
const MDEV_FACE = {
  face: 'mdev',
  mdev: true,
  vgpuAttributes: 'none',
  selection: {
    choose: RELEASED_SELECTION.choose.map((rule) => ({ ...rule, errno: 'EIO' as const })),
    release: [{ check: 'closed', errno: 'EPERM' }],
  },
} as const satisfies Partial<Profile>

/** The group `nvidia` of each VF in NVIDIA's release from 17 on. */
const VENDOR_VFIO_FACE = {
  face: 'vendor-vfio',
  mdev: false,
  vgpuAttributes: 'product',
  selection: RELEASED_SELECTION,
} as const satisfies Partial<Profile>

const FACES: Readonly<Record<FaceName, Partial<Profile>>> = {
  upstream: {},
  'vendor-vfio': VENDOR_VFIO_FACE,
  mdev: MDEV_FACE,
}

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
  equalSizePlacement: false,
  selection: UPSTREAM_SELECTION,
  schedulers: ['best-effort'],
  // the series was tested with this Linux driver; the Windows one is modelled
  guestDriver: { linux: '535.154.05', windows: '538.15', branch: 'r535_00' },
  types: 'only-869',
  rungOrder: ['register', 'fb', 'chids', 'heap', 'map', 'client', 'bootload', 'rpc'],
  openOrder: ['create', 'enable', 'reset', 'bus-master'],
  closeOrder: ['destroy', 'unmap-bar0', 'disable'],
  eccRule: 'enodev',
  eccSegments: 1,
  vgpuTypeInBootload: false,
  vmPidInBootload: false,
  rpcTexts: RFC_TEXTS,
  metadata: null,
  mapWholeHeap: true,
  mappedHeapSize: 0x244000,
  initTaskLogSize: 0x20000,
  vgpuTaskLogSize: 0x20000,
  kernelLog: null,
  scrubOnFree: false,
  resetSendsMessage: false,
  sriovConfigure: 'refuse',
  vfReset: 'try',
  logsCreate: true,
  virtualConfig: 'at-probe',
  face: 'upstream',
  otherFaces: [],
  mdev: false,
  vgpuAttributes: 'none',
  managesGuests: false,
  debugfsLogs: false,
  pciDrivers: { pf: 'nvkm', vf: 'nvidia-vgpu-vfio' },
  numVfsByHand: true,
}

const V2: Profile = {
  name: 'v2',
  title: 'the 2025 re-post of the series: any type, one type a GPU or mixed sizes, up to 32 vGPUs',
  // firmware release of the re-post
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
  equalSizePlacement: false,
  selection: UPSTREAM_SELECTION,
  // the series leaves the scheduler to the firmware, which has all three
  schedulers: ['best-effort', 'equal-share', 'fixed-share'],
  // modelled: guest releases of the host's branch
  guestDriver: { linux: '570.133.20', windows: '573.07', branch: 'r570_00' },
  types: 'all',
  rungOrder: ['register', 'chids', 'fb', 'heap', 'map', 'client', 'bootload', 'rpc'],
  openOrder: ['enable', 'reset', 'create', 'bus-master'],
  closeOrder: ['unmap-bar0', 'destroy', 'disable'],
  eccRule: 'enodev',
  eccSegments: 1,
  // the series never sets it
  vgpuTypeInBootload: false,
  vmPidInBootload: true,
  rpcTexts: V2_TEXTS,
  metadata: { major: 18, minor: 1 },
  mapWholeHeap: false,
  mappedHeapSize: MAILBOX_AND_LOGS,
  initTaskLogSize: 0x20000,
  vgpuTaskLogSize: 0x40000,
  kernelLog: KERNEL_LOG,
  scrubOnFree: true,
  resetSendsMessage: true,
  sriovConfigure: 'event',
  vfReset: 'wait',
  logsCreate: false,
  virtualConfig: 'at-open',
  face: 'upstream',
  otherFaces: [],
  mdev: false,
  vgpuAttributes: 'series',
  managesGuests: false,
  debugfsLogs: true,
  pciDrivers: { pf: 'NovaCore', vf: 'nvidia-vgpu-vfio' },
  numVfsByHand: true,
}

const VGPU17: Profile = {
  ...V2,
  name: 'vgpu17',
  title: 'NVIDIA vGPU software 17 as released: same-size sharing, Ampere to Hopper',
  // vGPU 17.1: the catalogue has the type file of this release
  driverVersion: '550.54.16',
  vgpuVersion: { oldest: OLDEST_VERSION, newest: 0x14_0001 },
  supportedArchitectures: ['Ada', 'Ampere', 'Hopper', 'Blackwell'],
  wprHeapSize: 581 * MiB,
  channelsReserved: { first: 0, count: 2048 },
  channelsPerVgpu: { rule: 'catalogue' },
  sharing: 'same-size',
  equalSizePlacement: true,
  ...VENDOR_VFIO_FACE,
  otherFaces: ['mdev'],
  // modelled: guest releases of vGPU 17.1
  guestDriver: { linux: '550.54.15', windows: '551.78', branch: 'r550_00' },
  eccRule: 'guest-fb',
  eccSegments: 8,
  vgpuTypeInBootload: true,
  metadata: null,
  managesGuests: true,
  debugfsLogs: false,
  pciDrivers: { pf: 'nvidia', vf: 'nvidia' },
  // only sriov-manage can set it; the file refuses
  numVfsByHand: false,
}

const VGPU16: Profile = {
  ...VGPU17,
  ...MDEV_FACE,
  name: 'vgpu16',
  title: 'NVIDIA vGPU software 16 as released: mediated devices, same-size sharing, Ampere to Hopper',
  otherFaces: [],
  supportedArchitectures: ['Ada', 'Ampere', 'Hopper'],
  // vGPU 16.2
  driverVersion: '535.129.03',
  vgpuVersion: { oldest: OLDEST_VERSION, newest: 0x12_0001 },
  // mixed sizes and placement ids come with release 17
  mixedSize: false,
  equalSizePlacement: false,
  // modelled: guest releases of vGPU 16.2
  guestDriver: { linux: '535.129.03', windows: '537.70', branch: 'r535_00' },
}

/** The driver profiles. `v2` is the default. A host keeps the profile it is created with. */
export const PROFILES: Readonly<Record<ProfileName, Profile>> = {
  'rfc-v1': RFC_V1,
  v2: V2,
  vgpu17: VGPU17,
  vgpu16: VGPU16,
}

/** The rules of a host: its profile, with the face it was created with. */
export function profileOf({ profile, face }: { profile: ProfileName; face?: FaceName | null }): Profile {
  const own = PROFILES[profile]
  if (face === undefined || face === null || face === own.face) return own
  const known = faced.get(`${profile} ${face}`) ?? { ...own, ...FACES[face] }
  faced.set(`${profile} ${face}`, known)
  return known
}

/** The rows of profiles with another face. */
const faced = new Map<string, Profile>()

export const DEFAULT_PROFILE: ProfileName = 'v2'

/** The default profile, or one whose driver supports vGPUs on boards of this architecture where the default does not. */
export function profileFor(architecture: Architecture): ProfileName {
  return PROFILES[DEFAULT_PROFILE].supportedArchitectures.includes(architecture) ? DEFAULT_PROFILE : 'vgpu17'
}

/** Whether `text` names a profile. */
export function isProfileName(text: string): text is ProfileName {
  return Object.hasOwn(PROFILES, text)
}

/** Whether `text` names a face. */
export function isFaceName(text: string): text is FaceName {
  return Object.hasOwn(FACES, text)
}

/** The faces of a profile, its own first. */
export function facesOf(profile: ProfileName): readonly FaceName[] {
  return [PROFILES[profile].face, ...PROFILES[profile].otherFaces]
}
