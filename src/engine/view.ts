/** The answers of the engine, which are the public JSON contract. Rendering and documents depend only on these types. */

export interface GpuView {
  index: number
  bdf: string
  uuid: string
  board: string
  name: string
  architecture: string
  chip: string
  pci: { vendorId: string; deviceId: string; subsystemVendorId: string; subsystemId: string; class: string }
  driver: { name: string | null; version: string; profile: string }
  vgpuSupport: { parameter: boolean; supported: boolean; enabled: boolean; reason: string | null }
  sriov: { totalVfs: number; numVfs: number; firstVfOffset: number; vfStride: number; autoprobe: boolean } | null
  eccMode: 'N/A' | 'Disabled' | 'Enabled'
  /** ECC after the next reset, if different. */
  eccPending: 'Disabled' | 'Enabled' | null
  /** Mixed profile sizes (heterogeneous) or one (homogeneous). */
  vgpuMode: { current: 'homogeneous' | 'heterogeneous'; heterogeneousSupported: boolean }
  scheduler: SchedulerView
  framebuffer: { totalMiB: number; usableMiB: number; usedMiB: number; freeMiB: number; largestFreeMiB: number }
  /** Firmware map, highest address first. */
  layout: RegionView[]
  gsp: { state: string; firmware: string; heapSize: number; vfPartitionCount: number; uploadedTypes: number }
  vmmuSegmentSize: number
  engines: string[]
  channels: { total: number; host: { size: number; used: number }; vgpu: { first: number; size: number; used: number } }
  bar1: { size: number; used: number }
  bars: { index: number; addr: string; size: number; bits: 32 | 64; prefetchable: boolean }[]
  manager: { attached: boolean; refs: number; client: string | null }
  /** The only type that this GPU accepts now, or null. */
  vgpuType: { id: number; name: string } | null
  vgpus: { configured: number; running: number }
  /** Names of catalogue fields of the board that are modelled, without a source. */
  modelled: string[]
}

export interface SchedulerView {
  policy: 'best-effort' | 'equal-share' | 'fixed-share'
  supported: string[]
  /** Adaptive round robin; null under best effort. */
  arr: boolean | null
  averaging: number | null
  frequencyHz: number | null
  timeSliceNs: number | null
}

export interface RegionView {
  name: string
  addr: string
  size: number
}

export interface VfView {
  gpu: number
  index: number
  bdf: string
  gfid: number
  driver: string | null
  vgpuType: { id: number; name: string } | null
  vgpu: string | null
  opened: { vm: string; pid: number } | null
  unbound: boolean
  pci: { vendorId: string; deviceId: string; class: string }
  bars: { index: number; addr: string; size: number; bits: 32 | 64; prefetchable: boolean }[]
  busMaster: boolean
}

export interface TypeView {
  id: number
  name: string
  series: string
  class: string
  board: string
  license: string
  profileSizeMiB: number
  framebufferMiB: number
  fbReservationMiB: number
  gspHeapMiB: number
  bar1MiB: number
  maxInstance: number
  numHeads: number
  maxResolution: string
  maxPixels: number
  frameRateLimit: number
  eccSupported: boolean
  cudaEnabled: boolean
  multiVgpuSupported: boolean
  pdevId: string
  vdevId: string
  /** catalogue, or uploaded with `types upload`. */
  source: 'catalogue' | 'uploaded'
  certainty: string
  /** Names of members that no source gives: they follow from others by rule. */
  derived: string[]
  /** Figures on which published sources and the simulator's rule disagree, one sentence each. */
  open: string[]
  /** Channels of one vGPU of this type in the host's profile. */
  channels: number
  /** For each GPU: the number that can be created, and whether GSP has the type. Placement ids only in modes with them. */
  gpus: {
    gpu: number
    inGsp: boolean
    creatable: number
    reason: string | null
    placement: { size: number; supported: number[]; creatable: number[] } | null
  }[]
}

export interface VgpuView {
  uuid: string
  name: string | null
  state: 'configured' | 'running' | 'paused' | 'migrating' | 'failed'
  gpu: number
  gpuBdf: string
  vf: string
  vfIndex: number
  gfid: number
  vgpuType: { id: number; name: string }
  profileSizeMiB: number
  /** First slot, in modes with placement ids. */
  placementId: number | null
  vm: string | null
  pid: number | null
  guestOs: string | null
  /** Version of the guest driver; null while none is loaded. */
  guestDriver: string | null
  /** Hz; null while the limiter is off or no guest driver is loaded. */
  frameRateLimit: number | null
  /** Display layouts of the guest, "4 x 2560x1600", largest resolution first. */
  displays: string[]
  framebuffer: { addr: string; size: number } | null
  channels: { first: number; count: number; plugin: number } | null
  heap: { addr: string; size: number } | null
  bar1: { offset: string; size: number } | null
  client: string | null
  plugin: { state: string; sequence: number } | null
  /** The error that GSP reported on one of its channels. */
  failure: { xid: number; text: string } | null
  taskLog: string[]
  /** Attributes written to its device, in order. */
  attrs: { name: string; value: string }[]
  /** Its definition; null without one. */
  definition: DefinitionView | null
}

