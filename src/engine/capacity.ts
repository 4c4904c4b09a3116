import { NVA081_MAX_VGPU_PER_PGPU } from '../abi/nva081.ts'
import { type Profile, profileOf } from '../catalog/profiles.ts'
import { NvError } from '../errors/nv-error.ts'
import { boardOf } from './board-of.ts'
import { knownType } from './known-types.ts'
import type { MigNow } from './mig/now.ts'
import {
  creatableIds,
  type Grid,
  gridOf,
  type PlacedType,
  placementSize,
  supportedIds,
  type Taken,
} from './placement/grid.ts'
import { instanceSeat } from './placement/instance-seat.ts'
import { type Seat, type Seats, type Space, seatsOf } from './placement/seat.ts'
import { stateAt } from './select.ts'
import type { GpuState, HostState, Pool, VfState } from './state.ts'
import { checkTypeSelection, type Selection, type SelectionRules } from './vfio/type-select.ts'
import type { VgpuType } from './vgpu-mgr/types.ts'
import { fbLengthOf } from './vgpu-mgr/vgpu.ts'
import { needsOf, type Pools, takeAll } from './vgpu-resources.ts'
import { eccEnabled } from './views/gsp-answers.ts'
import { migNow } from './views/mig.ts'

/** The number of vGPUs of a type that a GPU can still create and start, and the reason against one more. */
export function fits(host: HostState, index: number, vgpuType: number): { count: number; reason: string | null } {
  const trial = new Trial(host, index)
  for (let count = 0; ; count += 1) {
    const reason = trial.add(vgpuType)
    if (reason !== null) return { count, reason }
  }
}

/** A GPU for trial creations: VFs and pools are copies. */
class Trial {
  readonly #gpu: GpuState
  readonly #rules: SelectionRules
  readonly #place: Place
  readonly #vfs: VfState[]
  readonly #pools: Pools

