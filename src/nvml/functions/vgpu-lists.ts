import {
  nvmlVgpuHeterogeneousMode_v1_t,
  nvmlVgpuPlacementList_v1_t,
  nvmlVgpuPlacementList_v2_t,
} from '../../abi/nvml/vgpu.ts'
import { boardOf } from '../../engine/board-of.ts'
import { gridOf, placementSize, supportedIds } from '../../engine/placement/grid.ts'
import { stateAt } from '../../engine/select.ts'
import type { SmiGpuView, SmiTypeView } from '../../engine/smi/view.ts'
import { setMigTimeSlicing } from '../../engine/verbs/instance-sharing.ts'
import { setMode } from '../../engine/verbs/modes.ts'
import type { Call } from '../call.ts'
import { NvmlError } from '../error.ts'
import { change, coded, type Rows, row } from '../row.ts'

/** nvmlDeviceVgpuCapability_t by number: whether the GPU has it; null where the model has no figure. */
const CAPABILITIES: readonly ((gpu: SmiGpuView, call: Call) => boolean | null)[] = [
  ({ capabilities }) => capabilities.fractionalMultiVgpu,
  ({ capabilities }) => capabilities.heterogeneousProfiles,
  ({ capabilities }) => capabilities.heterogeneousSizes,
  () => null,
  () => null,
  () => true,
  () => false,
  () => false,
  ({ migration }) => migration,
  ({ capabilities }) => capabilities.homogeneousPlacements,
  ({ capabilities }) => capabilities.migTimeSlicing !== null,
  ({ capabilities }) => capabilities.migTimeSlicing === true,
]
const MIG_TIMESLICING = 11
/** nvmlVgpuDriverCapability_t. */
const DRIVER_CAPABILITIES = 2
/** Modes of a placement list. */
const HETEROGENEOUS = 0
const HOMOGENEOUS = 1

function ids(of: (type: SmiTypeView) => boolean) {
  return (call: Call) => {
    const types = call.facts.typesOf(call.vgpuHost().index)
    call.putInts(
      1,
      2,
      types.filter(of).map(({ id }) => id),
    )
  }
}

/** The mode of the GPU, for boards that have mixed sizes. @throws NvmlError NOT_SUPPORTED */
function mixedMode(call: Call): boolean {
  const { heterogeneous } = call.vgpuHost()
  if (heterogeneous === 'N/A') throw new NvmlError('NOT_SUPPORTED')
  return heterogeneous === 'Enabled'
}

/** A list of placement ids, in version 1 (mixed sizes only) or 2 (with a mode). */
function placements(
  of: (type: SmiTypeView, mixed: boolean, call: Call) => { size: number; ids: readonly number[] } | null,
) {
  return (call: Call) => {
    const { index } = call.vgpuHost()
    const type = call.facts.typesOf(index).find(({ id }) => id === call.number(1))
    if (type === undefined) throw new NvmlError('INVALID_ARGUMENT')
    const struct = call.versionOf(2, nvmlVgpuPlacementList_v1_t, nvmlVgpuPlacementList_v2_t)
    const asked = struct.decode(call.memory(call.word(2), struct.size))
    const mode = 'mode' in asked ? Number(asked.mode) : HETEROGENEOUS
    if (mode > HOMOGENEOUS) throw new NvmlError('INVALID_ARGUMENT')
    const found = of(type, mode === HETEROGENEOUS, call)
    if (found === null) throw new NvmlError('NOT_SUPPORTED')
    const { count, placementIds } = nvmlVgpuPlacementList_v1_t.decode(
      call.memory(call.word(2), nvmlVgpuPlacementList_v1_t.size),
    )
    const size = Buffer.alloc(4)
    size.writeUInt32LE(found.size)
    call.put(2, size, nvmlVgpuPlacementList_v1_t.fields.placementSize?.offset ?? 0)
    call.putArray(call.word(2) + 8n, count, placementIds, found.ids.map(word))
  }
}

function word(value: number): Uint8Array {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32LE(value)
  return bytes
}

/** Supported placements of a type in mixed-size mode, or in equal-size mode on boards that have ids there. */
function supported(type: SmiTypeView, mixed: boolean, call: Call) {
  if (mixed) return type.placement && { size: type.placement.size, ids: type.placement.supported }
  const { facts } = call
  const state = stateAt(facts.state, type.gpu)
  const grid = gridOf(boardOf(state), facts.profile, false)
  if (grid.mode === 'none') return null
  const shape = facts.placed(type.gpu, type.id)
  return { size: placementSize(grid, shape), ids: supportedIds(grid, shape) }
}

