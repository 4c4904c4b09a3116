import type { ListedVgpuView } from '../contract/views/vgpu.ts'
import { shortTypeName } from '../errors/type-name.ts'
import type { View } from './answer.ts'
import { VGPUS } from './vgpu.ts'

/** vGPUs after a drain. `from` is the VF of each before, by UUID. */
export function drained(from: ReadonlyMap<string, string>): View<ListedVgpuView> {
  return {
    ...VGPUS,
    sentence: ({ uuid, vgpuType, state, vf }) => {
      const before = from.get(uuid)
      const place = before === vf ? `on ${vf}` : `moved from ${before} to ${vf}`
      return `vGPU ${uuid} (${shortTypeName(vgpuType.name)}) ${state} ${place}`
    },
  }
}
