import { NvError } from '../abi/nv-error.ts'
import { PROFILES, type Profile } from '../catalog/profiles.ts'
import { boardOf } from './board-of.ts'
import { knownType } from './known-types.ts'
import { findAt, findDown, findUp, take } from './nvkm/ranges.ts'
import { creatableIds, type Grid, gridOf, type PlacedType, placementSize, supportedIds } from './placement/grid.ts'
import { type Seats, seatsOf } from './placement/seat.ts'
import { stateAt } from './select.ts'
import type { GpuState, HostState, Pool, VfState } from './state.ts'
import { checkTypeSelection, type Selection, type SelectionRules } from './vfio/type-select.ts'
import type { VgpuType } from './vgpu-mgr/types.ts'
import { channelsByRule, fbLengthOf } from './vgpu-mgr/vgpu.ts'

const FB_PAGE = 4096

/** How many more vGPUs of a type could be created and started on a GPU now, and what stops the next one. */
export function fits(host: HostState, index: number, vgpuType: number): { count: number; reason: string | null } {
  const gpu = stateAt(host, index)
  const profile = PROFILES[host.profile]
  if (!gpu.nvkm.enabled) return { count: 0, reason: 'vGPU support is not enabled' }
  const vfs = gpu.vfs.map((vf) => ({ ...vf }))
  const rules = selectionRules(host, gpu, vfs)
  const trial = { chids: copy(gpu.nvkm.chid.reserved), fb: copy(gpu.nvkm.fb), bar1: copy(gpu.nvkm.bar1) }
  let count = 0
  try {
    const length = fbLengthOf(
      { ops: sizes(gpu), mgr: { eccEnabled: gpu.gsp.eccEnabled }, profile },
      rules.find(vgpuType),
    )
    const seats = seatsIn(host, gpu, rules.grid)
    for (;;) {
      const vf = vfs.find((known) => free(known, profile))
      if (!vf) return { count, reason: vfs.length === 0 ? 'no VFs are enabled' : 'no free VF' }
      const selection = checkTypeSelection(vf, vgpuType, rules)
      if (!selection) return { count, reason: 'there is nothing to select' }
      const short = takeAll(trial, { gpu, profile, seats }, selection, length)
      if (short) return { count, reason: short }
      vf.vgpuType = vgpuType
      vf.placementId = selection.placementId
      count += 1
    }
  } catch (error) {
    if (error instanceof NvError) return { count, reason: error.message }
    throw error
  }
}

/** Whether a type could be selected on a VF now: the question behind creatable_vgpu_types. Memory is not asked for. */
export function selectable(host: HostState, index: number, vf: VfState, vgpuType: number): boolean {
  const gpu = stateAt(host, index)
  try {
    return checkTypeSelection(vf, vgpuType, selectionRules(host, gpu, gpu.vfs)) !== null
  } catch (error) {
    if (error instanceof NvError) return false
    throw error
  }
}

/** Placement ids of a type of which `count` more fit, ever and now; null where the GPU's mode has none. */
export function placements(
  host: HostState,
  index: number,
  type: PlacedType & { vgpuType: number },
  count = fits(host, index, type.vgpuType).count,
): { size: number; supported: number[]; creatable: number[] } | null {
  const gpu = stateAt(host, index)
  const { grid, find } = selectionRules(host, gpu, gpu.vfs)
  if (grid.mode === 'none' || type.gpuInstanceSize > 0) return null
  const taken = gpu.vfs.flatMap(({ placementId, vgpuType }) =>
    placementId === null ? [] : [{ id: placementId, size: placementSize(find(vgpuType)) }],
  )
  return {
    size: placementSize(type),
    supported: supportedIds(grid, type),
    creatable: count > 0 ? creatableIds(grid, type, taken) : [],
  }
}

/** A VF that can take another vGPU: bound to the variant driver, no type, and within the profile's limit. */
export function free(vf: VfState, profile: Profile): boolean {
  const legal = profile.maxVgpus.rule !== 'vf-index' || vf.index < profile.maxVgpus.limit
  return legal && vf.driver === 'nvidia-vgpu-vfio' && !vf.unbound && vf.vgpuType === 0 && vf.opened === null
}

function selectionRules(host: HostState, gpu: GpuState, vfs: readonly VfState[]): SelectionRules {
  const board = boardOf(gpu)
  const profile = PROFILES[host.profile]
  const known = new Map<number, VgpuType>()
  return {
    vfs,
    profile,
    grid: gridOf(board, profile, gpu.mgr?.heterogeneous ?? false),
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
  /** Null where the allocators choose. */
  seats: Seats | null
}

/** Takes on copies of the pools what creating one vGPU takes, in the profile's order. @returns what is missing, or null */
function takeAll(
  trial: { chids: Pool; fb: Pool; bar1: Pool },
  place: Place,
  { type, placementId }: Selection,
  length: number,
): string | null {
  const { gpu, profile } = place
  const segment = gpu.nvkm.vmmuSegmentSize
  const channels = channelsByRule(profile.channelsPerVgpu, profile.channelsReserved.count, type.maxInstance)
  const seat = placementId === null ? null : place.seats?.({ type, id: placementId, fbLength: length, channels })
  const one = (pool: Pool, at: number | null, size: number, what: string) => {
    if (at === null) return what
    take(pool, { offset: at, size, owner: 'trial' })
    return null
  }
  const down = (size: number, alignment: number, wanted: number | undefined) =>
    wanted === undefined ? findDown(trial.fb, size, alignment) : findAt(trial.fb, size, wanted, alignment)
  const fbSize = Math.ceil(length / segment) * segment
  const heapSize = Math.ceil(type.gspHeapSize / FB_PAGE) * FB_PAGE
  const mapped = profile.mapWholeHeap ? heapSize : profile.mappedHeapSize
  const chid = seat ? findAt(trial.chids, channels, seat.chid) : findUp(trial.chids, channels)
  return (
    one(trial.chids, chid, channels, 'no channels') ??
    one(trial.fb, down(fbSize, segment, seat?.fb), fbSize, 'no framebuffer') ??
    one(trial.fb, down(heapSize, FB_PAGE, seat?.heap), heapSize, 'no framebuffer for the management heap') ??
    one(trial.bar1, findUp(trial.bar1, mapped, FB_PAGE), mapped, 'no BAR1 space')
  )
}

function seatsIn(host: HostState, gpu: GpuState, grid: Grid): Seats | null {
  if (grid.mode !== 'mixed-size') return null
  const types = (gpu.mgr?.types ?? []).flatMap((id) => knownType(host, boardOf(gpu), id) ?? [])
  const space = {
    usableFb: gpu.nvkm.fb.size,
    vmmuSegmentSize: gpu.nvkm.vmmuSegmentSize,
    channels: PROFILES[host.profile].channelsReserved,
  }
  return seatsOf(grid, space, types)
}

function sizes(gpu: GpuState) {
  return { vmmuSegmentSize: () => gpu.nvkm.vmmuSegmentSize, totalFbSize: () => gpu.nvkm.fbTotal }
}

function copy(pool: Pool): Pool {
  return { ...pool, used: [...pool.used] }
}
