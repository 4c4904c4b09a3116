import type { Extent, Sparse } from '../state.ts'

/**
 * The whole contract between the core driver and the vGPU manager: nvkm_vgpu_mgr_vfio_ops of the series, as grown by
 * patches 10 to 17. Every refusal is an NvError with the kernel's errno.
 */
export interface NvkmVgpuMgrVfioOps {
  /** Patch 10. True once nvkm's vGPU support initialised. */
  isEnabled(): boolean
  /** True when a manager is attached to this PF. */
  getHandle(): boolean
  /** @throws EEXIST when one is attached already */
  attachHandle(): void
  detachHandle(): void
  /** Patch 11: client, device and subdevice on GSP. @throws ENOSPC, or what GSP's status maps to */
  allocGspClient(owner: string): GspClient
  freeGspClient(client: GspClient): void
  /** Patch 12: one control on the client's subdevice. `rd` gives the reply parameters, `wr` drops them. */
  rmCtrlRd(client: GspClient, cmd: number, params: Uint8Array): Uint8Array
  rmCtrlWr(client: GspClient, cmd: number, params: Uint8Array): void
  /** Patch 14. `wanted` is the first id in mixed-size mode. @throws ENOSPC, EINVAL */
  allocChids(count: number, owner: string, wanted?: number): number
  freeChids(offset: number, count: number): void
  /**
   * Patch 15: contiguous, top down, aligned to the VMMU segment or to 4 KiB. `wanted` is the address in mixed-size mode.
   * @throws ENOSPC
   */
  allocFbmem(size: number, vmmuAligned: boolean, owner: string, wanted?: number): Extent
  freeFbmem(mem: Extent): void
  /** Patch 16. @throws EEXIST when mapped already, EINVAL for size 0, ENOSPC */
  bar1MapMem(mem: Extent, owner: string): Bar1Map
  bar1UnmapMem(map: { readonly offset: number }): void
  /** The window of a mapping made earlier: a manager of another process takes it up again. */
  bar1Window(offset: number, size: number): Bar1Map
  /** Patch 17: NV2080 engine types that have a runlist, ascending. */
  getEngineBitmap(): number[]
  /** What patch 8 asked GSP for, bytes. */
  vmmuSegmentSize(): number
  /** 2025 series: channels a vGPU manager may hand out. */
  totalAvailChids(): number
  /** 2025 series: framebuffer that guests can share, bytes. */
  totalFbSize(): number
  /** Framebuffer below the firmware's, from address 0, bytes: what allocFbmem hands out. */
  usableFbSize(): number
  /** 2025 series: control 0x2080012f, unit 0. */
  eccEnabled(): boolean
  /** 2025 series: clears guest memory with a copy engine. */
  scrubFbmem(mem: Extent): void
  /** PF BAR0, mapped by the manager (patch 28). */
  mapBar0(): Bar0Map
  /** BAR0 as mapped earlier: a manager of another process takes it up again. */
  bar0Window(): Bar0Map
}

/** An RM client with its device and subdevice. */
export interface GspClient {
  readonly handle: number
}

/** A stretch of BAR1 through which the host reads and writes framebuffer. */
export interface Bar1Map {
  readonly offset: number
  readonly size: number
  read(at: number, length: number): Uint8Array
  /** The same as sparse bytes: a log buffer is large, and nearly all of it zero. */
  readSparse(at: number, length: number): Sparse
  write(at: number, bytes: Uint8Array): void
  read32(at: number): number
  write32(at: number, value: number): void
}

export interface Bar0Map {
  read32(offset: number): number
  write32(offset: number, value: number): void
}
