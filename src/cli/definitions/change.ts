import { definitionEvents, deviceEvent } from '../../app/callouts/events.ts'
import type { CalloutSettings } from '../../app/callouts/settings.ts'
import { withCallouts } from '../../app/callouts/with-callouts.ts'
import { changeHost, tryHost } from '../../app/transaction.ts'
import type { Change } from '../../contract/views/change.ts'
import type { ListedVgpuView } from '../../contract/views/vgpu.ts'
import type { HostState } from '../../engine/state.ts'
import { autostartVgpus, undefineVgpus } from '../../engine/verbs/definitions.ts'
import type { Targets } from '../../engine/verbs/vgpus.ts'
import { shortTypeName } from '../../errors/type-name.ts'
import type { Answer } from '../../render/answer.ts'
import { changed } from '../../render/answer.ts'
import { VGPUS } from '../../render/vgpu.ts'
import type { Context } from '../context.ts'

export async function undefine(
  context: Context,
  callouts: CalloutSettings,
  request: Targets & { ifExists: boolean },
): Promise<Answer> {
  return change(context, callouts, { action: 'undefine', view: UNDEFINED }, (state) => undefineVgpus(state, request))
}

export async function autostart(
  context: Context,
  callouts: CalloutSettings,
  request: Targets & { on: boolean },
): Promise<Answer> {
  return change(context, callouts, { action: 'modify', view: DEFINED }, (state) => autostartVgpus(state, request))
}

/** One change of definitions between its callouts. */
export async function change(
  context: Context,
  callouts: CalloutSettings,
  kind: {
    readonly action: 'define' | 'undefine' | 'modify'
    readonly view: typeof VGPUS
    readonly namesInPipe?: true
    /** It changes the live vGPU. */
    readonly live?: boolean
  },
  act: (state: HostState) => Change<ListedVgpuView>,
): Promise<Answer> {
  const { action, view, live = false, ...facts } = kind
  const plan = async () => {
    const { changed: news, items } = await tryHost(context, act)
    if (!news) return []
    return live ? items.map((item) => ({ ...deviceEvent('start', item), action })) : definitionEvents(action, items)
  }
  return changed(view, await withCallouts(context, callouts, plan, () => changeHost(context, act), live), facts)
}

export const DEFINED: typeof VGPUS = {
  ...VGPUS,
  sentence: ({ uuid, definition }) =>
    definition === null
      ? `vGPU ${uuid} is not defined`
      : `vGPU ${uuid} (${shortTypeName(definition.vgpuType.name)}) defined on ${definition.vf ?? definition.gpuBdf}, start ${definition.start}`,
}

const UNDEFINED: typeof VGPUS = { ...VGPUS, sentence: ({ uuid }) => `vGPU ${uuid} is no longer defined` }
