import type { Change } from '../../contract/views/change.ts'
import type { VgpuView } from '../../contract/views/vgpu.ts'
import { blaming } from '../declare/refusal.ts'
import type { HostState } from '../state.ts'
import { takeInOrder } from '../unwind.ts'
import { type CreateRequest, createVgpu, destroyVgpus } from './vgpus.ts'

/**
 * Creates vGPUs, all or none.
 * @returns a change for each request
 * @throws NvError as createVgpu, with the number of the refused one of several
 */
export function createVgpus(host: HostState, requests: readonly CreateRequest[]): Change<VgpuView>[] {
  return takeInOrder((onError) =>
    requests.map((request, index) => {
      const create = () => createVgpu(host, request)
      const change = requests.length === 1 ? create() : blaming(`vGPU ${index + 1} of ${requests.length}`, create)
      if (change.changed) onError(() => destroyVgpus(host, { selectors: [request.uuid] }))
      return change
    }),
  )
}
