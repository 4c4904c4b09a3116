import { readMdevJson } from '../../engine/definitions/mdevctl.ts'
import type { Host } from '../../engine/host.ts'
import type { VgpuAttr } from '../../engine/state.ts'
import type { AttrEdit } from '../../engine/verbs/definitions.ts'
import type { Change, ListedVgpuView } from '../../engine/view.ts'
import type { Answer } from '../../render/answer.ts'
import { changed } from '../../render/answer.ts'
import { shortTypeName } from '../../render/type-name.ts'
import { VGPUS } from '../../render/vgpu.ts'
import { definitionEvents, deviceEvent } from '../callouts/events.ts'
import { CALLOUT_OPTIONS, type CalloutSettings, calloutAttributes, withCallouts } from '../callouts/with-callouts.ts'
import type { Context } from '../context.ts'
import { readInput } from '../files.ts'
import { GPU_OPTION, GPU_TARGET, VGPU_ARGUMENT } from '../selectors.ts'
import { changeHost, readHost, tryHost } from '../session.ts'
import type { VerbSpec } from '../spec.ts'
import { verb } from '../spec.ts'
import { usageError } from '../usage.ts'
import { parseCount, parseName, parseSelector, parseUuid } from '../values.ts'
import { ALL, TARGETS, targets } from '../vgpu-targets.ts'

const TYPE = {
  short: 't',
  value: 'TYPE',
  summary: 'name, number or nvidia-NUMBER of the type',
  parse: parseSelector,
  complete: 'type',
} as const
const NAME = { short: 'n', value: 'NAME', summary: 'a name for people', parse: parseName } as const
const GPU = { ...GPU_OPTION, summary: 'its GPU; may be left out where there is one' } as const
const VF = {
  value: 'VF',
  summary: 'the VF it would rather have, enabled or not',
  parse: parseSelector,
  complete: 'vf',
} as const
const PLACEMENT = { value: 'SLOT', summary: 'the first slot it has to have', parse: parseCount } as const
const JSONFILE = {
  value: 'FILE',
  summary: 'configuration in JSON, as mdevctl writes it; - for standard input',
  complete: 'file',
} as const
const AUTO = { short: 'a', summary: 'start it at boot' } as const
const MANUAL = { short: 'm', summary: 'do not start it at boot' } as const

