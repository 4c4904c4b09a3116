import { shortTypeName } from '../../../errors/type-name.ts'
import type { PlannedType } from '../../../planner/gpu-rules.ts'
import { type FleetNode, typeLabel } from '../node.ts'
import { type CounterSet, type Device, type GpuDevices, gpuDevices } from './gpu-devices.ts'

/** Name of the driver in slices and classes: ours, as no program of NVIDIA has this one. */
const DRIVER = 'vgpu.nvidia.com'

/** Limits of resource.k8s.io/v1: counter sets of a slice, and devices of a slice whose devices use counters. */
const MOST_COUNTER_SETS = 8
const MOST_DEVICES = 64

/**
 * The slices of a node, one pool of the same name: counters first, since a slice has devices or counters. Empty for a node
 * without a vGPU to offer.
 */
export function resourceSlices(name: string, node: FleetNode): object[] {
  const gpus = devicesByState(node)
  const sets = gpus.flatMap(({ counterSets }) => counterSets)
  const devices = gpus.flatMap((gpu) => gpu.devices)
  if (devices.length === 0) return []
  const contents: readonly ({ sharedCounters: readonly CounterSet[] } | { devices: readonly Device[] })[] = [
    ...chunks(sets, MOST_COUNTER_SETS).map((sharedCounters) => ({ sharedCounters })),
    ...chunks(devices, MOST_DEVICES).map((some) => ({ devices: some })),
  ]
  return contents.map((content, index) => ({
    apiVersion: 'resource.k8s.io/v1',
    kind: 'ResourceSlice',
    metadata: { name: `${name}-${DRIVER}-${index}` },
    spec: {
      driver: DRIVER,
      nodeName: name,
      pool: { name, generation: 1, resourceSliceCount: contents.length },
      ...content,
    },
  }))
}

/** GPUs that offer nothing have no counters either. */
function devicesByState(node: FleetNode): GpuDevices[] {
  return node.gpus.map((gpu) => gpuDevices(node, gpu)).filter(({ devices }) => devices.length > 0)
}

function chunks<T>(items: readonly T[], most: number): T[][] {
  const found: T[][] = []
  for (let from = 0; from < items.length; from += most) found.push(items.slice(from, from + most))
  return found
}

/** The class of all vGPUs. */
export function deviceClass(): object {
  return {
    apiVersion: 'resource.k8s.io/v1',
    kind: 'DeviceClass',
    metadata: { name: DRIVER },
    spec: { selectors: [{ cel: { expression: `device.driver == "${DRIVER}"` } }] },
  }
}

/** A claim for one vGPU of a type, as an example. */
export function claimTemplate(type: PlannedType): object {
  const expression = `device.attributes["${DRIVER}"].type == ${JSON.stringify(shortTypeName(type.name))}`
  return {
    apiVersion: 'resource.k8s.io/v1',
    kind: 'ResourceClaimTemplate',
    metadata: { name: typeLabel(type), namespace: 'default' },
    spec: {
      spec: {
        devices: {
          requests: [{ name: 'vgpu', exactly: { deviceClassName: DRIVER, selectors: [{ cel: { expression } }] } }],
        },
      },
    },
  }
}
