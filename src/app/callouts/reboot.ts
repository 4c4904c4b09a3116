import type { Change } from '../../contract/views/change.ts'
import type { HostView } from '../../contract/views/host.ts'
import { rebootHost } from '../../engine/verbs/boot.ts'
import { listVgpus } from '../../engine/views/listed-vgpu.ts'
import { vgpuViews } from '../../engine/views/vgpu.ts'
import type { Context } from '../context.ts'
import { changeHost, readHost } from '../transaction.ts'
import { definitionEvents } from './events.ts'
import type { CalloutSettings } from './settings.ts'
import { openCallouts } from './with-callouts.ts'

/** Reboots between the callouts of the vGPUs that start at boot. A callout that refuses stops only its own vGPU. */
export async function reboot(context: Context, settings: CalloutSettings): Promise<Change<HostView>> {
  const callouts = context.settings.dryRun ? null : await openCallouts(context, settings)
  if (callouts === null) return changeHost(context, (state) => rebootHost(state))
  const starting = await readHost(context, (state) =>
    listVgpus(state, { active: false, defined: true }).filter(({ definition }) => definition?.start === 'auto'),
  )
  const events = definitionEvents('start', starting)
  const skip = new Set<string>()
  const warnings: string[] = []
  for (const event of events) {
    const refusal = await callouts.pre(event)
    if (refusal === null) continue
    warnings.push(`vGPU ${event.uuid} was ${settings.force ? '' : 'not '}started: ${refusal.at}: ${refusal.message}`)
    if (!settings.force) skip.add(event.uuid)
  }
  const change = await changeHost(context, (state) => rebootHost(state, { skip: [...skip] }))
  const there = await readHost(context, (state) => new Set(vgpuViews(state).map(({ uuid }) => uuid)))
  for (const event of events.filter(({ uuid }) => !skip.has(uuid))) {
    await callouts.post(event, there.has(event.uuid) ? 'success' : 'failure')
  }
  return { ...change, warnings: [...warnings, ...change.warnings], failed: change.failed === true || skip.size > 0 }
}
