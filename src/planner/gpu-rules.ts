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
  /** The ECC mode of the GPU keeps the type from starting. */
  readonly refused: boolean
}

/** Everything that decides where vGPUs fit on a GPU, apart from the vGPUs on it. GPUs with one `key` are alike. */
export interface GpuRules {
  readonly key: string
  readonly board: string
  /** With MIG each GPU instance is a place for one vGPU, and what there are of them belongs to the rules. */
  readonly mode: 'equal-size' | 'mixed-size' | 'mig'
  readonly ecc: boolean
  readonly slots: number
  /** VFs that can carry a vGPU when all are enabled */
  readonly vfs: number
  /** Types by id: time-sliced ones, or MIG-backed ones with MIG on; none where vGPU support is not enabled. */
  readonly types: ReadonlyMap<number, PlannedType>
}

/** The rules of a GPU of a host in its present mode. @throws NvError unsupported (vGPUs take turns on its GPU instances) */
export function rulesOf(host: HostState, index: number): GpuRules {
  const gpu = stateAt(host, index)
  const board = boardOf(gpu)
  const profile = profileOf(host)
  const { mode, ecc, mig } = modesOf(gpu)
  if (mode === 'mig' && mig.table?.canTimeSlice) throw notPlanned(gpu)
  const known = gpu.nvkm.enabled ? typesKnown(host, board) : []
  const types = known.flatMap(({ vgpuType }) => knownType(host, board, vgpuType) ?? [])
  const vfs = Math.min(vfLimit(profile), totalVfs(gpu))
  return {
    key: rulesKey(host, index),
    board: board.name,
    mode,
    ecc,
    slots: board.memoryGiB,
    vfs,
    types: new Map(
      types
        .filter(({ gpuInstanceSize }) => gpuInstanceSize > 0 === mig.enabled)
        .map((type) => [type.vgpuType, plannedType({ gpu, board, profile, ecc, mode, mig }, type)]),
    ),
  }
}

function notPlanned({ bdf }: GpuState): NvError {
  return new NvError({
    errno: 'EOPNOTSUPP',
    code: 'unsupported',
    at: 'fit',
    message: `vGPUs take turns on the GPU instances of ${bdf}, and no plan is made for those`,
    hint: `nvgpu capacity --gpu ${bdf}`,
    object: bdf,
  })
}

/** The key of those rules, without working them out. */
export function rulesKey(host: HostState, index: number): string {
  const gpu = stateAt(host, index)
  const { mode, ecc, mig } = modesOf(gpu)
  const instances = mig.instances.map(({ swizzId, profileId }) => `${swizzId}:${profileId}`)
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
}

function plannedType(of: Gpu, type: VgpuType): PlannedType {
  const { gpu, board, profile, ecc, mode } = of
  const fbLength = guestFb(gpu, profile, ecc, type)
  const { vmmuSegmentSize: segment } = gpu.nvkm
  const needs = needsOf(profile, segment, type, fbLength ?? type.fbLength, null)
  const pools = emptyPools(gpu)
  let most = 0
  if (mode === 'equal-size') while (most < type.maxInstance && takeAll(pools, needs, segment, null) === null) most += 1
  const sharing = profile.sharing === 'same-size' ? `${type.profileSize / GiB} GiB` : type.vgpuName
  return {
    vgpuType: type.vgpuType,
    name: type.vgpuName,
    size: Math.ceil(type.profileSize / GiB),
    width: mode === 'mig' ? 1 : placementSize(gridOf(board, profile, true), type),
    group: [sharing, ...Object.values(needs), most].join('/'),
    most,
    ids: idsOf(of, type),
    refused: fbLength === null,
  }
}

function idsOf({ board, profile, mode, mig }: Gpu, type: VgpuType): readonly number[] {
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
