import type { ProfileName } from '../catalog/profiles.ts'
import type { DeviceState } from './migration/states.ts'

/** The plain-data tree every actor works on. Nothing here but JSON: it is what the state directory keeps. */

export const SCHEMA = 1

export type { ProfileName } from '../catalog/profiles.ts'

/** Bytes with the zero runs left out: "offset:hex" runs, offsets in hex, separated by blanks (sparse.ts). */
export type Sparse = string

export interface HostState {
  schema: number
  /** Virtual microseconds since the host was made. Advanced by fixed costs only. */
  now: number
  profile: ProfileName
  /** Release of the host driver: the profile's, until a warm update puts another in its place. */
  driverVersion: string
  /** Types that `types upload` added to (or put over) the catalogue, as NVA081_CTRL_VGPU_INFO bytes. */
  overlay: UploadedType[]
  /** RPC and event tracing; refused commands then leave their trace behind. */
  tracing: boolean
  /** Migrations that are not settled yet, on either side. */
  migrations: Migration[]
  /** Armed faults (faults.ts). */
  faults: Fault[]
  /** Asleep between `host suspend` and `host resume`. */
  suspended: boolean
  /** Ids written to a PCI driver's new_id, oldest first. */
  pciIds: PciDynamicId[]
  /** vGPUs that are meant to be, by UUID. A definition outlives its vGPU and a reboot. */
  definitions: Record<string, Definition>
  /** What a GPU is brought back to at boot, by its address. */
  boot: Record<string, BootIntent>
  gpus: GpuState[]
}

export interface Definition {
  uuid: string
  name: string | null
  vgpuType: number
  /** Address of its GPU. */
  gpu: string
  /** Index of the VF it would rather have; null for any. */
  vf: number | null
  /** First slot it has to have; null for the first creatable one. */
  placementId: number | null
  /** auto: at boot, by itself. */
  start: 'auto' | 'manual'
  attrs: VgpuAttr[]
}

/** An attribute of a vGPU's device, written when it is created, in order; a name may be there several times. */
export interface VgpuAttr {
  name: string
  value: string
}

export interface BootIntent {
  numVfs: number
  heterogeneous: boolean
  /** RmPVMRL word; null for the module option. */
  scheduler: number | null
  /** Asked for by itself; otherwise it goes with the last definition of the GPU that starts at boot. */
  kept: boolean
}

/** A dynamic id of a PCI driver; 0xffffffff stands for any. */
export interface PciDynamicId {
  driver: string
  vendor: number
  device: number
  subvendor: number
  subdevice: number
  class: number
  classMask: number
}

/** A vGPU between two hosts. Both keep one under the same id until the source has seen where it runs. */
export interface Migration {
  id: string
  /** At the source: leaving, it stands still. At the target: expected, or arrived, and from that commit on it is ours. */
  phase: 'leaving' | 'expected' | 'arrived'
  uuid: string
  /** State directory of the other host. */
  peer: string
}

export interface Fault {
  id: number
  /** Where it strikes, e.g. "ops.allocFbmem" or "gsp.NV2080_CTRL_CMD_GPU_GET_VMMU_SEGMENT_SIZE". */
  point: string
  /** An errno, an NV_STATUS name, a result number, or "drop". */
  effect: string
  /** Hits that pass before it strikes. */
  after: number
  /** Strikes before it is spent; 0 means until it is cleared. */
  times: number
  hits: number
  struck: number
}

export interface UploadedType {
  vgpuType: number
  blob: Sparse
}

/** A type GSP was sent; the record is null where it is the catalogue's. */
export interface GspType {
  vgpuType: number
  blob: Sparse | null
}

export interface GpuState {
  board: string
  /** PF address, domain:bus:device.function. */
  bdf: string
  uuid: string
  hw: HwState
  gsp: GspState
  nvkm: NvkmState
  /** The vGPU manager of this PF; null until the first VF is bound. */
  mgr: MgrState | null
  /** One per enabled VF, by VF index. */
  vfs: VfState[]
  /** ECC as it will be after the next GPU reset; null when nothing is pending. */
  eccPending: boolean | null
  /** Scheduler set at run time, as an RmPVMRL word; null while the module option stands. */
  scheduler: number | null
  load: LoadState
  klog: KernelLog
  /** Records of the trace, empty while tracing is off. */
  trace: TraceLog
}

/** What the guests of a GPU do, and what has been heard of it. */
export interface LoadState {
  /** Seed of the load model: another seed, other guests. */
  seed: number
  /** Ring of the newest samples: number n lies in slot n % SAMPLE_SLOTS (load/samples.ts). */
  next: number
  samples: UtilSample[]
}

/** Utilisation of one vGPU over a second, percent x 100. */
export interface UtilSample {
  at: number
  gfid: number
  gr: number
  fb: number
  nvenc: number
  nvdec: number
}

