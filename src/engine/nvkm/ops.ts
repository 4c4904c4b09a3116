import type { Extent, Sparse } from '../state.ts'

/**
 * The whole contract between the core driver and the vGPU manager: nvkm_vgpu_mgr_vfio_ops of the series (patches 10 to
 * 17). Every refusal is an NvError with the kernel's errno.
 */
export interface NvkmVgpuMgrVfioOps {
  /** Patch 10. True once nvkm's vGPU support is initialised. */
  isEnabled(): boolean
  /** True when a manager is attached to this PF. */
  getHandle(): boolean
  /** @throws EEXIST when a manager is already attached */
  attachHandle(): void
  detachHandle(): void
  /** Patch 11: client, device and subdevice on GSP. @throws ENOSPC, or the errno of GSP's status */
  allocGspClient(owner: string): GspClient
  freeGspClient(client: GspClient): void
  /** Patch 12: one control on the client's subdevice. `rd` gives the reply parameters, `wr` drops them. */
  rmCtrlRd(client: GspClient, cmd: number, params: Uint8Array): Uint8Array
  rmCtrlWr(client: GspClient, cmd: number, params: Uint8Array): void
  /** Patch 14. `wanted` is the first id in mixed-size mode. @throws ENOSPC, EINVAL */
  allocChids(count: number, owner: string, wanted?: number): number
  freeChids(offset: number, count: number): void
  /**
   * Patch 15: contiguous, top down, aligned to the VMMU segment or to 4 KiB. `wanted` is the address in mixed-size
   * mode.
   * @throws ENOSPC
   */
  allocFbmem(size: number, vmmuAligned: boolean, owner: string, wanted?: number): Extent
  freeFbmem(mem: Extent): void
  /** Patch 16. @throws EEXIST for already mapped memory, EINVAL for size 0, ENOSPC */
  bar1MapMem(mem: Extent, owner: string): Bar1Map
  bar1UnmapMem(map: { readonly offset: number }): void
  /** The BAR1 mapping that an earlier call of the program made; the state has its offset and size. */
  bar1Window(offset: number, size: number): Bar1Map
  /** Patch 17: NV2080 engine types that have a runlist, ascending. */
  getEngineBitmap(): number[]
  /** Size of a VMMU segment, bytes (patch 8). */
  vmmuSegmentSize(): number
  /** 2025 series: channels for vGPUs. */
  totalAvailChids(): number
  /** 2025 series: framebuffer for guests, bytes. */
  totalFbSize(): number
  /** Framebuffer below the firmware's, from address 0, bytes; the pool of allocFbmem. */
  usableFbSize(): number
  /** 2025 series: control 0x2080012f, unit 0. */
  eccEnabled(): boolean
  /** 2025 series: clears guest memory with a copy engine, on one of the vGPU's channels. @throws ETIMEDOUT */
  scrubFbmem(mem: Extent, chid: number): void
  /** Maps PF BAR0 for the manager (patch 28). */
  mapBar0(): Bar0Map
  /** The BAR0 mapping that an earlier call of the program made. */
  bar0Window(): Bar0Map
}

/** An RM client with its device and subdevice. */
export interface GspClient {
  readonly handle: number
}

/** A range of BAR1 for host access to framebuffer. */
export interface Bar1Map {
  readonly offset: number
  readonly size: number
  read(at: number, length: number): Uint8Array
  /** Reads sparse bytes, for large buffers of mostly zeros, such as logs. */
  readSparse(at: number, length: number): Sparse
  write(at: number, bytes: Uint8Array): void
  read32(at: number): number
  write32(at: number, value: number): void
}

export interface Bar0Map {
  read32(offset: number): number
  write32(offset: number, value: number): void
}
