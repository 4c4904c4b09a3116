import { NV_VGPU_CPU_RPC_MSG_RESET } from '../../abi/vgpu-gsp.ts'
import { NvError } from '../../errors/nv-error.ts'
import type { MigNow } from '../mig/now.ts'
import type { Bar0Map, Bar1Map } from '../nvkm/ops.ts'
import type { Grid } from '../placement/grid.ts'
import type { MgrState, VgpuState } from '../state.ts'
import { Attachment } from './attachment.ts'
import { type GpuFacts, gpuFacts } from './gpu-facts.ts'
import { seatOnInstance } from './instance-seat.ts'
import type { VgpuMigration } from './migration.ts'
import { gridNow, seatFor, setHeterogeneous } from './mixed-size.ts'
import { resumeMgr, suspendMgr } from './power.ts'
import type { VgpuRpc } from './rpc.ts'
import { uploadTypes } from './type-upload.ts'
import type { VgpuType } from './types.ts'
import {
  channelsByRule,
  createVgpu,
  destroyVgpu,
  detachVgpu,
  migrationOf,
  reattachVgpu,
  rpcOf,
  scrub,
  type VgpuContext,
  type VgpuRequest,
} from './vgpu.ts'
import { attachedMgr, type VgpuMgrWiring } from './wiring.ts'

/** A vGPU to create: its place on the grid, or its GPU instance, null for none. */
type NewVgpu = Omit<VgpuRequest, 'seat' | 'gpuInstanceId'> & {
  placementId?: number | null
  gpuInstanceId?: number | null
}

/**
 * The vGPU manager of one PF (vgpu_mgr.c), with a reference for each bound VF. The posted code loses the attached
 * pointer and makes a manager for every VF; this is one manager per PF, as intended.
 */
export class VgpuMgr {
  readonly #wiring: VgpuMgrWiring
  readonly #attachment: Attachment
  #known: VgpuContext | undefined

  constructor(wiring: VgpuMgrWiring) {
    this.#wiring = wiring
    this.#attachment = new Attachment(wiring)
  }

  /** Takes a reference; the first one creates the manager. @throws NvError EINVAL, ENODEV, or of a failed step */
  get(): void {
    this.#attachment.get()
  }

  /** Drops a reference; the last one releases everything. */
  put(): void {
    this.#attachment.put()
  }

  /** Warm update: releases the manager's objects in firmware and core driver. Its record and its vGPUs stay. */
  letGo(): void {
    this.#attachment.letGo()
  }

  /** Warm update: attaches to the new core driver, like `get` for the first VF. @throws NvError like `get` */
  takeOver(): void {
    this.#attachment.takeOver()
  }