/** Placements that are free now; none for the mode in which the GPU is not. */
function creatable(type: SmiTypeView, mixed: boolean, call: Call) {
  const known = supported(type, mixed, call)
  const isMixed = call.facts.gpu(type.gpu).heterogeneous === 'Enabled'
  return known && { size: known.size, ids: isMixed === mixed ? (type.creatableIds ?? []) : [] }
}

export const VGPU_LIST_ROWS: Rows = {
  nvmlDeviceGetHostVgpuMode: row('smi -q: Host VGPU Mode', (call) =>
    call.putInt(1, call.vgpuHost().sriov.totalVfs > 0 ? 1 : 0),
  ),
  nvmlDeviceGetSupportedVgpus: row(
    'types list',
    ids(() => true),
  ),
  nvmlDeviceGetCreatableVgpus: row(
    'types list --creatable',
    ids(({ creatable: yes }) => yes),
  ),
  nvmlDeviceGetActiveVgpus: row('query vgpu_id', (call) =>
    call.putInts(
      1,
      2,
      call.vgpuHost().vgpus.map(({ vgpuId }) => vgpuId),
    ),
  ),
  nvmlDeviceGetVgpuCapabilities: row('query vgpu_device_capability.*', (call) => {
    const gpu = call.vgpuHost()
    const capability = CAPABILITIES[call.number(1)]
    if (capability === undefined) throw new NvmlError('INVALID_ARGUMENT')
    const has = capability(gpu, call)
    if (has === null) throw new NvmlError('NOT_SUPPORTED')
    call.putInt(2, has ? 1 : 0)
  }),
  nvmlDeviceSetVgpuCapabilities: change('mig time-slicing', async (call, { changes }) => {
    const { bdf } = call.vgpuHost()
    const on = call.number(2) === 1
    if (call.number(1) !== MIG_TIMESLICING || call.number(2) > 1) throw new NvmlError('INVALID_ARGUMENT')
    await changes.run(['mig', 'time-slicing', on ? 'on' : 'off', bdf], (state) =>
      setMigTimeSlicing(state, { gpu: bdf, on }),
    )
  }),
  nvmlDeviceGetVgpuHeterogeneousMode: row('smi -q: vGPU Heterogeneous Mode', (call) => {
    const on = mixedMode(call)
    call.putVersioned(1, call.versionOf(1, nvmlVgpuHeterogeneousMode_v1_t), { mode: on ? 1 : 0 })
  }),
  nvmlDeviceSetVgpuHeterogeneousMode: change('gpu mode', async (call, { changes }) => {
    mixedMode(call)
    const { bdf } = call.gpu()
    call.versionOf(1, nvmlVgpuHeterogeneousMode_v1_t)
    const { mode } = nvmlVgpuHeterogeneousMode_v1_t.decode(call.memory(call.word(1), 8))
    if (mode > 1) throw new NvmlError('INVALID_ARGUMENT')
    const wanted = mode === 1 ? 'heterogeneous' : 'homogeneous'
    await changes.run(['gpu', 'mode', wanted, '--gpu', bdf], (state) => setMode(state, { gpu: bdf, mode: wanted }))
  }),
  nvmlDeviceGetVgpuTypeSupportedPlacements: row('smi vgpu -s -v', placements(supported)),
  nvmlDeviceGetVgpuTypeCreatablePlacements: row('smi vgpu -c -v', placements(creatable)),
  nvmlDeviceVgpuForceGspUnload: coded('none: use gpu unbind', (call) => {
    call.vgpuHost()
    return 'NOT_SUPPORTED'
  }),
  nvmlGetVgpuDriverCapabilities: row('query vgpu_driver_capability.*', (call) => {
    if (call.number(0) >= DRIVER_CAPABILITIES) throw new NvmlError('INVALID_ARGUMENT')
    const { facts } = call
    const hosts = Array.from({ length: facts.count }, (_, index) => index).filter(
      (index) => facts.isUp(index) && facts.gpu(index).vgpuHost,
    )
    if (hosts.length === 0) throw new NvmlError('NOT_SUPPORTED')
    call.putInt(1, 1)
  }),
}