/** Verbs of definitions, mdevctl's model: what is meant to be outlives what is there. */
export const DEFINE_VERBS: readonly VerbSpec[] = [
  verb({
    name: 'define',
    summary: 'write down a vGPU that is to be, from one that is there, a type, or a file of mdevctl; prints its UUID',
    examples: [
      'vgpu define desk7',
      'vgpu define --type L40-4Q --name desk7 --auto',
      'vgpu define --vf c1:00.5 --jsonfile config.json',
      'vgpu define --jsonfile dump.json',
    ],
    options: {
      type: TYPE,
      uuid: { short: 'u', value: 'UUID', summary: 'its UUID; else a random one', parse: parseUuid },
      name: NAME,
      gpu: GPU,
      vf: VF,
      placementId: PLACEMENT,
      auto: AUTO,
      jsonfile: JSONFILE,
      ifNotExists: { summary: 'do nothing if it is defined already' },
      ...CALLOUT_OPTIONS,
    },
    args: { vgpu: { ...VGPU_ARGUMENT, summary: 'a vGPU that is there', optional: true } },
    changes: true,
    async run(context, { options, args }) {
      const ways = [args.vgpu, options.type, options.jsonfile].filter((way) => way !== undefined)
      if (ways.length !== 1) throw usageError('name a vGPU that is there, or give --type or --jsonfile')
      if (options.jsonfile !== undefined && options.auto)
        throw usageError('--auto goes without --jsonfile, which says it')
      if (args.vgpu !== undefined && (options.vf !== undefined || options.uuid !== undefined))
        throw usageError('a vGPU that is there has its VF and UUID')
      const define = await definer(context, args.vgpu, options)
      return change(context, options, 'define', define, DEFINED, { namesInPipe: true })
    },
  }),
  verb({
    name: 'undefine',
    summary: 'forget definitions; vGPUs that are there stay',
    examples: ['vgpu undefine desk7', 'vgpu undefine --all --gpu 1', 'vgpu undefine 6f1c --if-exists'],
    options: {
      all: ALL,
      gpu: GPU_TARGET,
      ifExists: { summary: 'no error for one that is not defined' },
      ...CALLOUT_OPTIONS,
    },
    args: { vgpu: TARGETS },
    changes: true,
    async run(context, { options, args }) {
      const request = { ...targets('undefine', args.vgpu, options), ifExists: options.ifExists }
      return change(context, options, 'undefine', (host) => host.undefineVgpus(request), UNDEFINED)
    },
  }),
  verb({
    name: 'modify',
    summary: 'change a definition, or with --live what may change of a vGPU that is there',
    examples: [
      'vgpu modify desk7 --type L40-8Q --auto',
      'vgpu modify desk7 --addattr nvidia/vgpu_params --value frame_rate_limiter=0 --live --defined',
      'vgpu modify desk7 --delattr --index 1',
      'vgpu modify desk7 --vf any --name desk8',
    ],
    options: {
      type: TYPE,
      name: NAME,
      gpu: { ...GPU_TARGET, summary: 'another GPU' },
      vf: { ...VF, summary: 'the VF it would rather have, or any' },
      placementId: { value: 'SLOT', summary: 'the first slot it has to have, or any', parse: parseSlot },
      auto: AUTO,
      manual: MANUAL,
      addattr: { value: 'NAME', summary: 'add an attribute, at --index or at the end', parse: parseSelector },
      value: { value: 'VALUE', summary: 'the value of that attribute' },
      delattr: { summary: 'remove the attribute at --index, or the last one' },
      index: { value: 'N', summary: 'place in the list of attributes, from 0', parse: parseCount },
      jsonfile: { ...JSONFILE, summary: 'type, start and attributes from a file of mdevctl; - for standard input' },
      live: { short: 'l', summary: 'change the vGPU that is there: name, attributes' },
      defined: { short: 'd', summary: 'with --live: change the definition too' },
      ...CALLOUT_OPTIONS,
    },
    args: { vgpu: VGPU_ARGUMENT },
    changes: true,
    async run(context, { options, args }) {
      const { live, defined, name, gpu } = options
      if (options.auto && options.manual) throw usageError('--auto and --manual are two things')
      const file = options.jsonfile === undefined ? null : readConfig(context, options.jsonfile)
      const type = options.type ?? (live ? undefined : file?.type)
      const attrs = attrEdit(options, file?.attrs)
      const start = options.auto ? 'auto' : options.manual ? 'manual' : live ? undefined : file?.start
      const request = {
        vgpu: args.vgpu,
        live,
        defined,
        ...(type === undefined ? {} : { type }),
        ...(name === undefined ? {} : { name }),
        ...(gpu === undefined ? {} : { gpu }),
        ...(options.vf === undefined ? {} : { vf: options.vf === 'any' ? null : options.vf }),
        ...(options.placementId === undefined ? {} : { placementId: options.placementId }),
        ...(start === undefined ? {} : { start }),
        ...(attrs === undefined ? {} : { attrs }),
      }
      if (Object.keys(request).length === 3) throw usageError('modify needs something to change')
      return change(context, options, 'modify', (host) => host.modifyVgpu(request), live ? VGPUS : DEFINED, {}, live)
    },
  }),
  verb({
    name: 'autostart',
    summary: 'start definitions at boot; remembers VFs, mode and scheduler of their GPU as they are now',
    examples: ['vgpu autostart desk7', 'vgpu autostart --all', 'vgpu autostart desk7 --disable'],
    options: { all: ALL, gpu: GPU_TARGET, disable: { summary: 'no longer' }, ...CALLOUT_OPTIONS },
    args: { vgpu: TARGETS },
    changes: true,
    async run(context, { options, args }) {
      const request = { ...targets('autostart', args.vgpu, options), on: !options.disable }
      return change(context, options, 'modify', (host) => host.autostartVgpus(request), DEFINED)
    },
  }),
]

/** One change of definitions between its callouts. */
async function change(
  context: Context,
  callouts: CalloutSettings,
  action: 'define' | 'undefine' | 'modify',
  act: (host: Host) => Change<ListedVgpuView>,
  view: typeof VGPUS,
  facts: { namesInPipe?: true } = {},
  live = false,
): Promise<Answer> {
  const plan = async () => {
    const { changed: news, items } = await tryHost(context, act)
    if (!news) return []
    return live ? items.map((item) => ({ ...deviceEvent('start', item), action })) : definitionEvents(action, items)
  }
  return changed(view, await withCallouts(context, callouts, plan, () => changeHost(context, act), live), facts)
}