  /** Suspends the manager before the core driver. @throws NvError EBUSY while a VM runs on one of its vGPUs */
  suspend(): void {
    suspendMgr(this.#wiring)
  }

  /** Resumes the manager after the core driver. */
  resume(): void {
    resumeMgr(this.#wiring)
  }

  /** @throws NvError ENODEV when the id is not among the uploaded types */
  findType(vgpuType: number, at: string): VgpuType {
    const mgr = attachedMgr(this.#wiring)
    const known = mgr.types.includes(vgpuType) ? this.#wiring.knownType(vgpuType) : undefined
    if (!known) {
      throw new NvError({
        errno: 'ENODEV',
        code: 'not-found',
        at,
        message: `vGPU type ${vgpuType} is not one of ${this.#wiring.gpu.bdf}`,
        hint: `nvgpu types list --gpu ${this.#wiring.gpu.bdf}`,
      })
    }
    return known
  }

  /** Uploads the known types again and replaces GSP's types. @throws NvError of GSP's refusal */
  uploadTypes(): void {
    const mgr = attachedMgr(this.#wiring)
    mgr.types = uploadTypes(this.#wiring, mgr.client)
  }

  /** The placement grid of this PF in its current mode. */
  grid(): Grid {
    return gridNow(this.#wiring)
  }

  /** MIG of this PF now. */
  mig(): MigNow {
    return this.#wiring.mig()
  }

  /** Switches GSP and the manager between mixed-size and equal-size mode. @throws NvError of GSP's refusal */
  setHeterogeneous(on: boolean): void {
    setHeterogeneous(this.#wiring, on)
  }

  /** Facts about this PF for the other side of a migration. @throws NvError ENODEV (no manager), EOPNOTSUPP */
  facts(): GpuFacts {
    const { ops, profile, gpu } = this.#wiring
    return gpuFacts(ops, attachedMgr(this.#wiring), profile, gpu.bdf)
  }

  /** @param request `placementId` is the first slot of the VF's type, null without placement */
  create(request: NewVgpu): VgpuState {
    const context = this.#context()
    const { id, gfid, dbdf, type, pid, uuid, uuidBytes, placementId = null, gpuInstanceId = null } = request
    const seat =
      gpuInstanceId === null
        ? seatFor(this.#wiring, context, type, placementId)
        : seatOnInstance(this.#wiring, context, type, { id: gpuInstanceId, placementId })
    return createVgpu(context, { id, gfid, dbdf, type, pid, uuid, uuidBytes, seat, gpuInstanceId })
  }

  destroy(id: number): void {
    destroyVgpu(this.#context(), this.vgpu(id))
  }

  /** Warm update: releases a vGPU's objects in the firmware; memory, channels and mapping stay. */
  detach(id: number): void {
    detachVgpu(this.#context(), this.vgpu(id))
  }

  /** Warm update: gives a vGPU a plugin task in the new firmware. @throws NvError like `create`; it stays detached */
  reattach(request: Omit<VgpuRequest, 'seat' | 'gpuInstanceId'>): void {
    const vgpu = this.vgpu(request.id)
    reattachVgpu(this.#context(), vgpu, { ...request, seat: null, gpuInstanceId: vgpu.gpuInstanceId })
  }

  rpc(id: number): VgpuRpc {
    return rpcOf(this.#context(), this.vgpu(id))
  }

  migration(id: number): VgpuMigration {
    return migrationOf(this.#context(), this.vgpu(id))
  }

  /** The management heap of a vGPU through its BAR1 mapping. */
  heap(id: number): Bar1Map {
    const { bar1 } = this.vgpu(id)
    if (bar1 === null) throw new Error(`the heap of vGPU ${id} is not mapped`)
    return this.#wiring.ops.bar1Window(bar1.offset, bar1.size)
  }

  /** Resets the device: message 3, then clears guest memory. @throws NvError EINVAL, or the error of the copy engine */
  reset(id: number): void {
    const vgpu = this.vgpu(id)
    this.rpc(id).call(NV_VGPU_CPU_RPC_MSG_RESET)
    this.migration(id).setInProgress(false)
    vgpu.failed = null
    if (vgpu.fb && this.#wiring.profile.scrubOnFree) scrub(this.#wiring, vgpu)
  }

  /** @throws NvError ENODEV for an unknown vGPU id */
  vgpu(id: number): VgpuState {
    const vgpu = this.#wiring.gpu.mgr?.vgpus[id]
    if (!vgpu)
      throw new NvError({
        errno: 'ENODEV',
        code: 'no-device',
        at: 'nvidia_vgpu_mgr_destroy_vgpu',
        message: `there is no vGPU ${id} on ${this.#wiring.gpu.bdf}`,
      })
    return vgpu
  }

  #context(): VgpuContext {
    const mgr = attachedMgr(this.#wiring)
    const bar0 = this.#attachment.bar0()
    if (this.#known?.mgr !== mgr || this.#known.bar0 !== bar0) this.#known = this.#contextOf(mgr, bar0)
    return this.#known
  }

  #contextOf(mgr: MgrState, bar0: Bar0Map): VgpuContext {
    const { gpu, ops, profile, clock, klog, trace } = this.#wiring
    return {
      pf: gpu.bdf,
      ops,
      mgr,
      bar0,
      profile,
      clock,
      klog,
      trace,
      channelsOf: (type) =>
        channelsByRule(profile.channelsPerVgpu, ops.totalAvailChids(), type, this.#wiring.mig().table),
    }
  }
}
