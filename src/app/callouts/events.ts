import type { ListedVgpuView } from '../../contract/views/vgpu.ts'
import { mdevConfig } from '../../engine/definitions/mdevctl.ts'
import type { CalloutEvent } from './callouts.ts'

/** The event that callouts get when a vGPU is created or removed. */
export function deviceEvent(action: 'start' | 'stop', vgpu: ListedVgpuView): CalloutEvent {
  const config = { vgpuType: vgpu.vgpuType.id, start: vgpu.definition?.start ?? 'manual', attrs: vgpu.attrs } as const
  return { action, uuid: vgpu.uuid, parent: vgpu.vf ?? vgpu.gpuBdf, config: mdevConfig(config) }
}

/** The event that callouts get when a definition is created, changed, removed, or about to start automatically. */
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