interface DefineOptions extends CalloutSettings {
  readonly type: string | undefined
  readonly uuid: string | undefined
  readonly name: string | undefined
  readonly gpu: string | undefined
  readonly vf: string | undefined
  readonly placementId: number | undefined
  readonly auto: boolean
  readonly jsonfile: string | undefined
  readonly ifNotExists: boolean
}

/** What defines it: a vGPU that is there, a file, or the options. UUIDs are chosen and files read here, once. */
async function definer(
  context: Context,
  vgpu: string | undefined,
  options: DefineOptions,
): Promise<(host: Host) => Change<ListedVgpuView>> {
  const { type, name, gpu, vf, placementId, ifNotExists } = options
  const facts = {
    ifNotExists,
    ...(name === undefined ? {} : { name }),
    ...(gpu === undefined ? {} : { gpu }),
    ...(placementId === undefined ? {} : { placementId }),
    ...(options.auto ? { start: 'auto' as const } : {}),
  }
  if (vgpu !== undefined) {
    const attrs = await attributesOf(context, options, vgpu)
    return (host) => host.defineVgpu({ ...facts, vgpu, ...(attrs === null ? {} : { attrs }) })
  }
  const uuid = options.uuid ?? context.io.uuid()
  const place = { ...facts, uuid, ...(vf === undefined ? {} : { vf }) }
  if (options.jsonfile === undefined) return (host) => host.defineVgpu({ ...place, type: type ?? '' })
  const devices = readDevices(context, options.jsonfile)
  if (devices.length !== 1 || devices[0]?.uuid !== null) {
    const only = [options.uuid, name, vf, placementId].some((option) => option !== undefined)
    if (only) throw usageError(`${options.jsonfile} says which vGPUs it is about and where they are to be`)
  }
  return (host) => host.defineAll({ ...place, devices })
}

/** Attributes of a vGPU that is there, where a callout knows better than the host. */
async function attributesOf(context: Context, options: CalloutSettings, vgpu: string): Promise<VgpuAttr[] | null> {
  const item = await readHost(context, (host) => host.vgpu(vgpu))
  return calloutAttributes(context, options, { ...deviceEvent('start', item), action: 'define' })
}

function readDevices(context: Context, path: string) {
  const text = new TextDecoder('utf-8').decode(readInput(context, path))
  return readMdevJson(path, text)
}

function readConfig(context: Context, path: string) {
  const [device, ...more] = readDevices(context, path)
  if (!device || more.length > 0) throw usageError(`${path} is about ${more.length + (device ? 1 : 0)} vGPUs, not one`)
  return device
}

function attrEdit(
  options: {
    readonly addattr: string | undefined
    readonly value: string | undefined
    readonly delattr: boolean
    readonly index: number | undefined
  },
  file: readonly VgpuAttr[] | undefined,
): AttrEdit | undefined {
  const { addattr, value, delattr, index } = options
  if ((addattr === undefined) !== (value === undefined)) throw usageError('--addattr and --value go together')
  if ([addattr !== undefined, delattr, file !== undefined].filter(Boolean).length > 1)
    throw usageError('one of --addattr, --delattr and --jsonfile at a time')
  const at = index === undefined ? {} : { index }
  if (addattr !== undefined && value !== undefined) return { kind: 'add', attr: { name: addattr, value }, ...at }
  if (delattr) return { kind: 'delete', ...at }
  if (index !== undefined) throw usageError('--index goes with --addattr or --delattr')
  return file === undefined ? undefined : { kind: 'replace', attrs: file }
}

function parseSlot(text: string): number | null {
  return text === 'any' ? null : parseCount(text)
}

const DEFINED: typeof VGPUS = {
  ...VGPUS,
  sentence: ({ uuid, definition }) =>
    definition === null
      ? `vGPU ${uuid} is not defined`
      : `vGPU ${uuid} (${shortTypeName(definition.vgpuType.name)}) defined on ${definition.vf ?? definition.gpuBdf}, start ${definition.start}`,
}

const UNDEFINED: typeof VGPUS = { ...VGPUS, sentence: ({ uuid }) => `vGPU ${uuid} is no longer defined` }