  constructor(host: HostState, index: number) {
    this.#gpu = stateAt(host, index)
    this.#vfs = this.#gpu.vfs.map((vf) => ({ ...vf }))
    const { nvkm } = this.#gpu
    this.#pools = { chids: copy(nvkm.chid.reserved), fb: copy(nvkm.fb), bar1: copy(nvkm.bar1) }
    this.#rules = selectionRules(host, this.#gpu, this.#vfs)
    this.#place = {
      gpu: this.#gpu,
      profile: profileOf(host),
      eccEnabled: eccEnabled(this.#gpu),
      seats: seatsIn(host, this.#gpu, this.#rules.grid),
      backed: () => typesIn(host, this.#gpu).filter(({ gpuInstanceSize }) => gpuInstanceSize > 0),
    }
  }

  /**
   * Creates and starts one vGPU. After a refusal the trial cannot be used again.
   * @returns the reason for a refusal, or null
   */
  add(vgpuType: number, placementId?: number): string | null {
    const { profile } = this.#place
    if (!this.#gpu.nvkm.enabled) return 'vGPU support is not enabled'
    try {
      const ecc = { pf: this.#gpu.bdf, ops: sizes(this.#gpu), mgr: { eccEnabled: this.#place.eccEnabled }, profile }
      const length = fbLengthOf(ecc, this.#rules.find(vgpuType))
      const vf = this.#vfs.find((known) => free(known, profile))
      if (!vf) return this.#vfs.length === 0 ? 'no VFs are enabled' : 'no free VF'
      const selection = checkTypeSelection(vf, vgpuType, this.#rules, { placementId })
      if (!selection) return 'there is nothing to select'
      const segment = this.#gpu.nvkm.vmmuSegmentSize
      const needs = needsOf(profile, segment, selection.type, length, this.#rules.mig.table)
      const seat = seatOf(this.#place, this.#rules.mig, selection, { fbLength: length, channels: needs.channels })
      const short = takeAll(this.#pools, needs, segment, seat)
      if (short !== null) return short
      vf.vgpuType = vgpuType
      vf.placementId = selection.placementId
      vf.gpuInstanceId = selection.gpuInstanceId
      return null
    } catch (error) {
      if (error instanceof NvError) return error.message
      throw error
    }
  }
}

/** Whether a type can be selected on a VF now, as in creatable_vgpu_types. Memory is not checked. */
export function selectable(host: HostState, index: number, vf: VfState, vgpuType: number): boolean {
  const gpu = stateAt(host, index)
  try {
    return checkTypeSelection(vf, vgpuType, selectionRules(host, gpu, gpu.vfs)) !== null
  } catch (error) {
    if (error instanceof NvError) return false
    throw error
  }
}

/** Supported and free placement ids of a type that fits `count` more times; null in modes without placement ids. */
export function placements(
  host: HostState,
  index: number,
  type: PlacedType & { vgpuType: number },
  count = fits(host, index, type.vgpuType).count,
): { size: number; supported: number[]; creatable: number[] } | null {
  const gpu = stateAt(host, index)
  const rules = selectionRules(host, gpu, gpu.vfs)
  const { grid } = rules
  if (grid.mode === 'none' || type.gpuInstanceSize > 0) return null
  const taken = takenBy(gpu.vfs, rules)
  return {
    size: placementSize(grid, type),
    supported: supportedIds(grid, type),
    creatable: count > 0 ? creatableIds(grid, type, taken) : [],
  }
}

/** Slots of the GPU in use; those inside GPU instances are not among them. */
function takenBy(vfs: readonly VfState[], { grid, find }: SelectionRules): Taken[] {
  return vfs.flatMap(({ placementId, vgpuType, gpuInstanceId }) =>
    placementId === null || gpuInstanceId !== null
      ? []
      : [{ id: placementId, size: placementSize(grid, find(vgpuType)) }],
  )
}

/** VFs of a GPU that can carry a vGPU, from the first one: the profile's limit, else what the firmware's lists hold. */
export function vfLimit({ maxVgpus }: Pick<Profile, 'maxVgpus'>): number {
  return maxVgpus.rule === 'vf-index' ? maxVgpus.limit : NVA081_MAX_VGPU_PER_PGPU
}

/** Whether a VF can take a vGPU: bound to the variant driver, no type, and within the profile's limit. */
export function free(vf: VfState, profile: Profile): boolean {
  const legal = vf.index < vfLimit(profile)
  return legal && vf.driver === 'nvidia-vgpu-vfio' && !vf.unbound && vf.vgpuType === 0 && vf.opened === null
}

function selectionRules(host: HostState, gpu: GpuState, vfs: readonly VfState[]): SelectionRules {
  const board = boardOf(gpu)
  const profile = profileOf(host)
  const known = new Map<number, VgpuType>()
  return {
    bdf: gpu.bdf,
    vfs,
    profile,
    grid: gridOf(board, profile, gpu.mgr?.heterogeneous ?? false),
    mig: migNow(gpu),
    find(id) {
      const type = known.get(id) ?? knownType(host, board, id)
      if (type) {
        known.set(id, type)
        return type
      }
      throw new NvError({
        errno: 'ENODEV',
        code: 'not-found',
        at: 'current_vgpu_type_store',
        message: `vGPU type ${id} is not one of ${gpu.bdf}`,
      })
    },
  }
}

interface Place {
  gpu: GpuState
  profile: Profile
  eccEnabled: boolean
  /** null when the allocators choose. */
  seats: Seats | null
  /** The MIG-backed types. */
  backed(): VgpuType[]
}

/** The fixed position of a vGPU; null where the allocators choose. */
function seatOf(
  place: Place,
  { table, instances }: MigNow,
  { type, placementId, gpuInstanceId }: Selection,
  needs: { fbLength: number; channels: number },
): Seat | null {
  const instance = instances.find(({ swizzId }) => swizzId === gpuInstanceId)
  if (table && instance) {
    const at = { start: instance.start, placementId }
    return instanceSeat(table, spaceOf(place), place.backed(), type, at)
  }
  return placementId === null ? null : (place.seats?.({ type, id: placementId, ...needs }) ?? null)
}

function spaceOf({ gpu, profile }: Pick<Place, 'gpu' | 'profile'>): Space {
  return {
    usableFb: gpu.nvkm.fb.size,
    vmmuSegmentSize: gpu.nvkm.vmmuSegmentSize,
    channels: profile.channelsReserved,
  }
}

function typesIn(host: HostState, gpu: GpuState): VgpuType[] {
  return (gpu.mgr?.types ?? []).flatMap((id) => knownType(host, boardOf(gpu), id) ?? [])
}

function seatsIn(host: HostState, gpu: GpuState, grid: Grid): Seats | null {
  if (grid.mode !== 'mixed-size') return null
  return seatsOf(grid, spaceOf({ gpu, profile: profileOf(host) }), typesIn(host, gpu))
}

function sizes(gpu: GpuState) {
  return { vmmuSegmentSize: () => gpu.nvkm.vmmuSegmentSize, totalFbSize: () => gpu.nvkm.fbTotal }
}

function copy(pool: Pool): Pool {
  return { ...pool, used: [...pool.used] }
}
