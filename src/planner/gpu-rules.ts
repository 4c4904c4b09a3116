import { GiB } from '../abi/align.ts'
import type { Board } from '../catalog/boards.ts'
import { type Profile, profileOf } from '../catalog/profiles.ts'
import { boardOf } from '../engine/board-of.ts'
import { vfLimit } from '../engine/capacity.ts'
import { totalVfs } from '../engine/definitions/vf-address.ts'
import { knownType, typesKnown } from '../engine/known-types.ts'
import { instancesFor, type MigNow } from '../engine/mig/now.ts'
import { gridOf, placementSize, supportedIds } from '../engine/placement/grid.ts'
import { stateAt } from '../engine/select.ts'
import type { GpuState, HostState, Pool } from '../engine/state.ts'
import type { VgpuType } from '../engine/vgpu-mgr/types.ts'
import { fbLengthOf } from '../engine/vgpu-mgr/vgpu.ts'
import { needsOf, type Pools, takeAll } from '../engine/vgpu-resources.ts'
import { eccEnabled } from '../engine/views/gsp-answers.ts'
import { migNow } from '../engine/views/mig.ts'
import { NvError } from '../errors/nv-error.ts'
import { sharedSlots } from './shared-slots.ts'

/** A type as one kind of GPU takes it. */
export interface PlannedType {
  readonly vgpuType: number
  readonly name: string
  /** profile size, GiB */
  readonly size: number
  /** Slots that it takes: one a GiB in mixed-size mode; a GPU instance of MIG is one. */
  readonly width: number
  /** Equal-size mode: types of one group may share a GPU. */
  readonly group: string
  /** Equal-size mode: number of these vGPUs on an empty GPU with enough VFs. */
  readonly most: number
  /** Mixed-size mode: first slots that the type may have; MIG: ids of the GPU instances of its profile. Ascending. Empty in equal-size mode. */
  readonly ids: readonly number[]
  /** Places on GPU instances whose vGPUs take turns, as sets of bits; null where a place is a run of slots. */
  readonly sets: ReadonlyMap<number, bigint> | null
  /** The ECC mode of the GPU keeps the type from starting. */
  readonly refused: boolean
}

/** Everything that decides where vGPUs fit on a GPU, apart from the vGPUs on it. GPUs with one `key` are alike. */
export interface GpuRules {
  readonly key: string
  readonly board: string
  /** With MIG each GPU instance is a place for one vGPU, and what there are of them belongs to the rules. */
  readonly mode: 'equal-size' | 'mixed-size' | 'mig'
  /** vGPUs take turns on its GPU instances: a place is one inside an instance. */
  readonly shared: boolean
  readonly ecc: boolean
  readonly slots: number
  /** VFs that can carry a vGPU when all are enabled */
  readonly vfs: number
  /** Types by id: time-sliced ones, or MIG-backed ones with MIG on; none where vGPU support is not enabled. */
  readonly types: ReadonlyMap<number, PlannedType>
}

/** The rules of a GPU of a host in its present mode. */
export function rulesOf(host: HostState, index: number): GpuRules {
  const gpu = stateAt(host, index)
  const board = boardOf(gpu)
  const profile = profileOf(host)
  const { mode, ecc, mig } = modesOf(gpu)
  const shared = mode === 'mig' && mig.table?.canTimeSlice === true
  const known = gpu.nvkm.enabled ? typesKnown(host, board) : []
  const types = known.flatMap(({ vgpuType }) => knownType(host, board, vgpuType) ?? [])
  const vfs = Math.min(vfLimit(profile), totalVfs(gpu))
  const backed = types.filter(({ gpuInstanceSize }) => gpuInstanceSize > 0 === mig.enabled)
  const sets = shared ? sharedSlots(mig, backed) : null
  return {
    key: rulesKey(host, index),
    board: board.name,
    mode,
    shared,
    ecc,
    slots: board.memoryGiB,
    vfs,
    types: new Map(
      backed.map((type) => [type.vgpuType, plannedType({ gpu, board, profile, ecc, mode, mig, sets }, type)]),
    ),
  }
}

/** Refuses GPUs whose vGPUs take turns on GPU instances. @throws NvError unsupported */
export function refuseShared(host: HostState, gpus: readonly number[], what: string): void {
  for (const index of gpus) {
    const gpu = stateAt(host, index)
    const { enabled, table } = migNow(gpu)
    if (enabled && table?.canTimeSlice) throw notPlanned(gpu, what)
  }
}

