import { shortTypeName } from '../../../errors/type-name.ts'
import type { GpuRules, PlannedType } from '../../../planner/gpu-rules.ts'
import type { GpuStates } from '../../../planner/gpu-states.ts'
import { type FleetNode, type NodeGpu, typeLabel } from '../node.ts'
import type { SlotCounter } from './slot-counter.ts'
import { slotCounters } from './slot-counters.ts'

type Counters = Record<string, { value: string }>

/** A counter set of resource.k8s.io/v1. */
export interface CounterSet {
  readonly name: string
  readonly counters: Counters
}

/** A device of resource.k8s.io/v1. */
export interface Device {
  readonly name: string
  readonly attributes: Readonly<Record<string, { readonly string: string } | { readonly int: number }>>
  readonly capacity: Readonly<Record<string, { readonly value: string }>>
  readonly consumesCounters: readonly { readonly counterSet: string; readonly counters: Counters }[]
}

/** The devices of a GPU and the counters on which they draw. */
export interface GpuDevices {
  readonly counterSets: readonly CounterSet[]
  readonly devices: readonly Device[]
}

/** Parts of a GPU in equal-size mode: a type that fits n times takes one n-th of them, rounded down. */
const PARTS = 1_000_000

/** The devices that a GPU can still become. */
export function gpuDevices(node: FleetNode, gpu: NodeGpu): GpuDevices {
  const { rules } = node.states.space(gpu.state)
  const types = node.types.filter(({ vgpuType }) => rules.types.get(vgpuType) !== undefined)
  const own = types.flatMap(({ vgpuType }) => rules.types.get(vgpuType) ?? [])
  return rules.mode === 'equal-size' ? equalSize(node.states, gpu, rules, own) : slotted(node.states, gpu, rules, own)
}

/** A device is a type at a placement or on a GPU instance; it takes its slots and a VF. So counters say all that the driver's rules say. */
function slotted(states: GpuStates, gpu: NodeGpu, rules: GpuRules, types: readonly PlannedType[]): GpuDevices {
  const { taken, freeVfs } = states.space(gpu.state)
  const sets = countersOf(rules)
  const name = (index: number) => `gpu-${gpu.index}${sets.length > 1 ? `-${index}` : ''}`
  const withVfs = (index: number, vfCount: number, slots: readonly (readonly [string, number])[]): Counters => ({
    ...(index === 0 ? vfs(vfCount) : {}),
    ...Object.fromEntries(slots.map(([counter, value]) => [counter, { value: String(value) }])),
  })
  const counterSets = sets.map(
    (set, index): CounterSet => ({
      name: name(index),
      counters: withVfs(
        index,
        freeVfs,
        set.map((counter) => [counter.name, counter.left(taken)]),
      ),
    }),
  )
  const consumed = (id: number, size: number) =>
    sets.map((set, index) => {
      const slots = set.map((counter) => [counter.name, counter.takes(id, size)] as const)
      return {
        counterSet: name(index),
        counters: withVfs(
          index,
          1,
          slots.filter(([, value]) => value > 0),
        ),
      }
    })
  const devices = types.flatMap((type) =>
    states.places(gpu.state, type.vgpuType).map(
      (id): Device => ({
        name: `gpu-${gpu.index}-${typeLabel(type)}-at-${id}`,
        attributes: {
          ...attributes(gpu, rules, type),
          [rules.mode === 'mig' ? 'gpuInstance' : 'placementId']: { int: id },
        },
        capacity: capacity(type),
        consumesCounters: consumed(id, type.width).filter(({ counters }) => Object.keys(counters).length > 0),
      }),
    ),
  )
  return { counterSets, devices }
}

/** The types of the size that the GPU has now, as often as they fit; all types of an empty GPU. */
function equalSize(states: GpuStates, gpu: NodeGpu, rules: GpuRules, types: readonly PlannedType[]): GpuDevices {
  const { freeVfs, count } = states.space(gpu.state)
  const counterSet = `gpu-${gpu.index}`
  const possible = types.filter(({ vgpuType }) => states.room(gpu.state, vgpuType) > 0)
  // one size is left, so the first type tells its part of the GPU
  const used = count * shareOf(possible[0])
  const devices = possible.flatMap((type) =>
    Array.from({ length: states.room(gpu.state, type.vgpuType) }, (_, at): Device => {
      const counters = { ...vfs(1), share: { value: String(shareOf(type)) } }
      return {
        name: `gpu-${gpu.index}-${typeLabel(type)}-${at}`,
        attributes: attributes(gpu, rules, type),
        capacity: capacity(type),
        consumesCounters: [{ counterSet, counters }],
      }
    }),
  )
  return {
    counterSets: [{ name: counterSet, counters: { ...vfs(freeVfs), share: { value: String(PARTS - used) } } }],
    devices,
  }
}

function shareOf(type: PlannedType | undefined): number {
  return type === undefined ? 0 : Math.floor(PARTS / type.most)
}

function vfs(count: number): Counters {
  return { vfs: { value: String(count) } }
}

function attributes({ index, bdf }: NodeGpu, { board, mode }: GpuRules, { name, vgpuType }: PlannedType) {
  return {
    type: { string: shortTypeName(name) },
    ...(vgpuType < 0 ? {} : { typeId: { int: vgpuType } }),
    board: { string: board },
    mode: { string: mode },
    gpu: { int: index },
    gpuAddress: { string: bdf },
  }
}

/** Profile size: a type of 4 GiB takes that much of the GPU. */
function capacity({ size }: PlannedType) {
  return { memory: { value: `${size}Gi` } }
}

const known = new WeakMap<GpuRules, SlotCounter[][]>()

function countersOf(rules: GpuRules): SlotCounter[][] {
  const counters = known.get(rules) ?? slotCounters(rules)
  known.set(rules, counters)
  return counters
}