export interface DefinitionView {
  name: string | null
  vgpuType: { id: number; name: string }
  gpuBdf: string
  /** The preferred VF. */
  vf: string | null
  placementId: number | null
  /** `auto` starts it at boot. */
  start: 'auto' | 'manual'
  attrs: { name: string; value: string }[]
}

/** A configured vGPU, or a definition: state `defined`, without a VF. */
export interface ListedVgpuView extends Omit<VgpuView, 'state' | 'gpu' | 'vf' | 'vfIndex' | 'gfid'> {
  state: VgpuView['state'] | 'defined'
  /** null when the host lacks the GPU of a definition. */
  gpu: number | null
  vf: string | null
  vfIndex: number | null
  gfid: number | null
}

/** The columns of the short listing of vGPUs. */
export type VgpuLineView = Pick<VgpuView, 'uuid' | 'name' | 'state' | 'gpu' | 'vf' | 'vgpuType' | 'vm'>

/** Percent. */
export interface UtilisationView {
  gpu: number
  memory: number
  encoder: number
  decoder: number
}

export interface VgpuStatsView {
  vgpu: string
  /** Id in nvidia-smi's screens; null while the vGPU does not run. */
  vgpuId: number | null
  name: string | null
  gpu: number
  vf: string
  gfid: number
  vgpuType: { id: number; name: string }
  /** Virtual time of the newest sample, microseconds. */
  at: number | null
  now: UtilisationView | null
  /** Mean of the kept samples. */
  mean: UtilisationView | null
  samples: number
}

export interface GpuStatsView {
  gpu: number
  bdf: string
  /** Number of running vGPUs. */
  vgpus: number
  at: number | null
  now: UtilisationView | null
  mean: UtilisationView | null
  samples: number
}

/** A row of a monitor. */
export interface VgpuSampleView {
  round: number
  at: number
  gpu: number
  vgpu: string | null
  vgpuId: number | null
  use: UtilisationView | null
}

export interface MapView {
  gpu: number
  bdf: string
  /** bytes (fb, bar1) or channel ids (chid) */
  unit: 'bytes' | 'channels'
  base: number
  size: number
  used: number
  largestFree: number
  /** Space free for vGPUs, and its number of pieces. */
  free: number
  gaps: number
  /** Every range from base to base + size, free ones included, ascending. */
  ranges: { offset: number; size: number; owner: string | null; target?: string }[]
}

export interface GspObjectView {
  gpu: number
  client: string
  handle: string
  class: string
  className: string
  parent: string
  owner: string | null
}

export interface GspPluginView {
  gpu: number
  gfid: number
  vf: string
  state: string
  vgpuType: number
  uuid: string | null
  instance: string
  fb: RegionView
  heap: RegionView
  numChannels: number
  numPluginChannels: number
  busMaster: boolean
}

export interface HostView {
  profile: string
  driverVersion: string
  now: number
  gpus: number
  vfs: number
  vgpus: { configured: number; running: number }
  /** Number of definitions. */
  definitions: number
  uploadedTypes: number
  suspended: boolean
  tracing: boolean
  faults: number
}

/** A fault point: its default effect, and its effects besides errno and NV_STATUS names. */
export interface FaultPointView {
  point: string
  effect: string
  effects: readonly string[]
  what: string
}

export interface FaultView {
  id: number
  point: string
  effect: string
  after: number
  times: number
  hits: number
  struck: number
}

/** One entry of the event record of a host. */
export interface EventView {
  gpu: number
  seq: number
  at: number
  kind: 'log' | 'rpc' | 'bar' | 'gsp' | 'pf'
  level: string | null
  direction: string | null
  text: string
  client: string | null
  object: string | null
  size: number
  status: { value: number; name: string } | null
  /** Payload in hexadecimal; empty unless requested. */
  bytes: string
}

export interface BootStepView {
  gpu: number
  step: string
  at: number
  note: string
  errno: string | null
}

export interface KernelLogView {
  gpu: number
  seq: number
  at: number
  level: string
  text: string
}