function notPlanned({ bdf }: GpuState, what: string): NvError {
  return new NvError({
    errno: 'EOPNOTSUPP',
    code: 'unsupported',
    at: what,
    message: `vGPUs take turns on the GPU instances of ${bdf}, which ${what} does not know`,
    hint: `nvgpu capacity --gpu ${bdf}`,
    object: bdf,
  })
}

/** The key of those rules, without working them out. */
export function rulesKey(host: HostState, index: number): string {
  const gpu = stateAt(host, index)
  const { mode, ecc, mig } = modesOf(gpu)
  const instances = mig.instances.map(
    ({ swizzId, profileId, heterogeneous }) => `${swizzId}:${profileId}${heterogeneous ? ' mixed' : ''}`,
  )
  if (!mig.timeSlicing) instances.push('no turns')
  const given = gpu.figures === null ? [] : [Object.values(gpu.figures).join('/')]
  const support = gpu.nvkm.enabled ? 'vGPU' : 'no vGPU'
  return [gpu.board, ...given, host.profile, support, mode, ecc ? 'ECC' : 'no ECC', ...instances].join(' ')
}

function modesOf(gpu: GpuState): { mode: GpuRules['mode']; ecc: boolean; mig: MigNow } {
  const mig = migNow(gpu)
  const sizes = gpu.mgr?.heterogeneous ? 'mixed-size' : 'equal-size'
  return { mode: mig.enabled ? 'mig' : sizes, ecc: eccEnabled(gpu), mig }
}

interface Gpu {
  gpu: GpuState
  board: Board
  profile: Profile
  ecc: boolean
  mode: GpuRules['mode']
  mig: MigNow
  sets: ReadonlyMap<number, ReadonlyMap<number, bigint>> | null
}

function plannedType(of: Gpu, type: VgpuType): PlannedType {
  const { gpu, profile, ecc, mode } = of
  const fbLength = guestFb(gpu, profile, ecc, type)
  const { vmmuSegmentSize: segment } = gpu.nvkm
  const needs = needsOf(profile, segment, type, fbLength ?? type.fbLength, null)
  const pools = emptyPools(gpu)
  let most = 0
  if (mode === 'equal-size') while (most < type.maxInstance && takeAll(pools, needs, segment, null) === null) most += 1
  const size = Math.ceil(type.profileSize / GiB)
  const sharing = profile.sharing === 'same-size' ? `${type.profileSize / GiB} GiB` : type.vgpuName
  return {
    vgpuType: type.vgpuType,
    name: type.vgpuName,
    size,
    width: of.sets === null ? widthOf(of, type) : size,
    group: [sharing, ...Object.values(needs), most].join('/'),
    most,
    ids: idsOf(of, type),
    sets: of.sets?.get(type.vgpuType) ?? null,
    refused: fbLength === null,
  }
}

function widthOf({ board, profile, mode }: Gpu, type: VgpuType): number {
  return mode === 'mig' ? 1 : placementSize(gridOf(board, profile, true), type)
}

function idsOf({ board, profile, mode, mig, sets }: Gpu, type: VgpuType): readonly number[] {
  if (sets !== null) return [...(sets.get(type.vgpuType)?.keys() ?? [])].sort((a, b) => a - b)
  if (mode === 'equal-size') return []
  if (mode === 'mixed-size') return supportedIds(gridOf(board, profile, true), type)
  return instancesFor(mig, type, []).map(({ swizzId }) => swizzId)
}

/** Bytes of guest framebuffer; null where ECC keeps the type from starting. */
function guestFb(gpu: GpuState, profile: Profile, ecc: boolean, type: VgpuType): number | null {
  const ops = { vmmuSegmentSize: () => gpu.nvkm.vmmuSegmentSize, totalFbSize: () => gpu.nvkm.fbTotal }
  try {
    return fbLengthOf({ pf: gpu.bdf, ops, mgr: { eccEnabled: ecc }, profile }, type)
  } catch (error) {
    if (error instanceof NvError) return null
    throw error
  }
}

/** The pools of a GPU without its vGPUs. */
function emptyPools({ nvkm }: GpuState): Pools {
  const without = (pool: Pool) => ({ ...pool, used: pool.used.filter(({ owner }) => !owner.startsWith('vgpu ')) })
  return { chids: without(nvkm.chid.reserved), fb: without(nvkm.fb), bar1: without(nvkm.bar1) }
}
