import {
  NV2080_CTRL_CMD_VGPU_MGR_INTERNAL_PGPU_ADD_VGPU_TYPE,
  NV2080_CTRL_CMD_VGPU_MGR_INTERNAL_SET_VGPU_MGR_CONFIG,
} from '../../abi/ctrl2080.ts'
import { NVA081_CTRL_VGPU_INFO, NVA081_MAX_VGPU_TYPES_PER_PGPU } from '../../abi/nva081.ts'
import { NV_VGPU_CPU_RPC_MSG_RESET } from '../../abi/vgpu-gsp.ts'
import type { Board } from '../../catalog/boards.ts'
import type { Profile } from '../../catalog/profiles.ts'
import { NvError } from '../../errors/nv-error.ts'
import type { Clock } from '../clock.ts'
import type { Klog } from '../klog.ts'
import type { Bar0Map, Bar1Map, NvkmVgpuMgrVfioOps } from '../nvkm/ops.ts'
import { type Grid, gridOf } from '../placement/grid.ts'
import { type Seat, seatsOf } from '../placement/seat.ts'
import { fromSparse } from '../sparse.ts'
import type { GpuState, MgrState, UploadedType, VgpuState } from '../state.ts'
import type { Trace } from '../trace.ts'
import { takeInOrder } from '../unwind.ts'
import { type GpuFacts, gpuFacts } from './gpu-facts.ts'
import type { VgpuMigration } from './migration.ts'
import type { VgpuRpc } from './rpc.ts'
import type { VgpuType } from './types.ts'
import {
  channelsByRule,
  createVgpu,
  destroyVgpu,
  detachVgpu,
  fbLengthOf,
  migrationOf,
  reattachVgpu,
  rpcOf,
  type VgpuContext,
  type VgpuRequest,
} from './vgpu.ts'

export interface VgpuMgrWiring {
  board: Board
  gpu: Pick<GpuState, 'mgr' | 'bdf'> & { nvkm: { driver: string | null } }
  ops: NvkmVgpuMgrVfioOps
  profile: Profile
  clock: Clock
  klog: Klog
  trace: Trace | null
  /** Types the host knows for this PF's device id, in upload order. */
  knownTypes(): UploadedType[]
  /** One of them, decoded. */
  knownType(vgpuType: number): VgpuType | undefined
}

/**
 * The vGPU manager of one PF (vgpu_mgr.c): one for all its bound VFs, counted. As posted every VF gets its own because
 * the attached pointer is lost; one per PF here, as meant.
 */
export class VgpuMgr {
  readonly #wiring: VgpuMgrWiring
  #bar0: Bar0Map | null = null
  #known: VgpuContext | undefined

  constructor(wiring: VgpuMgrWiring) {
    this.#wiring = wiring
  }

  /**
   * nvidia_vgpu_mgr_get, for a VF that is being bound: a reference, or the first creation of the manager.
   * @throws NvError EINVAL (the PF's driver is not nvkm), ENODEV (support not enabled), or what a step failed with
   */
  get(): void {
    const { gpu, ops } = this.#wiring
    const at = 'nvidia_vgpu_mgr_get'
    if (gpu.nvkm.driver !== 'nvkm')
      throw new NvError({ errno: 'EINVAL', code: 'no-device', at, message: `the driver of ${gpu.bdf} is not nvkm` })
    if (!ops.isEnabled())
      throw new NvError({
        errno: 'ENODEV',
        code: 'unsupported',
        at,
        message: `vGPU support of ${gpu.bdf} is not enabled`,
        hint: `nvgpu gpu show ${gpu.bdf}`,
      })
    if (gpu.mgr && ops.getHandle()) {
      gpu.mgr.refs += 1
      return
    }
    gpu.mgr = this.#create()
  }

  /** nvidia_vgpu_mgr_put: drops a reference; the last one releases everything, also when support was disabled meanwhile. */
  put(): void {
    const { gpu, ops, klog } = this.#wiring
    const mgr = this.#attached()
    if (!ops.isEnabled()) klog.warn(`${gpu.bdf}: vGPU support is gone, the manager is released all the same`)
    mgr.refs -= 1
    if (mgr.refs > 0) return
    this.#leaveMixedSizes(mgr)
    this.#bar0 = null
    ops.freeGspClient({ handle: mgr.client })
    ops.detachHandle()
    gpu.mgr = null
  }

  /** @throws NvError ENODEV when the id is not among the types uploaded when the manager attached */
  findType(vgpuType: number, at: string): VgpuType {
    const mgr = this.#attached()
    const known = mgr.types.includes(vgpuType) ? this.#wiring.knownType(vgpuType) : undefined
    if (!known) {
      throw new NvError({
        errno: 'ENODEV',
        code: 'not-found',
        at,
        message: `vGPU type ${vgpuType} is not one of ${this.#wiring.gpu.bdf}`,
        hint: 'nvgpu types list',
      })
    }
    return known
  }

