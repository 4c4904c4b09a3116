import type { ComputeInstanceView } from '../contract/views/mig.ts'
import type { SmiGpuView, SmiMigGpu, SmiMigInstance } from '../engine/smi/view.ts'
import type { Call } from './call.ts'
import { NvmlError } from './error.ts'
import { type HandleKind, handleOf, indexOfHandle } from './handles.ts'

/** Ids of GPU instances are 0 to 14, of compute instances 0 to 7 (open kernel modules). */
const MOST_GPU_INSTANCES = 16
const MOST_COMPUTE_INSTANCES = 8

/** A GPU of a board with MIG. */
export interface MigGpuAt {
  readonly gpu: SmiGpuView
  readonly mig: SmiMigGpu
}

export interface InstanceAt extends MigGpuAt {
  readonly instance: SmiMigInstance
}

export interface ComputeAt extends InstanceAt {
  readonly compute: ComputeInstanceView
}

/** A handle of an instance says where it is, so one at the same place has the same handle again. */
export function instanceHandle(kind: HandleKind, gpu: number, instance: number, compute = 0): bigint {
  return handleOf(kind, (gpu * MOST_GPU_INSTANCES + instance) * MOST_COMPUTE_INSTANCES + compute)
}

/** The GPU whose handle is argument `i`. @throws NvmlError INVALID_ARGUMENT, NOT_SUPPORTED (no MIG) */
export function migCapable(call: Call, i = 0): MigGpuAt {
  const gpu = call.gpu(i)
  const mig = call.facts.mig(gpu.index)
  if (mig === null) throw new NvmlError('NOT_SUPPORTED')
  return { gpu, mig }
}

/** The same with MIG on. @throws NvmlError INVALID_ARGUMENT, NOT_SUPPORTED */
export function migEnabled(call: Call, i = 0): MigGpuAt {
  const at = migCapable(call, i)
  if (!at.mig.enabled) throw new NvmlError('NOT_SUPPORTED')
  return at
}

/** The GPU instance whose handle is argument `i`. @throws NvmlError INVALID_ARGUMENT for one that is gone too */
export function instanceOf(call: Call, i = 0): InstanceAt {
  return placeOf(call, 'gpuInstance', i)
}

/** The compute instance whose handle is argument `i`. @throws NvmlError INVALID_ARGUMENT for one that is gone too */
export function computeOf(call: Call, i = 0): ComputeAt {
  return computeAt(call, 'computeInstance', i)
}

/** The MIG device whose handle is argument `i`; null for the handle of a GPU. @throws NvmlError INVALID_ARGUMENT */
export function migDeviceOf(call: Call, i = 0): ComputeAt | null {
  const isGpu = call.word(i) >> 32n === handleOf('device', 0) >> 32n
  return isGpu ? null : computeAt(call, 'migDevice', i)
}

/** What a call about a GPU or a MIG device is about. @throws NvmlError INVALID_ARGUMENT, GPU_IS_LOST */
export function memoryOwner(call: Call): Pick<SmiGpuView, 'memory' | 'bar1'> {
  const device = migDeviceOf(call)
  if (device === null) return call.gpu()
  const owner = device.gpu.gpuInstances.find(({ id }) => id === device.instance.id)
  if (owner === undefined) throw new NvmlError('INVALID_ARGUMENT')
  return owner
}

function computeAt(call: Call, kind: HandleKind, i: number): ComputeAt {
  const at = placeOf(call, kind, i)
  const id = indexOfHandle(kind, call.word(i)) % MOST_COMPUTE_INSTANCES
  const compute = at.instance.computeInstances.find((each) => each.id === id)
  if (compute === undefined) throw new NvmlError('INVALID_ARGUMENT')
  return { ...at, compute }
}

function placeOf(call: Call, kind: HandleKind, i: number): InstanceAt {
  const place = Math.floor(indexOfHandle(kind, call.word(i)) / MOST_COMPUTE_INSTANCES)
  const gpu = call.facts.gpu(Math.floor(place / MOST_GPU_INSTANCES))
  const mig = call.facts.mig(gpu.index)
  const instance = mig?.instances.find(({ id }) => id === place % MOST_GPU_INSTANCES)
  if (mig === null || instance === undefined) throw new NvmlError('INVALID_ARGUMENT')
  return { gpu, mig, instance }
}
