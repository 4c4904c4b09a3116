import {
  NV2080_CTRL_CMD_GSP_GET_FEATURES,
  NV2080_CTRL_CMD_VGPU_MGR_INTERNAL_PGPU_ADD_VGPU_TYPE,
  NV2080_CTRL_CMD_VGPU_MGR_INTERNAL_SET_VGPU_MGR_CONFIG,
} from '../../abi/ctrl2080.ts'
import { NVA081_CTRL_VGPU_INFO, NVA081_MAX_VGPU_TYPES_PER_PGPU, NVA081_NOTIFIERS_MAXCOUNT } from '../../abi/nva081.ts'
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
import type { GpuState, MgrState, VgpuState } from '../state.ts'
import type { Trace } from '../trace.ts'
import { takeInOrder } from '../unwind.ts'
import { type GpuFacts, gpuFacts } from './gpu-facts.ts'
import { type MetadataTypes, readMetadata } from './metadata.ts'
import type { VgpuMigration } from './migration.ts'
import type { VgpuRpc } from './rpc.ts'
import type { TypeRecord, VgpuType } from './types.ts'
import {
  channelsByRule,
  createVgpu,
  destroyVgpu,
  detachVgpu,
  fbLengthOf,
  migrationOf,
  reattachVgpu,
  rpcOf,
  scrub,
  type VgpuContext,
  type VgpuRequest,
} from './vgpu.ts'

function notValid(control: string): NvError {
  const message = `GSP has no valid answer to ${control}`
  return new NvError({ errno: 'EINVAL', code: 'firmware-refusal', at: 'nvidia_vgpu_mgr_init_metadata', message })
}

/** NVA081_NOTIFIERS_EVENT_VGPU_GUEST_*, by index. */
const CONFIG_EVENTS = ['guest created', 'guest initialising', 'guest destroyed'] as const

export interface VgpuMgrWiring {
  board: Board
  gpu: Pick<GpuState, 'mgr' | 'bdf'> & { nvkm: { driver: string | null } }
  ops: NvkmVgpuMgrVfioOps
  profile: Profile
  clock: Clock
  klog: Klog
  trace: Trace | null
  /** request_firmware. @throws NvError ENOENT */
  requestFirmware(path: string): Uint8Array
  /** The host's types for this PF's device id, in upload order. */
  knownTypes(): TypeRecord[]
  /** The address of a VF whose VM runs, null for another. */
  runs(vf: number): string | null
  /** One known type, decoded. */
  knownType(vgpuType: number): VgpuType | undefined
}

/**
 * The vGPU manager of one PF (vgpu_mgr.c), with a reference for each bound VF. The posted code loses the attached
 * pointer and makes a manager for every VF; this is one manager per PF, as intended.
 */
export class VgpuMgr {
  readonly #wiring: VgpuMgrWiring
  #bar0: Bar0Map | null = null
  #known: VgpuContext | undefined

  constructor(wiring: VgpuMgrWiring) {
    this.#wiring = wiring
  }

