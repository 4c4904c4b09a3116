import type { PlannedType } from '../../../planner/gpu-rules.ts'
import { type FleetNode, type NodeGpu, typeLabel } from '../node.ts'

/** A request to OpenStack's placement API, microversion 1.20 or later. */
export interface PlacementRequest {
  readonly method: 'PUT' | 'POST'
  readonly path: string
  readonly body?: object
}

/** Classes and traits have to exist before a provider uses them. */
export function placementClasses(nodes: readonly FleetNode[]): PlacementRequest[] {
  const classes = new Set<string>()
  const traits = new Set<string>()
  for (const node of nodes)
    for (const gpu of node.gpus) {
      for (const type of offered(node, gpu)) classes.add(classOf(type))
      for (const trait of traitsOf(node, gpu)) traits.add(trait)
    }
  return [
    ...[...classes].map((name) => ({ method: 'PUT', path: `/resource_classes/${name}` }) as const),
    ...[...traits].map((name) => ({ method: 'PUT', path: `/traits/${name}` }) as const),
  ]
}

/**
 * The provider of a host, and one below it for each GPU, with what the GPU can still create of each type.
 * @param uuidOf the UUID of a name
 */
export function placementProviders(
  name: string,
  node: FleetNode,
  uuidOf: (name: string) => string,
): PlacementRequest[] {
  const root = uuidOf(name)
  const machine = {
    ...(node.cpuMilli === null ? {} : { VCPU: inventory(Math.floor(node.cpuMilli / 1000)) }),
    ...(node.memoryMiB === null ? {} : { MEMORY_MB: inventory(node.memoryMiB) }),
  }
  return [
    { method: 'POST', path: '/resource_providers', body: { name, uuid: root } },
    ...(Object.keys(machine).length === 0 ? [] : [inventories(root, machine)]),
    ...node.gpus.flatMap((gpu) => {
      const own = `${name}_pci_${gpu.bdf.replace(/[:.]/g, '_')}`
      const uuid = uuidOf(own)
      const types = offered(node, gpu)
      const totals = types.map(
        (type) => [classOf(type), inventory(node.states.room(gpu.state, type.vgpuType))] as const,
      )
      const generation = totals.length === 0 ? 0 : 1
      return [
        { method: 'POST', path: '/resource_providers', body: { name: own, uuid, parent_provider_uuid: root } },
        ...(totals.length === 0 ? [] : [inventories(uuid, Object.fromEntries(totals))]),
        {
          method: 'PUT',
          path: `/resource_providers/${uuid}/traits`,
          body: { resource_provider_generation: generation, traits: traitsOf(node, gpu) },
        },
      ] as const
    }),
  ]
}

/** A new provider has generation 0; each change adds one. */
function inventories(uuid: string, all: object): PlacementRequest {
  const path = `/resource_providers/${uuid}/inventories`
  return { method: 'PUT', path, body: { resource_provider_generation: 0, inventories: all } }
}

function inventory(total: number) {
  return { total, reserved: 0, min_unit: 1, max_unit: total, step_size: 1, allocation_ratio: 1 }
}

/** The API refuses an inventory of nothing. */
function offered({ states, types }: FleetNode, { state }: NodeGpu): PlannedType[] {
  return types.filter(({ vgpuType }) => states.room(state, vgpuType) > 0)
}

function traitsOf({ states }: FleetNode, { state }: NodeGpu): string[] {
  const { board, mode } = states.space(state).rules
  return [custom(board), custom(`VGPU_${mode}`)]
}

/** CUSTOM_VGPU_L40_4Q. */
function classOf(type: PlannedType): string {
  return custom(`VGPU_${typeLabel(type)}`)
}

function custom(text: string): string {
  return `CUSTOM_${text.toUpperCase().replace(/[^A-Z0-9]+/g, '_')}`
}
