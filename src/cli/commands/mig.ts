import { given } from '../../app/given.ts'
import { changeHost, readHost } from '../../app/transaction.ts'
import { usageError } from '../../app/usage.ts'
import { parseCount, parseSelector } from '../../app/values.ts'
import type { HostState } from '../../engine/state.ts'
import { gpuInstanceProfileViews, gpuInstanceViews } from '../../engine/views/mig.ts'
import { changed, detail } from '../../render/answer.ts'
import {
  GPU_INSTANCES,
  gpuInstanceSheet,
  MIG_MODES,
  MIG_PLACEMENTS,
  MIG_PROFILES,
  MIG_TIME_SLICING,
} from '../../render/mig.ts'
import type { Context } from '../context.ts'
import { LISTING, listed } from '../listing.ts'
import { parseInstances } from '../parse-instance.ts'
import { GPU_OPTION, GPU_TARGET, gpuWords } from '../selectors.ts'
import { type NounSpec, verb } from '../spec.ts'

const ONE_GPU = {
  summary: 'a GPU: index, address or UUID; optional on a host with one',
  optional: true,
  parse: parseSelector,
  complete: 'gpu',
} as const

const GPUS = { ...ONE_GPU, summary: 'a GPU: index, address or UUID; default: all' } as const

const THIS_GPU = { ...GPU_OPTION, summary: 'the GPU; optional on a host with one' } as const

const INSTANCE = {
  summary: 'an instance: GPU/ID, ID if the GPU is known, or GPU/ID/COMPUTE, or the UUID of a MIG device',
  parse: parseSelector,
} as const

export const mig: NounSpec = {
  name: 'mig',
  verbs: [
    switchVerb('enable', true),
    switchVerb('disable', false),
    verb({
      name: 'time-slicing',
      summary:
        'whether several vGPUs may take turns on a GPU instance, on chips that can; on until switched off, and after a reset',
      examples: ['mig time-slicing off', 'mig time-slicing on 0 --dry-run'],
      options: {},
      args: { state: { summary: 'on or off', choices: ['on', 'off'] }, gpu: ONE_GPU },
      changes: true,
      async run(context, { args }) {
        const { setMigTimeSlicing } = await import('../../engine/verbs/instance-sharing.ts')
        const request = { ...given({ gpu: args.gpu }), on: args.state === 'on' }
        return changed(MIG_TIME_SLICING, await changeHost(context, (state) => setMigTimeSlicing(state, request)))
      },
    }),
    profilesVerb('profiles', 'profiles of GPU instances, how many are free, and the vGPU types on them'),
    profilesVerb('placements', 'where GPU instances may start, and where now'),
    verb({
      name: 'create',
      summary: 'create GPU instances, all or none; compute instances with -C or --gpu-instance',
      examples: [
        'mig create 2g.10gb 3g.20gb -C',
        'mig create 19:3',
        'mig create 3g.20gb --placement 4 --gpu 1 --dry-run',
        'mig create 1c.3g.20gb 1c.3g.20gb --gpu-instance 2',
      ],
      options: {
        gpu: THIS_GPU,
        placement: {
          value: 'START',
          summary: 'its first slot, for one profile; else the driver chooses',
          parse: parseCount,
        },
        compute: { short: 'C', summary: 'each gets the compute instance that takes all of it' },
        gpuInstance: { value: 'ID', summary: 'compute instances in this GPU instance', parse: parseCount },
      },
      args: { profile: { summary: 'a profile: name or id, with :START if the place matters', repeat: true } },
      changes: true,
      async run(context, { options, args }) {
        const { createComputeInstances, createGpuInstances } = await import('../../engine/verbs/gpu-instances.ts')
        const { placement, compute, gpuInstance } = options
        const asked = args.profile.flatMap(parseInstances)
        if (placement !== undefined && asked.length > 1) throw usageError('--placement is for one profile')
        if (placement !== undefined && asked[0]?.start !== undefined)
          throw usageError('the start is given twice: PROFILE:START and --placement')
        if (compute && gpuInstance !== undefined) throw usageError('-C and --gpu-instance exclude each other')
        const instances = asked.map((one) => ({ ...one, ...given({ start: placement }) }))
        const gpu = given({ gpu: options.gpu })
        const create = (state: HostState) =>
          gpuInstance === undefined
            ? createGpuInstances(state, { ...gpu, instances, compute })
            : createComputeInstances(state, { ...gpu, instances, gpuInstance })
        return changed(GPU_INSTANCES, await changeHost(context, create))
      },
    }),
    verb({
      name: 'list',
      summary: 'a line for each GPU instance',
      examples: ['mig list', 'mig list --gpu 0 -o json', 'mig list -o name'],
      options: { gpu: GPU_OPTION, ...LISTING },
      args: {},
      changes: false,
      async run(context, { options }) {
        const remark = `there is no GPU instance; hint: nvgpu mig create PROFILE -C${gpuWords(options.gpu)}`
        return listed(
          GPU_INSTANCES,
          await readHost(context, (state) => gpuInstanceViews(state, options.gpu)),
          options,
          remark,
        )
      },
    }),
    verb({
      name: 'show',
      summary: 'place, sizes, compute instances and vGPUs of a GPU instance',
      examples: ['mig show 2', 'mig show 0/2 -o json'],
      options: { gpu: THIS_GPU },
      args: { instance: INSTANCE },
      changes: false,
      async run(context, { options, args }) {
        const { findInstance } = await import('../../engine/find-instance.ts')
        const found = await readHost(context, (state) => {
          const at = findInstance(state, args.instance, options.gpu)
          return gpuInstanceViews(state, String(at.gpu)).filter(({ id }) => id === at.id)
        })
        return detail(GPU_INSTANCES, found, gpuInstanceSheet)
      },
    }),
    verb({
      name: 'destroy',
      summary: 'destroy a GPU instance with its compute instances, or one compute instance; vGPUs refuse it',
      examples: ['mig destroy 2', 'mig destroy 0/2/0', 'mig destroy --all --gpu 0'],
      options: { gpu: GPU_TARGET, all: { summary: 'all of the GPU' } },
      args: { instance: { ...INSTANCE, optional: true } },
      changes: true,
      run: (context, { options, args }) => destroy(context, args.instance, options),
    }),
  ],
}

