/** What the engine answers: the public JSON contract. Rendering and documents depend on these and on nothing inside. */

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
  /** ECC after the next reset, where that differs. */
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
  /** The one type this GPU is locked to, or null. */
  vgpuType: { id: number; name: string } | null
  vgpus: { configured: number; running: number }
  /** Facts of the board that no source gives: names of catalogue fields. */
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
  /** Channels one vGPU of this type gets under the host's profile. */
  channels: number
  /** Where it could be created and where it is known to GSP. Placement ids are there where the GPU's mode has them. */
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
  /** First slot where the GPU's mode has placement ids. */
  placementId: number | null
  vm: string | null
  pid: number | null
  guestOs: string | null
  /** Version of the driver in the guest; null while none has loaded. */
  guestDriver: string | null
  /** Hz; null while the limiter is off or no guest driver is loaded. */
  frameRateLimit: number | null
  /** What the guest may show, "4 x 2560x1600", largest resolution first. */
  displays: string[]
  framebuffer: { addr: string; size: number } | null
  channels: { first: number; count: number; plugin: number } | null
  heap: { addr: string; size: number } | null
  bar1: { offset: string; size: number } | null
  client: string | null
  plugin: { state: string; sequence: number } | null
  /** What GSP reported on one of its channels. */
  failure: { xid: number; text: string } | null
  taskLog: string[]
  /** Written to its device, in order. */
  attrs: { name: string; value: string }[]
  /** What is to be there of it after it is gone; null when it is not defined. */
  definition: DefinitionView | null
}

export interface DefinitionView {
  name: string | null
  vgpuType: { id: number; name: string }
  gpuBdf: string
  /** The VF it would rather have. */
  vf: string | null
  placementId: number | null
  /** auto: started at boot. */
  start: 'auto' | 'manual'
  attrs: { name: string; value: string }[]
}

/** A vGPU that is there, or a defined one that is not: then its state is `defined` and it is on no VF. */
export interface ListedVgpuView extends Omit<VgpuView, 'state' | 'gpu' | 'vf' | 'vfIndex' | 'gfid'> {
  state: VgpuView['state'] | 'defined'
  /** null when the GPU of a definition is not there. */
  gpu: number | null
  vf: string | null
  vfIndex: number | null
  gfid: number | null
}

/** As much of a vGPU as a line of a listing shows. */
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
  /** Number in nvidia-smi's screens; null while it does not run. */
  vgpuId: number | null
  name: string | null
  gpu: number
  vf: string
  gfid: number
  vgpuType: { id: number; name: string }
  /** Virtual time of the newest sample, microseconds. */
  at: number | null
  now: UtilisationView | null
  /** Over the samples kept. */
  mean: UtilisationView | null
  samples: number
}

export interface GpuStatsView {
  gpu: number
  bdf: string
  /** Running ones. */
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
  /** What a vGPU could take, and in how many pieces it lies. */
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
  /** vGPUs that are defined, whether or not they are there. */
  definitions: number
  uploadedTypes: number
  suspended: boolean
  tracing: boolean
  faults: number
}

/** Where a fault can be armed, what it does there by default, and the words it knows beside errno and NV_STATUS. */
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

/** One entry of the host's one ordered record. */
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
  /** Payload in hexadecimal; empty unless asked for. */
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

/** A migration that was made, in virtual time. */
export interface MigrationView {
  id: string
  uuid: string
  name: string | null
  vgpuType: { id: number; name: string }
  /** Of the vGPU at the target. */
  state: VgpuView['state']
  from: { stateDir: string; gpuBdf: string; vf: string }
  to: { stateDir: string; gpuBdf: string; vf: string }
  mode: 'pre-copy' | 'stop-and-copy'
  /** Bytes a second. */
  bandwidth: number
  /** Passes while the guest ran. */
  rounds: { round: number; bytes: number; durationUs: number }[]
  /** The pass after it was stopped. */
  stopCopy: { bytes: number; durationUs: number }
  /** The guest was stopped because what was left fitted the downtime limit, not because the rounds were over. */
  converged: boolean
  /** What the model sends over the wire, and what really went from host to host. */
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
  /** What the VM does when it is told to go. */
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
  /** What the plugin was told of bus mastering. */
  pluginBusMaster: boolean
  /** A reset did not come back, and the kernel has given the device up. */
  disconnected: boolean
}

/** Answer of VFIO_DEVICE_GET_REGION_INFO. */
export interface VfioRegionView {
  vf: string
  index: number
  name: string
  /** File offset at which the region begins. */
  offset: string
  size: number
  /** null where the driver leaves the caller's word as it was. */
  flags: string[] | null
  /** Bytes that mmap accepts: the hardware's window in whole pages. */
  mappable: number
}

/** The configuration space a guest sees. */
export interface VfioConfigView {
  vf: string
  size: number
  registers: { offset: string; name: string; value: string }[]
  /** The first 256 bytes in hexadecimal; all others are zero. */
  bytes: string
}

/** A read, or what a place reads after a write. */
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
  /** Bytes, where the file has a fixed size; text files say 4096. */
  size: number
  target: string | null
}

/** Something that is not as a document says it shall be. */
export interface DifferenceView {
  change: 'add' | 'remove' | 'change'
  kind: 'host' | 'type' | 'gpu' | 'vgpu' | 'definition'
  /** Address, type id or UUID; empty for a vGPU whose UUID is not chosen yet. */
  object: string
  name: string | null
  /** What of it, as the document calls it; null for the whole. */
  member: string | null
  is: string | number | boolean | null
  wanted: string | number | boolean | null
  /** What it takes, where that is more than a setting. */
  note: string | null
}

/** One act of many that a verb made. */
export interface StepView {
  step: string
  /** Address, type id or UUID. */
  object: string
  /** Place in the document that asked for it. */
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
  /** null where there is no SR-IOV. */
  totalVfs: number | null
  /** A type is selected on it. */
  taken: boolean
  /** Configuration space of the hardware, 4096 bytes, to be looked at only. A VF's own ids read as all ones. */
  config: Uint8Array
}

/** What a changing verb answers. `items` is what the verb was about, after the change. */
export interface Change<T> {
  changed: boolean
  items: T[]
  /** Sentences for stderr: things done differently from what was asked. */
  warnings: string[]
  /** Done and committed, but a part of it failed (a VF whose probe failed): exit status 1. */
  failed?: boolean
}

/** A place in the state that is different, with what stands there on both sides; absent where nothing does. */
export interface ChangeLine {
  /** Dotted: gpus.0.vfs.2.uuid. */
  readonly path: string
  readonly change: 'add' | 'remove' | 'set'
  readonly before?: unknown
  readonly after?: unknown
}
