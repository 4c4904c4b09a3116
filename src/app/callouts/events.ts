import { mdevConfig } from '../../engine/definitions/mdevctl.ts'
import type { ListedVgpuView } from '../../engine/view.ts'
import type { CalloutEvent } from './callouts.ts'

/** What a callout is told of a vGPU that comes or goes. */
export function deviceEvent(action: 'start' | 'stop', vgpu: ListedVgpuView): CalloutEvent {
  const config = { vgpuType: vgpu.vgpuType.id, start: vgpu.definition?.start ?? 'manual', attrs: vgpu.attrs } as const
  return { action, uuid: vgpu.uuid, parent: vgpu.vf ?? vgpu.gpuBdf, config: mdevConfig(config) }
}

/** What a callout is told of a definition that is made, changed, removed, or about to be started by itself. */
export function definitionEvents(
  action: 'define' | 'undefine' | 'modify' | 'start',
  vgpus: readonly ListedVgpuView[],
): CalloutEvent[] {
  return vgpus.flatMap(({ uuid, definition }) => {
    if (definition === null) return []
    const { vgpuType, start, attrs, vf, gpuBdf } = definition
    return [{ action, uuid, parent: vf ?? gpuBdf, config: mdevConfig({ vgpuType: vgpuType.id, start, attrs }) }]
  })
}
