import { deviceEvent } from '../../app/callouts/events.ts'
import type { CalloutSettings } from '../../app/callouts/settings.ts'
import { calloutAttributes } from '../../app/callouts/with-callouts.ts'
import { readDevices } from '../../app/definitions/mdevctl-file.ts'
import { given } from '../../app/given.ts'
import { readHost } from '../../app/transaction.ts'
import { usageError } from '../../app/usage.ts'
import type { Change } from '../../contract/views/change.ts'
import type { ListedVgpuView } from '../../contract/views/vgpu.ts'
import type { HostState, VgpuAttr } from '../../engine/state.ts'
import { defineAll, defineVgpu } from '../../engine/verbs/definitions.ts'
import { vgpuViewOf } from '../../engine/views/vgpu.ts'
import type { Answer } from '../../render/answer.ts'
import type { Context } from '../context.ts'
import { change, DEFINED } from './change.ts'

interface DefineOptions extends CalloutSettings {
  readonly type: string | undefined
  readonly uuid: string | undefined
  readonly name: string | undefined
  readonly gpu: string | undefined
  readonly vf: string | undefined
  readonly placementId: number | undefined
  readonly gpuInstance: number | undefined
  readonly auto: boolean
  readonly jsonfile: string | undefined
  readonly ifNotExists: boolean
}

/** `vgpu define`: from a live vGPU, a type, or a file. */
export async function define(context: Context, vgpu: string | undefined, options: DefineOptions): Promise<Answer> {
  const ways = [vgpu, options.type, options.jsonfile].filter((way) => way !== undefined)
  if (ways.length !== 1) throw usageError('name a live vGPU, or give --type or --jsonfile')
  if (options.jsonfile !== undefined && options.auto)
    throw usageError('--auto cannot go with --jsonfile, which has the start itself')
  if (vgpu !== undefined && (options.vf !== undefined || options.uuid !== undefined))
    throw usageError('a live vGPU has its VF and UUID already')
  const act = await definer(context, vgpu, options)
  return change(context, options, { action: 'define', view: DEFINED, namesInPipe: true }, act)
}

/** The source of a definition: a live vGPU, a file, or the options. UUIDs are chosen and files read here, once. */
async function definer(
  context: Context,
  vgpu: string | undefined,
  options: DefineOptions,
): Promise<(state: HostState) => Change<ListedVgpuView>> {
  const { type, name, gpu, vf, placementId, gpuInstance, ifNotExists } = options
  const facts = {
    ifNotExists,
    ...given({ name, gpu, placementId, gpuInstanceId: gpuInstance }),
    ...(options.auto ? { start: 'auto' as const } : {}),
  }
  if (vgpu !== undefined) {
    const attrs = await attributesOf(context, options, vgpu)
    return (state) => defineVgpu(state, { ...facts, vgpu, ...(attrs === null ? {} : { attrs }) })
  }
  const uuid = options.uuid ?? context.io.uuid()
  const place = { ...facts, uuid, ...given({ vf }) }
  if (options.jsonfile === undefined) return (state) => defineVgpu(state, { ...place, type: type ?? '' })
  const devices = readDevices(context, options.jsonfile)
  if (devices.length !== 1 || devices[0]?.uuid !== null) {
    const only = [options.uuid, name, vf, placementId, gpuInstance].some((option) => option !== undefined)
    if (only) throw usageError(`${options.jsonfile} itself names its vGPUs and their places`)
  }
  return (state) => defineAll(state, { ...place, devices })
}

/** Attributes of a live vGPU: those of its callout, else those of the host. */
async function attributesOf(context: Context, options: CalloutSettings, vgpu: string): Promise<VgpuAttr[] | null> {
  const item = await readHost(context, (state) => vgpuViewOf(state, vgpu))
  return calloutAttributes(context, options, { ...deviceEvent('start', item), action: 'define' })
}
