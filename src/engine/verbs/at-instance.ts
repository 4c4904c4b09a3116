import type { Change } from '../../contract/views/change.ts'
import type { GpuInstanceView } from '../../contract/views/mig.ts'
import { NvError } from '../../errors/nv-error.ts'
import type { MigTable } from '../mig/table.ts'
import { requireNotSuspended } from '../not-suspended.ts'
import type { Partitions } from '../nvkm/partitions.ts'
import { gpuIndex, stateAt } from '../select.ts'
import type { GpuInstanceState, GpuState, HostState } from '../state.ts'
import { gpuInstanceView } from '../views/mig.ts'
import { migOn } from './mig-mode.ts'
import { onMachine } from './run.ts'

/** A GPU with MIG on. @throws NvError as gpuIndex and migOn */
export function atGpu(
  host: HostState,
  selector: string | undefined,
): { index: number; gpu: GpuState; table: MigTable } {
  requireNotSuspended(host)
  const index = gpuIndex(host, selector)
  const gpu = stateAt(host, index)
  return { index, gpu, table: migOn(gpu) }
}

/** @throws NvError ENODEV */
export function instanceAt(gpu: GpuState, id: number): GpuInstanceState {
  const found = gpu.gsp.mig.instances.find(({ swizzId }) => swizzId === id)
  if (found === undefined) throw noInstance(gpu, `GPU instance ${id}`)
  return found
}

export function noInstance(gpu: GpuState, what: string): NvError {
  return new NvError({
    errno: 'ENODEV',
    code: 'not-found',
    at: 'nvidia_mig',
    message: `${gpu.bdf} has no ${what}`,
    hint: `nvgpu mig list --gpu ${gpu.bdf}`,
    object: gpu.bdf,
  })
}

/** Acts on the instances of a GPU as one client of its firmware. */
export function withPartitions<T>(host: HostState, index: number, act: (partitions: Partitions) => T): T {
  return onMachine(host, index, (machine) => machine.partitions(act))
}

/** The change of a verb that made or changed these GPU instances. */
export function changeOf(host: HostState, index: number, ids: readonly number[]): Change<GpuInstanceView> {
  const { instances } = stateAt(host, index).gsp.mig
  const items = ids.flatMap((id) => {
    const instance = instances.find(({ swizzId }) => swizzId === id)
    return instance === undefined ? [] : [gpuInstanceView(host, index, instance)]
  })
  return { changed: true, items, warnings: [] }
}