  /**
   * nvidia_vgpu_mgr_get, on binding a VF: takes a reference; the first one creates the manager.
   * @throws NvError EINVAL (the PF's driver is not nvkm), ENODEV (support not enabled), or the error of a failed step
   */
  get(): void {
    const { gpu, ops, profile } = this.#wiring
    const at = 'nvidia_vgpu_mgr_get'
    if (gpu.nvkm.driver === null) {
      const message = `the driver of ${gpu.bdf} is not ${profile.pciDrivers.pf}`
      throw new NvError({ errno: 'EINVAL', code: 'no-device', at, message })
    }
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

  /** nvidia_vgpu_mgr_put: drops a reference. The last one releases everything, even with vGPU support disabled. */
  put(): void {
    const { gpu, ops, klog } = this.#wiring
    const mgr = this.#attached()
    if (!ops.isEnabled()) klog.warn(`${gpu.bdf}: vGPU support is disabled; the manager is released anyway`)
    mgr.refs -= 1
    if (mgr.refs > 0) return
    this.#leaveMixedSizes(mgr)
    this.#bar0 = null
    ops.freeGspClient({ handle: mgr.client })
    ops.detachHandle()
    gpu.mgr = null
  }

  /** @throws NvError ENODEV when the id is not among the uploaded types */
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

  /** @param request `placementId` is the first slot of the VF's type, null without placement */
  create(request: Omit<VgpuRequest, 'seat'> & { placementId?: number | null }): VgpuState {
    const context = this.#context()
    const { id, gfid, dbdf, type, pid, uuid, uuidBytes, placementId = null } = request
    const seat = this.#seat(context, type, placementId)
    return createVgpu(context, { id, gfid, dbdf, type, pid, uuid, uuidBytes, seat })
  }

  /** The placement grid of this PF in its current mode. */
  grid(): Grid {
    const { board, profile, gpu } = this.#wiring
    return gridOf(board, profile, gpu.mgr?.heterogeneous ?? false)
  }

  /** Switches GSP and the manager between mixed-size and equal-size mode. @throws NvError of GSP's refusal */
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

  /** Warm update: releases a vGPU's objects in the firmware; memory, channels and mapping stay. */
  detach(id: number): void {
    detachVgpu(this.#context(), this.vgpu(id))
  }

  /** Warm update: gives a vGPU a plugin task in the new firmware. @throws NvError like `create`; it stays detached */
  reattach(request: Omit<VgpuRequest, 'seat'>): void {
    reattachVgpu(this.#context(), this.vgpu(request.id), { ...request, seat: null })
  }

  /** Warm update: releases the manager's objects in firmware and core driver. Its record and its vGPUs stay. */
  letGo(): void {
    const { ops } = this.#wiring
    const mgr = this.#attached()
    this.#bar0 = null
    ops.freeGspClient({ handle: mgr.client })
    ops.detachHandle()
  }

  /** Warm update: attaches to the new core driver, like `get` for the first VF. @throws NvError like `get` */
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

  /** Facts about this PF for the other side of a migration. @throws NvError ENODEV (no manager), EOPNOTSUPP */
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

  /** Uploads the known types again and replaces GSP's types. @throws NvError of GSP's refusal */
  uploadTypes(): void {
    const mgr = this.#attached()
    mgr.types = this.#upload(mgr.client)
  }

  /**
   * Handles a channel error from GSP: marks the vGPU that owns the channel as failed; others are unaffected.
   * @returns the vGPU, or null for a host channel
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

  /**
   * Power management: on suspend the manager comes before the core driver. The series has no code for it.
   * @throws NvError EBUSY while a VM runs on one of its vGPUs
   */
  suspend(): void {
    const { gpu, klog, runs } = this.#wiring
    if (!gpu.mgr) return
    for (const vgpu of Object.values(gpu.mgr.vgpus)) {
      const vf = runs(vgpu.id)
      if (vf === null) continue
      throw new NvError({
        errno: 'EBUSY',
        code: 'busy',
        at: 'nvidia_vgpu_mgr_suspend',
        message: `vGPU ${vgpu.uuid} on ${vf} runs`,
        hint: `nvgpu vgpu suspend ${vgpu.uuid}`,
        object: vf,
      })
    }
    gpu.mgr.suspended = true
    klog.info(`${gpu.bdf}: the vGPU manager is suspended`)
  }

  /** Power management: on resume the manager comes after the core driver. */
  resume(): void {
    const { gpu, klog } = this.#wiring
    if (!gpu.mgr?.suspended) return
    gpu.mgr.suspended = false
    klog.info(`${gpu.bdf}: the vGPU manager is back`)
  }

  /** Event 0x100d: the plugin task of a gfid asks for service. */
  pluginTriggered(gfid: number, notifyIndex: number): void {
    const { gpu, klog } = this.#wiring
    const vgpu = gpu.mgr?.vgpus[gfid - 1]
    if (vgpu) klog.info(`nvidia-vgpu ${vgpu.id}: its plugin task asks for service, notify index ${notifyIndex}`)
    else klog.warn(`${gpu.bdf}: a plugin task of gfid ${gfid} asks for service, and there is no such vGPU`)
  }

  /** Event 0x1010: a guest was created, initialises, or was destroyed (NVA081_NOTIFIERS_EVENT_*). */
  vgpuConfig(notifyIndex: number): void {
    const { gpu, klog } = this.#wiring
    const what = CONFIG_EVENTS[notifyIndex]
    if (notifyIndex < NVA081_NOTIFIERS_MAXCOUNT)
      klog.info(`${gpu.bdf}: vGPU configuration event ${notifyIndex}${what ? `: ${what}` : ''}`)
    else klog.warn(`${gpu.bdf}: vGPU configuration event ${notifyIndex} does not exist`)
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

  /** Creates the manager: attach, client, types, BAR0 (patches 19, 20, 21, 28). */
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
        suspended: false,
        types,
        vgpus: {},
      }
    })
  }

  /** Patch 21: uploads the types in one control for up to 64, larger than one message. @returns the ids, in order */
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
    const loaded = this.#wiring.profile.metadata && this.#metadata(client, this.#wiring.profile.metadata)
    if (loaded) {
      this.#wiring.ops.rmCtrlWr({ handle: client }, loaded.cmd, loaded.params)
      return loaded.types
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

  /** The 2025 series: the types come from the firmware file of the running GSP. @throws NvError ENOENT, EINVAL */
  #metadata(client: number, release: { major: number; minor: number }): MetadataTypes {
    const { ops, board, requestFirmware } = this.#wiring
    const features = NV2080_CTRL_CMD_GSP_GET_FEATURES
    const answer = ops.rmCtrlRd({ handle: client }, features.cmd, features.params.encode({}))
    const { bValid, firmwareVersion: gspVersion } = features.params.decode(answer)
    if (!bValid) throw notValid(features.name)
    const file = requestFirmware(`nvidia/vgpu-${gspVersion}.bin`)
    return readMetadata(file, { ...release, gspVersion, deviceId: board.deviceId })
  }

  /** Resets GSP to equal-size mode: the mode belongs to this manager, not to the next one. */
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
