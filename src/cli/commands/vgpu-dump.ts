import { deviceEvent } from '../../app/callouts/events.ts'
import { openCallouts } from '../../app/callouts/with-callouts.ts'
import type { ListedVgpuView } from '../../contract/views/vgpu.ts'
import { type MdevConfig, mdevConfig, mdevDump } from '../../engine/definitions/mdevctl.ts'
import type { Answer } from '../../render/answer.ts'
import type { Context } from '../context.ts'

/**
 * The output of `mdevctl list --dumpjson`, one shape whatever the count: definitions if they are requested, else live
 * vGPUs with the attributes from their callouts.
 */
export async function dump(
  context: Context,
  dir: string | undefined,
  vgpus: readonly ListedVgpuView[],
  defined: boolean,
): Promise<Answer> {
  const callouts = await openCallouts(context, { callouts: dir, force: true })
  const devices: { parent: string; uuid: string; config: MdevConfig }[] = []
  for (const vgpu of vgpus) {
    const { uuid, definition } = vgpu
    if (defined && definition !== null) {
      devices.push({ parent: definition.vf ?? definition.gpuBdf, uuid, config: configOf(vgpu) })
      continue
    }
    const event = deviceEvent('start', vgpu)
    const attrs = await callouts?.attributes(event)
    const seen = Array.isArray(attrs) ? configOf({ ...vgpu, attrs, definition: null }) : event.config
    devices.push({ parent: event.parent, uuid, config: { ...seen, start: event.config.start } })
  }
  return { raw: text(mdevDump(devices)) }
}

/** The configuration of one vGPU as an mdevctl file: its definition's, else the live one's. */
export function configText(vgpu: ListedVgpuView): string {
  return text(configOf(vgpu))
}

function configOf({ vgpuType, attrs, definition }: ListedVgpuView): MdevConfig {
  if (definition === null) return mdevConfig({ vgpuType: vgpuType.id, start: 'manual', attrs })
  return mdevConfig({ vgpuType: definition.vgpuType.id, start: definition.start, attrs: definition.attrs })
}

function text(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`
}