/** A completed migration, in virtual time. */
export interface MigrationView {
  id: string
  uuid: string
  name: string | null
  vgpuType: { id: number; name: string }
  /** State of the vGPU at the target. */
  state: VgpuView['state']
  from: { stateDir: string; gpuBdf: string; vf: string }
  to: { stateDir: string; gpuBdf: string; vf: string }
  mode: 'pre-copy' | 'stop-and-copy'
  /** Bytes per second. */
  bandwidth: number
  /** Passes while the guest ran. */
  rounds: { round: number; bytes: number; durationUs: number }[]
  /** The pass after the guest stopped. */
  stopCopy: { bytes: number; durationUs: number }
  /** The remaining bytes fitted the downtime limit before the rounds were used up. */
  converged: boolean
  /** Bytes in the model's transfer, and in the real stream between the hosts. */
  bytes: number
  streamBytes: number
  totalUs: number
  downtimeUs: number
}

/** The VFIO device of a VF. */
export interface VfioInfoView {
  gpu: number
  vf: string
  index: number
  driver: string | null
  /** The driver has been torn down by a PF event and waits to be unbound. */
  unbound: boolean
  iommuGroup: number
  state: 'closed' | 'open'
  vm: string | null
  pid: number | null
  guestOs: string | null
  /** Reaction of the VM to a request to close the device. */
  policy: 'closes' | 'ignores' | null
  vgpu: string | null
  vgpuType: { id: number; name: string } | null
  flags: string[]
  numRegions: number
  irqs: { index: number; name: string; count: number; flags: string[] }[]
  /** State of the VFIO migration protocol. */
  migration: string
  bar0Mapped: boolean
  enabled: boolean
  busMaster: boolean
  /** Bus mastering as reported to the plugin. */
  pluginBusMaster: boolean
  /** A reset timed out, and the kernel disconnected the device. */
  disconnected: boolean
}

/** Answer of VFIO_DEVICE_GET_REGION_INFO. */
export interface VfioRegionView {
  vf: string
  index: number
  name: string
  /** File offset of the region. */
  offset: string
  size: number
  /** null when the driver leaves the caller's field unchanged. */
  flags: string[] | null
  /** Bytes that mmap accepts: the hardware's window in whole pages. */
  mappable: number
}

/** The configuration space that a guest sees. */
export interface VfioConfigView {
  vf: string
  size: number
  registers: { offset: string; name: string; value: string }[]
  /** The first 256 bytes in hexadecimal; all others are zero. */
  bytes: string
}

/** The value of a read, or of a read after a write. */
export interface VfioAccessView {
  vf: string
  region: number
  name: string
  offset: string
  size: number
  value: number
  hex: string
}

export interface VfioMappingView {
  vf: string
  region: number
  offset: string
  length: number
  /** Physical address behind the first byte. */
  address: string
  cached: boolean
}

/** A file, directory or link of the simulated sysfs or debugfs. */
export interface SysfsEntryView {
  path: string
  name: string
  kind: 'directory' | 'file' | 'link'
  /** Octal permissions, "0644". */
  mode: string
  /** Size in bytes; sysfs gives 4096 for each text file. */
  size: number
  target: string | null
}

/** A difference between a host and a document. */
export interface DifferenceView {
  change: 'add' | 'remove' | 'change'
  kind: 'host' | 'type' | 'gpu' | 'vgpu' | 'definition'
  /** Address, type id or UUID; empty for a vGPU that has no UUID yet. */
  object: string
  name: string | null
  /** Member name in the document; null for the whole object. */
  member: string | null
  is: string | number | boolean | null
  wanted: string | number | boolean | null
  /** Side effect of the change, if any. */
  note: string | null
}

/** One step of a verb with several steps. */
export interface StepView {
  step: string
  /** Address, type id or UUID. */
  object: string
  /** Place in the document. */
  at: string | null
  text: string
}

/** A PCI function as the kernel knows it: a PF or one of its VFs. */
export interface PciFunctionView {
  bdf: string
  gpu: number
  /** null for a PF. */
  vfIndex: number | null
  physfn: string | null
  driver: string | null
  /** Of the board. */
  name: string
  vendorId: string
  deviceId: string
  class: string
  revision: string
  iommuGroup: number
  /** null without SR-IOV. */
  totalVfs: number | null
  /** A type is selected on it. */
  taken: boolean
  /** Configuration space of the hardware, 4096 bytes, read-only. A VF's own ids read as all ones. */
  config: Uint8Array
}

/** The answer of a changing verb. `items` are the objects of the verb after the change. */
export interface Change<T> {
  changed: boolean
  items: T[]
  /** Warnings for stderr. */
  warnings: string[]
  /** The change is committed, but a part of it failed (the probe of a VF): exit status 1. */
  failed?: boolean
}

/** A difference at a path of the state, with both values; a value is absent on the side without the path. */
export interface ChangeLine {
  /** Dotted: gpus.0.vfs.2.uuid. */
  readonly path: string
  readonly change: 'add' | 'remove' | 'set'
  readonly before?: unknown
  readonly after?: unknown
}
