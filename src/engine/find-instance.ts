import { NvError } from '../errors/nv-error.ts'
import { gpuIndex, gpuIndices, stateAt } from './select.ts'
import type { HostState } from './state.ts'
import { gpuInstanceViews } from './views/mig.ts'

/** A GPU instance, or a compute instance in it. */
export interface InstanceAt {
  gpu: number
  id: number
  compute: number | null
}

/**
 * The instance that a selector names: ID on the GPU given or the only one, GPU/ID, GPU/ID/COMPUTE, or the UUID of a MIG device.
 * @throws NvError ENODEV, EINVAL (several GPUs)
 */
export function findInstance(host: HostState, selector: string, gpu?: string): InstanceAt {
  const found = /^mig-/i.test(selector) ? deviceAt(host, selector.toLowerCase(), gpu) : placeAt(host, selector, gpu)
  if (found !== undefined) return found
  throw new NvError({
    errno: 'ENODEV',
    code: 'not-found',
    at: 'mig',
    message: `there is no instance "${selector}"`,
    hint: 'nvgpu mig list',
    object: selector,
  })
}

function placeAt(host: HostState, selector: string, gpu: string | undefined): InstanceAt | undefined {
  const [, where, id, , compute] = /^(?:(.+?)\/)?(\d{1,2})(\/(\d))?$/.exec(selector) ?? []
  if (id === undefined) return undefined
  const index = gpuIndex(host, where ?? gpu)
  const instance = stateAt(host, index).gsp.mig.instances.find(({ swizzId }) => swizzId === Number(id))
  const inside = compute === undefined || instance?.computeInstances.some((known) => known.id === Number(compute))
  if (instance === undefined || !inside) return undefined
  return { gpu: index, id: Number(id), compute: compute === undefined ? null : Number(compute) }
}

function deviceAt(host: HostState, uuid: string, gpu: string | undefined): InstanceAt | undefined {
  for (const index of gpuIndices(host, gpu)) {
    for (const instance of gpuInstanceViews(host, String(index))) {
      const device = instance.computeInstances.find((compute) => compute.uuid.toLowerCase() === uuid)
      if (device) return { gpu: index, id: instance.id, compute: device.id }
    }
  }
  return undefined
}