  /** @param request `placementId` is the first slot of the VF's type, where there is one */
  create(request: Omit<VgpuRequest, 'seat'> & { placementId?: number | null }): VgpuState {
    const context = this.#context()
    const { id, gfid, dbdf, type, pid, uuid, uuidBytes, placementId = null } = request
    const seat = this.#seat(context, type, placementId)
    return createVgpu(context, { id, gfid, dbdf, type, pid, uuid, uuidBytes, seat })
  }

  /** How vGPUs are placed on this PF now. */
  grid(): Grid {
    const { board, profile, gpu } = this.#wiring
    return gridOf(board, profile, gpu.mgr?.heterogeneous ?? false)
  }

  /** Switches between mixed-size and equal-size mode, for GSP and itself. @throws NvError as GSP refuses */
  setHeterogeneous(on: boolean): void {
    const mgr = this.#attached()
    this.#wiring.ops.rmCtrlWr(
      { handle: mgr.client },
      NV2080_CTRL_CMD_VGPU_MGR_INTERNAL_SET_VGPU_MGR_CONFIG.cmd,
      NV2080_CTRL_CMD_VGPU_MGR_INTERNAL_SET_VGPU_MGR_CONFIG.params.encode({
        bSupportHeterogeneousTimeSlicedVgpuTypes: on,
      }),
    )
    mgr.heterogeneous = on
  }

  destroy(id: number): void {
    destroyVgpu(this.#context(), this.vgpu(id))
  }

  /** Warm update: what a vGPU has in the firmware goes; memory, channels and mapping stay. */
  detach(id: number): void {
    detachVgpu(this.#context(), this.vgpu(id))
  }

  /** Warm update: the vGPU gets a plugin task in another firmware. @throws NvError as creating does; it stays detached */
  reattach(request: Omit<VgpuRequest, 'seat'>): void {
    reattachVgpu(this.#context(), this.vgpu(request.id), { ...request, seat: null })
  }

  /** Warm update: gives back what the manager has in the firmware and in the core driver. Its record stays, with its vGPUs. */
  letGo(): void {
    const { ops } = this.#wiring
    const mgr = this.#attached()
    this.#bar0 = null
    ops.freeGspClient({ handle: mgr.client })
    ops.detachHandle()
  }

  /** Warm update: attaches to another core driver as the first bound VF did. @throws NvError as `get` */
  takeOver(): void {
    const mgr = this.#attached()
    const { client, types, eccEnabled, bar0Mapped } = this.#create()
    const { heterogeneous } = mgr
    Object.assign(mgr, { client, types, eccEnabled, bar0Mapped })
    if (heterogeneous) this.setHeterogeneous(true)
  }

  rpc(id: number): VgpuRpc {
    return rpcOf(this.#context(), this.vgpu(id))
  }

  migration(id: number): VgpuMigration {
    return migrationOf(this.#context(), this.vgpu(id))
  }

  /** What this PF says of itself to the other side of a migration. @throws NvError ENODEV (no manager), EOPNOTSUPP */
  facts(): GpuFacts {
    const { ops, profile, gpu } = this.#wiring
    return gpuFacts(ops, this.#attached(), profile, gpu.bdf)
  }

  /** The management heap of a vGPU through its BAR1 mapping. */
  heap(id: number): Bar1Map {
    const { bar1 } = this.vgpu(id)
    if (bar1 === null) throw new Error(`the heap of vGPU ${id} is not mapped`)
    return this.#wiring.ops.bar1Window(bar1.offset, bar1.size)
  }

  /** Reset of the device: message 3, then guest memory is cleared. @throws NvError EINVAL, or as the copy engine fails */
  reset(id: number): void {
    const { fb } = this.vgpu(id)
    this.rpc(id).call(NV_VGPU_CPU_RPC_MSG_RESET)
    this.migration(id).setInProgress(false)
    if (fb && this.#wiring.profile.scrubOnFree) this.#wiring.ops.scrubFbmem(fb)
  }

  /** @throws NvError ENODEV when no vGPU has that id */
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

  /** Sends the known types again, in place of those GSP has. @throws NvError as GSP refuses */
  uploadTypes(): void {
    const mgr = this.#attached()
    mgr.types = this.#upload(mgr.client)
  }

  /**
   * An error GSP reported on a channel: the vGPU whose block holds it is marked failed, its neighbours are not touched.
   * @returns the vGPU, or null when the channel is the host's
   */
  channelError(channel: number, xid: number, text: string): VgpuState | null {
    const { gpu, clock, klog } = this.#wiring
    const owner = Object.values(gpu.mgr?.vgpus ?? {}).find(
      ({ chid }) => chid !== null && channel >= chid.offset && channel < chid.offset + chid.num,
    )
    if (!owner) return null
    owner.failed = { xid, text, at: clock.now }
    klog.err(`nvidia-vgpu ${owner.id}: Xid ${xid} on channel ${channel}: ${text}`)
    return owner
  }

  #attached(): MgrState {
    const { mgr, bdf } = this.#wiring.gpu
    if (!mgr)
      throw new NvError({
        errno: 'ENODEV',
        code: 'no-device',
        at: 'nvidia_vgpu_mgr_get',
        message: `no vGPU manager is attached to ${bdf}`,
        hint: 'nvgpu vf list',
      })
    return mgr
  }

  /** Attach, client, types, BAR0 (patches 19, 20, 21, 28). */
  #create(): MgrState {
    const { ops } = this.#wiring
    return takeInOrder((onError) => {
      ops.attachHandle()
      onError(() => ops.detachHandle())
      const client = ops.allocGspClient('vgpu-mgr')
      onError(() => ops.freeGspClient(client))
      const types = this.#upload(client.handle)
      this.#bar0 = ops.mapBar0()
      return {
        refs: 1,
        client: client.handle,
        bar0Mapped: true,
        eccEnabled: ops.eccEnabled(),
        heterogeneous: false,
        types,
        vgpus: {},
      }
    })
  }

  /** Patch 21: one control with room for 64 types, far larger than one message. @returns the ids, in order */
  #upload(client: number): number[] {
    const types = this.#wiring.knownTypes().slice(0, NVA081_MAX_VGPU_TYPES_PER_PGPU)
    if (types.length === 0) {
      throw new NvError({
        errno: 'ENODEV',
        code: 'profile-limit',
        at: 'nvidia_vgpu_mgr_init_vgpu_types',
        message: `the ${this.#wiring.profile.name} profile has no vGPU type for ${this.#wiring.gpu.bdf}`,
        hint: 'nvgpu host init --profile v2',
      })
    }
    const layout = NV2080_CTRL_CMD_VGPU_MGR_INTERNAL_PGPU_ADD_VGPU_TYPE.params
    const params = layout.encode({ discardVgpuTypes: true, vgpuInfoCount: types.length })
    for (const [i, type] of types.entries()) {
      params.set(
        fromSparse(type.blob, NVA081_CTRL_VGPU_INFO.size),
        layout.fields.vgpuInfo.offset + i * NVA081_CTRL_VGPU_INFO.size,
      )
    }
    this.#wiring.ops.rmCtrlWr({ handle: client }, NV2080_CTRL_CMD_VGPU_MGR_INTERNAL_PGPU_ADD_VGPU_TYPE.cmd, params)
    return types.map((type) => type.vgpuType)
  }

  /** The mode is the manager's: GSP must not keep it for the next one. */
  #leaveMixedSizes(mgr: MgrState): void {
    if (!mgr.heterogeneous) return
    try {
      this.setHeterogeneous(false)
    } catch (error) {
      if (!(error instanceof NvError)) throw error
      this.#wiring.klog.warn(`${this.#wiring.gpu.bdf}: GSP stays in heterogeneous mode: ${error.message}`)
    }
  }

  #seat(context: VgpuContext, type: VgpuType, placementId: number | null): Seat | null {
    const { ops, profile } = this.#wiring
    if (placementId === null) return null
    const grid = this.grid()
    if (grid.mode !== 'mixed-size') return null
    const types = context.mgr.types.flatMap((id) => this.#wiring.knownType(id) ?? [])
    const space = {
      usableFb: ops.usableFbSize(),
      vmmuSegmentSize: ops.vmmuSegmentSize(),
      channels: profile.channelsReserved,
    }
    const needs = { type, id: placementId, fbLength: fbLengthOf(context, type), channels: context.channelsOf(type) }
    return seatsOf(grid, space, types)(needs)
  }

  #context(): VgpuContext {
    const mgr = this.#attached()
    this.#bar0 ??= this.#wiring.ops.bar0Window()
    if (this.#known?.mgr !== mgr || this.#known.bar0 !== this.#bar0) this.#known = this.#contextOf(mgr, this.#bar0)
    return this.#known
  }

  #contextOf(mgr: MgrState, bar0: Bar0Map): VgpuContext {
    const { ops, profile, clock, klog, trace } = this.#wiring
    return {
      ops,
      mgr,
      bar0,
      profile,
      clock,
      klog,
      trace,
      channelsOf: (type) => channelsByRule(profile.channelsPerVgpu, ops.totalAvailChids(), type.maxInstance),
    }
  }
}
