import { changed, detail, list } from '../../render/answer.ts'
import { shortTypeName } from '../../render/type-name.ts'
import { VGPUS, vgpuSheet } from '../../render/vgpu.ts'
import { GPU_OPTION, GPU_TARGET, VGPU_ARGUMENT } from '../selectors.ts'
import { changeHost, readHost } from '../session.ts'
import type { NounSpec } from '../spec.ts'
import { verb } from '../spec.ts'
import { usageError } from '../usage.ts'
import { parseName, parseSelector, parseUuid } from '../values.ts'
import { ALL, TARGETS, targets } from '../vgpu-targets.ts'
import { SAVE_VERBS } from './vgpu-save.ts'

const VM = { value: 'NAME', summary: 'name of the VM that opens it', parse: parseName } as const

export const vgpu: NounSpec = {
  name: 'vgpu',
  summary: 'vGPUs',
  verbs: [
    verb({
      name: 'create',
      summary: 'select a type on a free VF and start a vGPU there; prints its UUID',
      examples: [
        'vgpu create --type L40-4Q',
        'vgpu create --type L40-4Q --name desk7 --vf 0000:c1:00.5',
        'vgpu create --type 874 --gpu 1 --no-start',
      ],
      options: {
        type: {
          short: 't',
          value: 'TYPE',
          summary: 'name, number or nvidia-NUMBER of the type',
          required: true,
          parse: parseSelector,
          complete: 'type',
        },
        gpu: { ...GPU_OPTION, summary: 'the GPU; else the first on which it fits' },
        vf: { value: 'VF', summary: 'the VF; else the first free one', parse: parseSelector, complete: 'vf' },
        uuid: { short: 'u', value: 'UUID', summary: 'its UUID; else a random one', parse: parseUuid },
        name: { short: 'n', value: 'NAME', summary: 'a name for people', parse: parseName },
        vm: VM,
        noStart: { summary: 'only select the type; start it later' },
        ifNotExists: { summary: 'do nothing if the UUID or name is there already' },
      },
      args: {},
      changes: true,
      async run(context, { options }) {
        const { gpu, vf, name, vm } = options
        if (options.noStart && vm !== undefined) {
          throw usageError('--vm names who starts it and cannot go with --no-start')
        }
        const request = {
          type: options.type,
          uuid: options.uuid ?? context.io.uuid(),
          uuidIsFresh: options.uuid === undefined,
          start: !options.noStart,
          ifNotExists: options.ifNotExists,
          ...(gpu === undefined ? {} : { gpu }),
          ...(vf === undefined ? {} : { vf }),
          ...(name === undefined ? {} : { name }),
          ...(vm === undefined ? {} : { vm }),
        }
        const change = await changeHost(context, (host) => host.createVgpu(request))
        return changed(VGPUS, change, { namesInPipe: true })
      },
    }),
    verb({
      name: 'list',
      summary: 'a line for each vGPU',
      examples: ['vgpu list', 'vgpu list -o wide', 'vgpu list --gpu 0 -q'],
      options: { gpu: GPU_OPTION },
      args: {},
      changes: false,
      async run(context, { options }) {
        const vgpus = await readHost(context, (host) => host.vgpus(options.gpu))
        return list(VGPUS, vgpus, 'there is no vGPU; hint: nvgpu vgpu create --type TYPE')
      },
    }),
    verb({
      name: 'show',
      summary: 'state, place, resources and plugin task of a vGPU',
      examples: ['vgpu show desk7', 'vgpu show 6f1c -o json', 'vgpu show c1:00.4'],
      options: {},
      args: { vgpu: VGPU_ARGUMENT },
      changes: false,
      async run(context, { args }) {
        return detail(VGPUS, [await readHost(context, (host) => host.vgpu(args.vgpu))], vgpuSheet)
      },
    }),
    verb({
      name: 'stop',
      summary: 'power off: type, UUID and VF stay, framebuffer and channels are given back',
      examples: ['vgpu stop desk7', 'vgpu stop --all', 'vgpu stop --gpu 1'],
      options: { all: ALL, gpu: GPU_TARGET },
      args: { vgpu: TARGETS },
      changes: true,
      async run(context, { options, args }) {
        const request = targets('stop', args.vgpu, options)
        return changed(VGPUS, await changeHost(context, (host) => host.stopVgpus(request)))
      },
    }),
    verb({
      name: 'start',
      summary: 'power on what is configured',
      examples: ['vgpu start desk7', 'vgpu start desk7 --vm win11', 'vgpu start --all'],
      options: { all: ALL, gpu: GPU_TARGET, vm: VM },
      args: { vgpu: TARGETS },
      changes: true,
      async run(context, { options, args }) {
        const vm = options.vm === undefined ? {} : { vm: options.vm }
        const request = { ...targets('start', args.vgpu, options), ...vm }
        return changed(VGPUS, await changeHost(context, (host) => host.startVgpus(request)))
      },
    }),
    verb({
      name: 'destroy',
      summary: 'stop, and free the VF for another type',
      examples: ['vgpu destroy desk7', 'vgpu destroy --all --gpu 0', 'vgpu destroy 6f1c --if-exists'],
      options: { all: ALL, gpu: GPU_TARGET, ifExists: { summary: 'no error for one that is not there' } },
      args: { vgpu: TARGETS },
      changes: true,
      async run(context, { options, args }) {
        const request = { ...targets('destroy', args.vgpu, options), ifExists: options.ifExists }
        const change = await changeHost(context, (host) => host.destroyVgpus(request))
        return changed(GONE, change)
      },
    }),
    ...SAVE_VERBS,
  ],
}

/** Destroyed vGPUs are shown as they last were; the sentence must not say that they still run. */
const GONE: typeof VGPUS = {
  ...VGPUS,
  sentence: (item) => `vGPU ${item.uuid} (${shortTypeName(item.vgpuType.name)}) destroyed on ${item.vf}`,
}