/** Ring of the newest kernel log lines: line n lives in slot n % KLOG_SLOTS. */
export interface KernelLog {
  /** Next number of the one order that log lines and trace records share. */
  seq: number
  next: number
  lines: KernelLine[]
}

export interface KernelLine {
  seq: number
  at: number
  level: 'err' | 'warn' | 'info' | 'debug'
  text: string
}

/** Ring as the kernel log: record n lives in slot n % TRACE_SLOTS. */
export interface TraceLog {
  next: number
  records: TraceRecord[]
}

export interface TraceRecord {
  seq: number
  at: number
  /** rpc: a message to or from GSP, or a plugin call; bar: a register write; gsp: an event; pf: a PF event. */
  kind: 'rpc' | 'bar' | 'gsp' | 'pf'
  /** Sender and receiver, "nvkm>gsp". */
  direction: string
  /** Function, event, control or message by name. */
  name: string
  /** RM client and object of a control or an allocation. */
  client: number | null
  object: number | null
  /** Payload bytes. */
  size: number
  /** rpc_result, NV_STATUS or plugin result of an answer. */
  status: number | null
  bytes: Sparse
}

export interface HwState {
  /** PF configuration space, 4096 bytes. */
  config: Sparse
  /** BAR0 registers that hold something, by hex offset. */
  regs: Record<string, number>
  fb: { size: number; pages: Record<string, Sparse> }
  numVfs: number
}

export interface GspState {
  power: 'off' | 'booting' | 'running' | 'suspended' | 'failed'
  /** Steps of the last boot, in order; the one that failed is the last. */
  boot: BootStep[]
  /** What the boot firmware and the two queued messages brought, as received. */
  wprMeta: Sparse
  systemInfo: Sparse
  registry: Sparse
  /** What this GSP answers to GPU_GET_VMMU_SEGMENT_SIZE, bytes. */
  vmmuSegmentSize: number
  eccEnabled: boolean
  /** SET_VGPU_MGR_CONFIG: mixed sizes allowed. */
  heterogeneous: boolean
  /** Scheduler as an RmPVMRL word: from the registry message, or set since. */
  scheduler: number
  /** Events the host asked for with EVENT_SET_NOTIFICATION, ascending. */
  notifications: number[]
  queue: QueueState
  /** RM objects by client handle, then object handle (both 0x… strings). */
  clients: Record<string, Record<string, RmObject>>
  types: GspType[]
  plugins: Record<string, PluginState>
}

export interface BootStep {
  at: number
  step: string
  note: string
  /** Why it failed, as errno; null when it did not. */
  errno: string | null
}

/** What one end of the message queue remembers: elements sent and received, and its two ring pointers. */
export interface QueueState {
  sent: number
  received: number
  writePtr: number
  readPtr: number
}

export interface RmObject {
  class: number
  parent: number
}

export interface PluginState {
  gfid: number
  state: 'booting' | 'ready' | 'negotiated' | 'running' | 'stopped-work' | 'saving' | 'restoring' | 'stopped'
  dbdf: number
  vgpuType: number
  vmPid: number
  numChannels: number
  numPluginChannels: number
  /** Channel offsets of the engine types that are there, as "512:1,9-13". States of before have them by engine type. */
  chidOffset: string | Record<string, number>
  fb: Extent
  heap: Extent
  initTaskLog: Extent
  vgpuTaskLog: Extent
  /** From SETUP_CONFIG_PARAMS_AND_INIT; empty before. */
  uuid: string
  instance: number
  busMaster: boolean
  /** Percent. */
  encoderCapacity: number
  /** What the guest's driver said of itself when it loaded; null before, and for a guest without one. */
  guest: GuestInfo | null
  /** Where the task is in a migration stream, from STOP_WORK (or a pre-copy) to the end of the migration. */
  migration: PluginMigration | null
}

/** The members of NV2080_GUEST_VM_INFO that are the guest's to say. */
export interface GuestInfo {
  guestOs: number
  guestDriverVersion: string
  guestDriverBranch: string
  guestNegotiatedVgpuVersion: number
  /** Hz; 0 while the limiter is off. */
  frameRateLimit: number
  licensed: boolean
}

export interface PluginMigration {
  /** Guest page the next one is looked for from. */
  cursor: number
  /** Records written, or read, so far. */
  records: number
  /** CRC-32 of the pages the host has been given while the guest still ran, by page number in hex. */
  sent: Record<string, number>
  /** The state record that was read, until RESTORE_DEFERRED_STATE. */
  deferred: Sparse
  ended: boolean
}

export interface Extent {
  addr: number
  size: number
}

