import { formatRoutingId } from '../../abi/pci.ts'
import { pfRoutingId } from '../../engine/hw/pf.ts'
import { shortTypeName } from '../../errors/type-name.ts'
import type { PlannedType } from '../../planner/gpu-rules.ts'
import type { GpuStates } from '../../planner/gpu-states.ts'
import type { Fleet } from './fleet.ts'
import { hostName, patternOf } from './host-names.ts'
import type { FleetModel } from './model.ts'

/** A GPU of a node. */
export interface NodeGpu {
  readonly index: number
  readonly bdf: string
  readonly state: number
}

/** Equal nodes of a fleet, for the formats of schedulers. */
export interface FleetNode {
  readonly hosts: number
  /** Name of the host with this index. */
  name(index: number): string
  readonly gpus: readonly NodeGpu[]
  readonly states: GpuStates
  /** Types to speak of, in NVIDIA's order; those of boards that the node has not are of no use to it. */
  readonly types: readonly PlannedType[]
  /** Thousandths of a processor; null where nothing is said. */
  readonly cpuMilli: number | null
  readonly memoryMiB: number | null
  /** The word for its GPUs. */
  readonly model: string | null
}

/** The nodes of a fleet, in the order of its file. @param types those to speak of */
export function fleetNodes(
  fleet: Pick<Fleet, 'groups' | 'members'>,
  model: FleetModel,
  types: readonly PlannedType[],
): FleetNode[] {
  const { states } = model
  const gpus = gpusByPart(model)
  const board = (state: number | undefined) => (state === undefined ? null : states.space(state).rules.board)
  const groups = fleet.groups.map((group, part): FleetNode => {
    const pattern = patternOf(group.name) ?? { before: group.name, after: '', first: null, width: 0 }
    const state = gpus[part]?.[0]
    const own = state === undefined ? [] : Array.from({ length: group.gpus }, () => state)
    return {
      hosts: group.hosts,
      name: (index) => hostName(pattern, index),
      gpus: own.map(gpuAt),
      states,
      types,
      cpuMilli: group.cpuMilli,
      memoryMiB: group.memoryMiB,
      model: group.gpus === 0 ? null : (board(state) ?? group.model ?? group.board),
    }
  })
  const members = fleet.members.map(({ name }, index): FleetNode => {
    const own = gpus[fleet.groups.length + index] ?? []
    return {
      hosts: 1,
      name: () => name,
      gpus: own.map(gpuAt),
      states,
      types,
      cpuMilli: null,
      memoryMiB: null,
      model: board(own[0]),
    }
  })
  return [...groups, ...members]
}

/** States of the GPUs of each member in their order; of a group its one state. */
function gpusByPart({ pool, parts }: FleetModel): number[][] {
  const found: number[][] = parts.map(() => [])
  for (const { state, runs } of pool.classes())
    for (const { part, from, count } of runs) {
      const own = found[part]
      const last = parts[part]?.hosts === 1 ? from + count : from + 1
      for (let at = from; own !== undefined && at < last; at += 1) own[at] = state
    }
  return found
}

function gpuAt(state: number, index: number): NodeGpu {
  return { index, bdf: formatRoutingId(pfRoutingId(index)), state }
}

/** A text as a part of a DNS label. */
function asLabel(text: string): string {
  return text
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+|-+$/g, '')
}

/** The name of a type as a label: l40-4q. */
export function typeLabel({ name }: PlannedType): string {
  return asLabel(shortTypeName(name).replace(/\+/g, 'me'))
}