function switchVerb(name: 'enable' | 'disable', on: boolean) {
  return verb({
    name,
    summary: on
      ? 'switch MIG on; a GPU in use needs a reset first'
      : 'switch MIG off; needs a GPU without VFs and GPU instances',
    examples: [`mig ${name}`, `mig ${name} 0 --dry-run`],
    options: {},
    args: { gpu: ONE_GPU },
    changes: true,
    async run(context, { args }) {
      const { setMigMode } = await import('../../engine/verbs/mig-mode.ts')
      return changed(
        MIG_MODES,
        await changeHost(context, (state) => setMigMode(state, { ...given({ gpu: args.gpu }), on })),
      )
    },
  })
}

function profilesVerb(name: 'profiles' | 'placements', summary: string) {
  return verb({
    name,
    summary,
    examples: [`mig ${name}`, `mig ${name} 0 -o json`],
    options: { ...LISTING },
    args: { gpu: GPUS },
    changes: false,
    async run(context, { options, args }) {
      const profiles = await readHost(context, (state) => gpuInstanceProfileViews(state, args.gpu))
      return listed(name === 'profiles' ? MIG_PROFILES : MIG_PLACEMENTS, profiles, options, 'no GPU has MIG')
    },
  })
}

async function destroy(
  context: Context,
  instance: string | undefined,
  { all, gpu }: { readonly all: boolean; readonly gpu: string | undefined },
) {
  if (all === (instance !== undefined)) throw usageError('name an instance, or --all')
  const { destroyComputeInstance, destroyGpuInstances } = await import('../../engine/verbs/destroy-instances.ts')
  const { findInstance } = await import('../../engine/find-instance.ts')
  const act = (state: HostState) => {
    if (instance === undefined) return destroyGpuInstances(state, { ...given({ gpu }), withCompute: true })
    const at = findInstance(state, instance, gpu)
    const of = { gpu: String(at.gpu) }
    return at.compute === null
      ? destroyGpuInstances(state, { ...of, ids: [at.id], withCompute: true })
      : destroyComputeInstance(state, { ...of, gpuInstance: at.id, id: at.compute })
  }
  return changed(GPU_INSTANCES, await changeHost(context, act))
}
