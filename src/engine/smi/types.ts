import { MiB } from '../../abi/align.ts'
import { NVA081_CTRL_VGPU_INFO } from '../../abi/nva081.ts'
import type { Board } from '../../catalog/boards.ts'
import { type Profile, profileOf } from '../../catalog/profiles.ts'
import { typeById } from '../../catalog/vgpu-types.ts'
import { shortTypeName } from '../../errors/type-name.ts'
import { boardOf } from '../board-of.ts'
import { fits, placements } from '../capacity.ts'
import { instancePlaces } from '../instance-places.ts'
import { knownTypes } from '../known-types.ts'
import { type InstanceType, mostPerInstance, needsTimeSlicing } from '../mig/most-per-instance.ts'
import type { MigTable } from '../mig/table.ts'
import { gridOf, placementSize, supportedIds } from '../placement/grid.ts'
import { groundOf } from '../placement/ground.ts'
import { stateAt } from '../select.ts'
import { fromSparse } from '../sparse.ts'
import type { HostState } from '../state.ts'
import { decodeType, type TypeRecord, type VgpuType } from '../vgpu-mgr/types.ts'
import { migNow, migOf } from '../views/mig.ts'
import { hex } from '../views/words.ts'
import type { SmiTypeView } from './view.ts'

/** Most vGPUs of a type in one VM, where the number is unpublished. */
const MOST_PER_VM = 16

/** The types of a GPU in NVIDIA's order, with their creatable placements. Without time slices on GPU instances, types of which several run on one are not among them. */
export function smiTypes(host: HostState, index: number): SmiTypeView[] {
  const gpu = stateAt(host, index)
  const { table, timeSlicing } = migNow(gpu)
  const hidden = (type: VgpuType) => table !== null && !timeSlicing && needsTimeSlicing(table, type)
  return knownTypes(host, boardOf(gpu))
    .filter((type) => !hidden(decodeType(type)))
    .map((type) => typeFacts(host, index, type))
}

function typeFacts(host: HostState, index: number, type: TypeRecord): SmiTypeView {
  const info = NVA081_CTRL_VGPU_INFO.decode(fromSparse(type.blob, NVA081_CTRL_VGPU_INFO.size))
  const board = boardOf(stateAt(host, index))
  const profile = profileOf(host)
  const table = migOf(stateAt(host, index))
  const isMigBacked = info.gpuInstanceSize > 0
  const catalogue = typeById(info.vgpuType)
  const creatable = fits(host, index, info.vgpuType).count > 0
  const perVm = info.multiVgpuSupported === 0 || info.multiVgpuExclusive !== 0 ? 1 : MOST_PER_VM
  return {
    gpu: index,
    id: info.vgpuType,
    name: shortTypeName(catalogue?.vgpuName ?? '') === info.vgpuName ? (catalogue?.vgpuName ?? '') : info.vgpuName,
    class: info.vgpuClass,
    license: info.license,
    maxInstance: info.maxInstance,
    gpuInstanceProfileId: isMigBacked ? info.gpuInstanceProfileId : null,
    maxPerGpuInstance: isMigBacked && table ? mostPerInstance(table, info) : null,
    maxInstancesPerVm: catalogue ? catalogue.maxInstancesPerVm : perVm,
    multiVgpuExclusive: info.multiVgpuExclusive !== 0,
    exclusiveType: info.exclusiveType !== 0,
    exclusiveSize: info.exclusiveSize !== 0,
    deviceId: hex(info.pdevId * 0x10000 + board.vendorId),
    subsystemId: hex(info.vdevId),
    framebufferMiB: info.profileSize / MiB,
    numHeads: info.numHeads,
    maxResolutionX: info.maxResolutionX,
    maxResolutionY: info.maxResolutionY,
    frameRateLimit: info.frlEnable ? info.frlConfig : 0,
    placement: mixedPlaces(board, profile, table, info),
    creatable,
    creatableOn: isMigBacked && creatable ? instancePlaces(host, index, info.vgpuType) : [],
    creatableIds: placements(host, index, info)?.creatable ?? null,
  }
}

/** Slots and ids of a type in mixed-size mode: on the GPU, or inside a GPU instance of its profile; null where it has none. */
function mixedPlaces(board: Board, profile: Profile, table: MigTable | null, type: InstanceType) {
  if (!board.mixedSize || !profile.mixedSize) return null
  const instance = table?.profiles.find(({ id }) => id === type.gpuInstanceProfileId)
  const mode = instance && { size: instance.size, heterogeneous: true }
  const ground = groundOf(gridOf(board, profile, true), table, type, mode)
  if (ground.grid.mode === 'none') return null
  return { size: placementSize(ground.grid, ground.type), supported: supportedIds(ground.grid, ground.type) }
}
