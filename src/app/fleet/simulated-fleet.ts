import { boardTypeViews } from '../../engine/boards/types.ts'
import { shortTypeName } from '../../errors/type-name.ts'
import type { GpuRules } from '../../planner/gpu-rules.ts'
import type { Space } from '../../planner/gpu-states.ts'
import type { Shape } from '../../planner/policies/policy.ts'
import type { Size } from '../../planner/simulate/request-mix.ts'
import type { GpuKind } from '../../planner/simulate/vgpu-rules.ts'
import { type Fleet, modelOf } from './fleet.ts'
import type { FleetModel, Hosts } from './model.ts'
import type { TraceType } from './read-trace.ts'
import { fleetType, fleetTypes } from './types.ts'

/** Thousandths of a GPU. */
const WHOLE = 1000
const MIB_PER_SLOT = 1024
/** CPU and memory of a node without figures: no request is larger. */
const PLENTY = Number.MAX_SAFE_INTEGER

/** The hosts of a fleet as nodes that give shares of GPUs, in its order. */
export function shareNodes(fleet: Fleet, hosts: Hosts): Shape[] {
  const nodes: Shape[] = []
  for (const group of fleet.groups) {
    const shape = {
      model: modelOf(group).toLowerCase(),
      cpu: group.cpuMilli ?? PLENTY,
      memory: group.memoryMiB ?? PLENTY,
      gpus: group.gpus,
      each: WHOLE,
      rules: -1,
    }
    for (let host = 0; host < group.hosts; host += 1) nodes.push(shape)
  }
  for (const member of fleet.members) {
    const { gpus } = hosts.member(member)
    const model = (gpus[0]?.board ?? 'none').toLowerCase()
    nodes.push({ model, cpu: PLENTY, memory: PLENTY, gpus: gpus.length, each: WHOLE, rules: -1 })
  }
  return nodes
}

/** The GPUs of a fleet as nodes that carry vGPUs, in its order. GPUs without known vGPU types are left out. */
export function vgpuNodes({ states, pool }: FleetModel): { nodes: Shape[]; kinds: GpuKind[] } {
  const kinds: GpuKind[] = []
  const runs = [...pool.classes()].flatMap(({ state, runs }) => {
    const space = states.space(state)
    const each = space.rules.slots * MIB_PER_SLOT
    const rules = kinds.push({ space, free: each - usedMiB(space) }) - 1
    const shape = { model: space.rules.board.toLowerCase(), cpu: 0, memory: 0, gpus: 1, each, rules }
    return space.rules.types.size === 0 ? [] : runs.map((run) => ({ ...run, shape }))
  })
  runs.sort((a, b) => a.part - b.part || a.from - b.from)
  return { nodes: runs.flatMap(({ shape, count }) => new Array<Shape>(count).fill(shape)), kinds }
}

/** Framebuffer of the vGPUs that are there. */
function usedMiB({ rules, group, count, taken }: Space): number {
  if (rules.mode === 'mixed-size') return taken.toString(2).replaceAll('0', '').length * MIB_PER_SLOT
  const types = [...rules.types.values()]
  if (rules.mode === 'mig') {
    // the types of a GPU instance have one size
    const instances = new Map(types.flatMap(({ ids, name }) => ids.map((id) => [id, name] as const)))
    return [...instances].reduce((sum, [id, name]) => sum + ((taken >> BigInt(id)) & 1n ? mibOf(rules, name) : 0), 0)
  }
  const type = types.find((known) => known.group === group)
  return type === undefined ? 0 : count * mibOf(rules, type.name)
}

/** The types of the fleet by name. */
export function typesOf(model: FleetModel): (word: string) => TraceType {
  const types = fleetTypes(model)
  return (word) => {
    const { type, board } = fleetType(types, word)
    return { id: type.vgpuType, mib: mibOf({ board }, type.name), board: board.toLowerCase() }
  }
}

/** The time-sliced types of a series on the boards of the fleet, with their published maxima. */
export function sizesOf({ rules }: FleetModel, series: string): Size<string>[] {
  const boards = [...new Set(rules.map(({ board }) => board))]
  return boards.flatMap((board) =>
    boardTypeViews(board)
      .filter((view) => view.series === series && view.gpuInstance === null)
      .filter((view) => rules.some(({ types }) => [...types.values()].some(({ name }) => name === view.name)))
      .map(({ name, maxInstance }) => ({ type: shortTypeName(name), most: maxInstance })),
  )
}

function mibOf({ board }: Pick<GpuRules, 'board'>, name: string): number {
  return boardTypeViews(board).find((view) => view.name === name)?.profileSizeMiB ?? MIB_PER_SLOT
}