export interface NvkmState {
  /** Module parameter support_vgpu_mgr, fixed at load. */
  supportVgpuMgr: boolean
  /** User entries for SET_REGISTRY, NVreg_RegistryDwords. */
  registryDwords: string
  driver: 'nvkm' | null
  /** GSP answers: set by a boot or resume, cleared by suspend and unload. Everything that needs GSP asks it first. */
  running: boolean
  /** The suspend meta block, while suspended. */
  srMeta: Sparse
  /** nvkm_vgpu_mgr.enabled. */
  enabled: boolean
  /** Names of nvkm's clients: "vgpu" is there while support is enabled (patch 2). */
  clients: string[]
  vmmuSegmentSize: number
  queue: QueueState
  /** RM client ids in use, ascending; the handle is 0xc1d00000 | id. */
  clientIds: number[]
  internal: { client: number; device: number; subdevice: number }
  /** Framebuffer the RM reports, bytes (GET_GSP_STATIC_INFO). */
  fbTotal: number
  /** NV2080 engine types with a runlist, ascending. */
  engines: number[]
  /** Events received from GSP, by name. */
  events: Record<string, number>
  chid: ChidState
  fb: Pool
  bar1: Pool
  /** A vGPU manager is attached (priv). */
  handle: boolean
  sriovDriversAutoprobe: boolean
  /** VF indices whose drivers listen to PF events, in the order they registered. */
  pfListeners: number[]
}

export interface Pool {
  base: number
  size: number
  /** Sorted, disjoint. */
  used: Range[]
}

export interface Range {
  offset: number
  size: number
  owner: string
  /** BAR1 only: the framebuffer address behind the range. */
  target?: number
}

/** The two bitmaps of patch 9, as ranges: `used` is the host's, `reserved` is what a vGPU may not take. */
export interface ChidState {
  used: Pool
  reserved: Pool
}

export interface MgrState {
  /** References: one per bound VF. */
  refs: number
  /** RM client handle of the manager. */
  client: number
  bar0Mapped: boolean
  /** As GSP answered when the manager came up. */
  eccEnabled: boolean
  /** Mixed-size mode. It goes with the manager, and so with the last VF. */
  heterogeneous: boolean
  /** Type ids uploaded to GSP when this manager attached, in upload order. */
  types: number[]
  /** By id, which is the VF index. */
  vgpus: Record<string, VgpuState>
}

export interface VgpuState {
  id: number
  gfid: number
  dbdf: number
  vgpuType: number
  pid: number
  uuid: string
  /** vGPU protocol version its guest speaks, major << 16 | minor: that of the host it was started on. */
  version: number
  /** True once every rung is climbed. */
  status: boolean
  chid: { offset: number; num: number; plugin: number } | null
  fb: Extent | null
  heap: Extent | null
  /** Virtual offset and size of the heap's mapping in BAR1. */
  bar1: { offset: number; size: number } | null
  client: number | null
  bootloaded: boolean
  /** Set by RC_TRIGGERED or OS_ERROR_LOG on one of its channels. */
  failed: { xid: number; text: string; at: number } | null
  /** Host RPC sequence number; null before the channel is set up. */
  rpcSeq: number | null
}

export interface VfState {
  index: number
  bdf: string
  driver: 'nvidia-vgpu-vfio' | 'vfio-pci' | null
  /** Hardware configuration space of the VF, 4096 bytes. */
  config: Sparse
  /** current_vgpu_type; 0 when none is selected. */
  vgpuType: number
  /** First slot of the selected type; null where there are no placement ids. */
  placementId: number | null
  /** Identity of the configured vGPU: given when the type is selected. */
  uuid: string | null
  name: string | null
  /** Attributes written to it since its type was selected. */
  attrs: VgpuAttr[]
  /** Who has the VFIO device open. */
  opened: Opener | null
  /** The VM stands still: paused by the user, or by a suspend of the host, which resumes it. */
  paused: 'user' | 'host' | null
  /** VFIO migration state of the open device; `restored` while what it holds came out of a stream and has not run yet. */
  mig: { state: DeviceState; restored: boolean }
  /** Stream of a vGPU that a warm update took down and could not bring back; `vgpu restore` takes it. */
  saved: { size: number; bytes: Sparse } | null
  /** Guest-visible configuration space, 4096 bytes; empty while closed. */
  vconfig: Sparse
  /** Set by PF events: the driver has been torn down. It stays bound and holds nothing. */
  unbound: boolean
  /** The open device has requested and mapped the VF's BAR0. */
  bar0Mapped: boolean
  /** 32-bit registers behind the VF's BAR0 that hold something, by hex offset. Empty while closed. */
  regs: Record<string, number>
  /** Task logs of the last vGPU, copied from its heap when it was closed. */
  logs: TaskLogs
  /** A reset did not come back: the kernel has given the device up (pci_channel_io_perm_failure). */
  disconnected: boolean
  /** The sysfs attribute driver_override. */
  driverOverride: string | null
}

export interface TaskLogs {
  initTask: Sparse
  vgpuTask: Sparse
  kernel: Sparse
}

export interface Opener {
  vm: string
  pid: number
  /** What the VM does when it is told to go. */
  policy: 'closes' | 'ignores'
  /** The guest's operating system as the user named it; null when it was not named. */
  guestOs: string | null
  /** A Windows guest whose driver is in compute (TCC) mode. */
  tcc: boolean
}
