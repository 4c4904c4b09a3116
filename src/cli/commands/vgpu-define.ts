import { parseCount, parseName, parseSelector, parseType, parseUuid } from '../../app/values.ts'
import { CALLOUT_OPTIONS } from '../callout-options.ts'
import { GPU_OPTION, GPU_TARGET, VGPU_ARGUMENT } from '../selectors.ts'
import { verb } from '../spec.ts'
import { ALL, TARGETS, targets } from '../vgpu-targets.ts'

const TYPE = {
  short: 't',
  value: 'TYPE',
  summary: 'name, number or nvidia-NUMBER of the type',
  parse: parseType,
  complete: 'type',
} as const
const NAME = { short: 'n', value: 'NAME', summary: 'a name for people', parse: parseName } as const
const GPU = { ...GPU_OPTION, summary: 'its GPU; optional on a host with one' } as const
const VF = {
  value: 'VF',
  summary: 'its preferred VF, enabled or not',
  parse: parseSelector,
  complete: 'vf',
} as const
const PLACEMENT = { value: 'SLOT', summary: 'its required first slot', parse: parseCount } as const
const JSONFILE = {
  value: 'FILE',
  summary: 'configuration in JSON, as mdevctl writes it; - for standard input',
  complete: 'file',
} as const
const AUTO = { short: 'a', summary: 'start it at boot' } as const
const MANUAL = { short: 'm', summary: 'do not start it at boot' } as const

/** Verbs of definitions, after mdevctl's model: a definition outlives its vGPU. */
export const DEFINE_VERBS = {
  define: () =>
    verb({
      name: 'define',
      summary: 'define a vGPU, from a live one, a type, or a file of mdevctl; prints its UUID',
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
        gpuInstance: { value: 'ID', summary: 'its GPU instance, for a MIG-backed type', parse: parseCount },
        auto: AUTO,
        jsonfile: JSONFILE,
        ifNotExists: { summary: 'do nothing if it is defined already' },
        ...CALLOUT_OPTIONS,
      },
      args: { vgpu: { ...VGPU_ARGUMENT, summary: 'a live vGPU', optional: true } },
      changes: true,
      async run(context, { options, args }) {
        return (await import('../definitions/define.ts')).define(context, args.vgpu, options)
      },
    }),
  undefine: () =>
    verb({
      name: 'undefine',
      summary: 'remove definitions; live vGPUs stay',
      examples: ['vgpu undefine desk7', 'vgpu undefine --all --gpu 1', 'vgpu undefine 6f1c --if-exists'],
      options: {
        all: ALL,
        gpu: GPU_TARGET,
        ifExists: { summary: 'no error for a vGPU that is not defined' },
        ...CALLOUT_OPTIONS,
      },
      args: { vgpu: TARGETS },
      changes: true,
      async run(context, { options, args }) {
        const request = { ...targets('undefine', args.vgpu, options), ifExists: options.ifExists }
        return (await import('../definitions/change.ts')).undefine(context, options, request)
      },
    }),
  modify: () =>
    verb({
      name: 'modify',
      summary: 'change a definition, or with --live the name and attributes of a live vGPU',
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
        vf: { ...VF, summary: 'its preferred VF, or any' },
        placementId: { value: 'SLOT', summary: 'its required first slot, or any', parse: parseSlot },
        auto: AUTO,
        manual: MANUAL,
        addattr: { value: 'NAME', summary: 'add an attribute, at --index or at the end', parse: parseSelector },
        value: { value: 'VALUE', summary: 'the value of that attribute' },
        delattr: { summary: 'remove the attribute at --index, or the last one' },
        index: { value: 'N', summary: 'place in the list of attributes, from 0', parse: parseCount },
        jsonfile: { ...JSONFILE, summary: 'type, start and attributes from a file of mdevctl; - for standard input' },
        live: { short: 'l', summary: 'change the live vGPU: name, attributes' },
        defined: { short: 'd', summary: 'with --live: change the definition too' },
        ...CALLOUT_OPTIONS,
      },
      args: { vgpu: VGPU_ARGUMENT },
      changes: true,
      async run(context, { options, args }) {
        return (await import('../definitions/modify.ts')).modify(context, args.vgpu, options)
      },
    }),
  autostart: () =>
    verb({
      name: 'autostart',
      summary: 'start definitions at boot; records the current VFs, mode and scheduler of their GPU',
      examples: ['vgpu autostart desk7', 'vgpu autostart --all', 'vgpu autostart desk7 --disable'],
      options: { all: ALL, gpu: GPU_TARGET, disable: { summary: 'no longer' }, ...CALLOUT_OPTIONS },
      args: { vgpu: TARGETS },
      changes: true,
      async run(context, { options, args }) {
        const request = { ...targets('autostart', args.vgpu, options), on: !options.disable }
        return (await import('../definitions/change.ts')).autostart(context, options, request)
      },
    }),
}

function parseSlot(text: string): number | null {
  return text === 'any' ? null : parseCount(text)
}
