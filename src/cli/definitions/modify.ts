import type { CalloutSettings } from '../../app/callouts/settings.ts'
import { readDevices } from '../../app/definitions/mdevctl-file.ts'
import { given } from '../../app/given.ts'
import { usageError } from '../../app/usage.ts'
import type { VgpuAttr } from '../../engine/state.ts'
import type { AttrEdit } from '../../engine/verbs/definitions.ts'
import { modifyVgpu } from '../../engine/verbs/definitions.ts'
import type { Answer } from '../../render/answer.ts'
import { VGPUS } from '../../render/vgpu.ts'
import type { Context } from '../context.ts'
import { change, DEFINED } from './change.ts'

interface ModifyOptions extends CalloutSettings, AttrOptions {
  readonly type: string | undefined
  readonly name: string | undefined
  readonly gpu: string | undefined
  readonly vf: string | undefined
  readonly placementId: number | null | undefined
  readonly auto: boolean
  readonly manual: boolean
  readonly jsonfile: string | undefined
  readonly live: boolean
  readonly defined: boolean
}

interface AttrOptions {
  readonly addattr: string | undefined
  readonly value: string | undefined
  readonly delattr: boolean
  readonly index: number | undefined
}

/** `vgpu modify`. A live vGPU takes only attributes from a file and keeps its type. */
export async function modify(context: Context, vgpu: string, options: ModifyOptions): Promise<Answer> {
  const { live, defined, name, gpu } = options
  if (options.auto && options.manual) throw usageError('--auto and --manual exclude each other')
  const file = options.jsonfile === undefined ? null : readConfig(context, options.jsonfile)
  const type = options.type ?? (live ? undefined : file?.type)
  const attrs = attrEdit(options, file?.attrs)
  const start = options.auto ? 'auto' : options.manual ? 'manual' : live ? undefined : file?.start
  const news = {
    ...given({ type, name, gpu }),
    ...(options.vf === undefined ? {} : { vf: options.vf === 'any' ? null : options.vf }),
    ...given({ placementId: options.placementId, start, attrs }),
  }
  if (Object.keys(news).length === 0) throw usageError('modify needs something to change')
  const kind = { action: 'modify', view: live ? VGPUS : DEFINED, live } as const
  return change(context, options, kind, (state) => modifyVgpu(state, { vgpu, live, defined, ...news }))
}

function readConfig(context: Context, path: string) {
  const [device, ...more] = readDevices(context, path)
  if (!device || more.length > 0) throw usageError(`${path} is about ${more.length + (device ? 1 : 0)} vGPUs, not one`)
  return device
}

function attrEdit(options: AttrOptions, file: readonly VgpuAttr[] | undefined): AttrEdit | undefined {
  const { addattr, value, delattr, index } = options
  if ((addattr === undefined) !== (value === undefined)) throw usageError('--addattr and --value go together')
  if ([addattr !== undefined, delattr, file !== undefined].filter(Boolean).length > 1)
    throw usageError('one of --addattr, --delattr and --jsonfile at a time')
  const at = given({ index })
  if (addattr !== undefined && value !== undefined) return { kind: 'add', attr: { name: addattr, value }, ...at }
  if (delattr) return { kind: 'delete', ...at }
  if (index !== undefined) throw usageError('--index goes with --addattr or --delattr')
  return file === undefined ? undefined : { kind: 'replace', attrs: file }
}
