import { given } from '../../app/given.ts'
import { changeHost, readHost } from '../../app/transaction.ts'
import { parseCount, parseSelector } from '../../app/values.ts'
import type { GpuModes, HostState } from '../../engine/state.ts'
import { gpuViews } from '../../engine/views/gpu.ts'
import { type Answer, changed, detail } from '../../render/answer.ts'
import { GPUS, gpuSheet } from '../../render/gpu.ts'
import { INSTANCE_MODE } from '../../render/mig.ts'
import type { Context } from '../context.ts'
import { LISTING, listed } from '../listing.ts'
import { GPU_OPTION } from '../selectors.ts'
import type { NounSpec } from '../spec.ts'
import { verb } from '../spec.ts'
import { STATS_OPTIONS } from '../stats-options.ts'

/** The GPU of a change; optional on a host with one. */
const ONE_GPU = {
  summary: 'a GPU: index, address or UUID; optional on a host with one',
  optional: true,
  parse: parseSelector,
  complete: 'gpu',
} as const

/** The same as an option, if the argument is the setting. */
const THIS_GPU = { ...GPU_OPTION, summary: 'the GPU; optional on a host with one' } as const

export const gpu: NounSpec = {
  name: 'gpu',
  verbs: [
    verb({
      name: 'list',
      summary: 'a line for each GPU',
      examples: ['gpu list', 'gpu list -o wide', 'gpu list -o json', 'gpu list --filter board=L40'],
      options: { gpu: GPU_OPTION, ...LISTING },
      args: {},
      changes: false,
      async run(context, { options }) {
        return listed(GPUS, await readHost(context, (state) => gpuViews(state, options.gpu)), options)
      },
    }),
    verb({
      name: 'show',
      summary: 'identity, SR-IOV, framebuffer layout, GSP, engines and channels',
      examples: ['gpu show', 'gpu show 0', 'gpu show c1:00.0 -o yaml'],
      options: {},
      args: {
        gpu: {
          summary: 'a GPU: index, address or UUID; default: all',
          optional: true,
          parse: parseSelector,
          complete: 'gpu',
        },
      },
      changes: false,
      async run(context, { args }) {
        return detail(GPUS, await readHost(context, (state) => gpuViews(state, args.gpu)), gpuSheet)
      },
    }),
    verb({
      name: 'reset',
      summary: 'reset a GPU without vGPUs; pending settings take effect, VFs are removed',
      examples: ['gpu reset', 'gpu reset 0'],
      options: {},
      args: { gpu: ONE_GPU },
      changes: true,
      async run(context, { args }) {
        const { resetGpu } = await import('../../engine/verbs/power.ts')
        return changed(GPUS, await changeHost(context, (state) => resetGpu(state, args.gpu)))
      },
    }),
    verb({
      name: 'drain',
      summary: 'stop the vGPUs of a GPU, or move all to another GPU in the state they have',
      examples: ['gpu drain 0', 'gpu drain 0 --to-gpu 1', 'gpu drain 0 --to-gpu 1 --dry-run'],
      options: {
        toGpu: { value: 'GPU', summary: 'move them to this GPU', parse: parseSelector, complete: 'gpu' },
      },
      args: { gpu: ONE_GPU },
      changes: true,
      async run(context, { options, args }) {
        const { drainGpu } = await import('../../engine/verbs/drain.ts')
        const { drained } = await import('../../render/drained.ts')
        const request = given({ gpu: args.gpu, to: options.toGpu })
        const change = await changeHost(context, (state) => drainGpu(state, request))
        return changed(drained(change.from), change)
      },
    }),
    verb({
      name: 'unbind',
      summary: 'unbind the core driver; bound VFs are notified',
      examples: ['gpu unbind 0', 'gpu unbind 0 --force --dry-run'],
      options: { force: { summary: 'even if that drops vGPUs' } },
      args: { gpu: ONE_GPU },
      changes: true,
      async run(context, { options, args }) {
        const { unbindGpu } = await import('../../engine/verbs/power.ts')
        const request = { unlessUsed: !options.force }
        return changed(GPUS, await changeHost(context, (state) => unbindGpu(state, args.gpu, request)))
      },
    }),
    verb({
      name: 'bind',
      summary: 'bind the core driver again: GSP boots',
      examples: ['gpu bind 0'],
      options: {},
      args: { gpu: ONE_GPU },
      changes: true,
      async run(context, { args }) {
        const { bindGpu } = await import('../../engine/verbs/power.ts')
        return changed(GPUS, await changeHost(context, (state) => bindGpu(state, args.gpu)))
      },
    }),
    verb({
      name: 'ecc',
      summary: 'set ECC from the next reset on; needs a GPU without vGPUs',
      examples: ['gpu ecc on', 'gpu ecc off --gpu 1'],
      options: { gpu: THIS_GPU },
      args: { state: { summary: 'on or off', choices: ['on', 'off'] } },
      changes: true,
      async run(context, { options, args }) {
        const { setEcc } = await import('../../engine/verbs/modes.ts')
        const request = { on: args.state === 'on', ...gpuOf(options) }
        return changed(ECC, await changeHost(context, (state) => setEcc(state, request)))
      },
    }),
    verb({
      name: 'mode',
      summary:
        'mixed profile sizes or one size, of a GPU or a GPU instance; needs no vGPU there, and is lost with the VFs or the instance',
      examples: ['gpu mode heterogeneous', 'gpu mode homogeneous --gpu 1', 'gpu mode heterogeneous --gpu-instance 3'],
      options: {
        gpu: THIS_GPU,
        gpuInstance: { value: 'ID', summary: 'of this GPU instance, where vGPUs take turns', parse: parseCount },
      },
      args: {
        mode: { summary: 'heterogeneous (mixed sizes) or homogeneous', choices: ['heterogeneous', 'homogeneous'] },
      },
      changes: true,
      async run(context, { options, args }) {
        const { setMode } = await import('../../engine/verbs/modes.ts')
        const request = { mode: args.mode, ...gpuOf(options) }
        const { gpuInstance } = options
        if (gpuInstance !== undefined) {
          const { setInstanceMode } = await import('../../engine/verbs/instance-sharing.ts')
          const set = (state: HostState) => setInstanceMode(state, { ...request, gpuInstance })
          return changed(INSTANCE_MODE, await changeHost(context, set))
        }
        return changed(MODE, await changeHost(context, (state) => setMode(state, request)))
      },
    }),
    verb({
      name: 'scheduler',
      summary: 'how vGPUs share the engines; needs a GPU without vGPUs, and is lost with a reset',
      examples: [
        'gpu scheduler best-effort',
        'gpu scheduler equal-share --frequency 240 --averaging 10',
        'gpu scheduler fixed-share --arr off --time-slice 5',
      ],
      options: {
        gpu: THIS_GPU,
        timeSlice: { value: 'MS', summary: 'length of a turn in ms, 1 to 30; only without ARR', parse: parseCount },
        arr: {
          value: 'SWITCH',
          summary: 'adaptive round robin; on unless a time slice is given',
          choices: ['on', 'off'],
        },
        frequency: { value: 'HZ', summary: 'turns a second with ARR, 63 to 960', parse: parseCount },
        averaging: { value: 'N', summary: 'averaging factor of ARR, 1 to 60', parse: parseCount },
      },
      args: {
        policy: {
          summary: 'best-effort, equal-share (among the running) or fixed-share (among the maximum)',
          choices: ['best-effort', 'equal-share', 'fixed-share'],
        },
      },
      changes: true,
      async run(context, { options, args }) {
        const { setScheduler } = await import('../../engine/verbs/modes.ts')
        const { timeSlice, arr, frequency, averaging } = options
        const request = {
          policy: args.policy,
          ...gpuOf(options),
          ...given({ timeSliceMs: timeSlice }),
          ...(arr === undefined ? {} : { arr: arr === 'on' }),
          ...given({ frequencyHz: frequency, averaging }),
        }
        return changed(SCHEDULER, await changeHost(context, (state) => setScheduler(state, request)))
      },
    }),
    verb({
      name: 'persistence',
      summary: 'whether the driver stays loaded without clients; ends with the driver',
      examples: ['gpu persistence off', 'gpu persistence on --gpu 1'],
      options: { gpu: THIS_GPU },
      args: { state: { summary: 'on or off', choices: ['on', 'off'] } },
      changes: true,
      run: (context, { options, args }) => setModes(context, options, { persistence: args.state === 'on' }),
    }),
    verb({
      name: 'compute-mode',
      summary: 'which compute contexts are let in; ends with the driver',
      examples: ['gpu compute-mode exclusive-process', 'gpu compute-mode default --gpu 1'],
      options: { gpu: THIS_GPU },
      args: {
        mode: {
          summary: 'default, exclusive-process or prohibited',
          choices: ['default', 'exclusive-process', 'prohibited'],
        },
      },
      changes: true,
      run: (context, { options, args }) => setModes(context, options, { compute: args.mode }),
    }),
    verb({
      name: 'accounting',
      summary: 'whether processes of host and guests are accounted for; ends with the driver',
      examples: ['gpu accounting on', 'gpu accounting off --gpu 1'],
      options: { gpu: THIS_GPU },
      args: { state: { summary: 'on or off', choices: ['on', 'off'] } },
      changes: true,
      run: (context, { options, args }) => setModes(context, options, { accounting: args.state === 'on' }),
    }),
    verb({
      name: 'stats',
      summary: 'utilisation of GPUs, summed over their vGPUs',
      examples: ['gpu stats', 'gpu stats 0 --plot', 'gpu stats --sparkline', 'gpu stats 0 -o json'],
      options: STATS_OPTIONS,
      args: { gpu: { ...ONE_GPU, summary: 'a GPU: index, address or UUID; default: all' } },
      changes: false,
      async run(context, { options, args }) {
        return (await import('../stats.ts')).gpuStatsAnswer(context, args.gpu, options)
      },
    }),
  ],
}

async function setModes(
  context: Context,
  options: { readonly gpu: string | undefined },
  modes: Partial<GpuModes>,
): Promise<Answer> {
  const { setGpuModes } = await import('../../engine/verbs/gpu-modes.ts')
  const request = { modes, ...gpuOf(options) }
  return changed(GPUS, await changeHost(context, (state) => setGpuModes(state, request)))
}

const ECC: typeof GPUS = {
  ...GPUS,
  sentence: (item) =>
    `GPU ${item.bdf} ECC ${item.eccMode}${item.eccPending === null ? '' : `, ${item.eccPending} after a reset`}`,
}

const MODE: typeof GPUS = { ...GPUS, sentence: (item) => `GPU ${item.bdf} in ${item.vgpuMode.current} mode` }

const SCHEDULER: typeof GPUS = {
  ...GPUS,
  sentence: (item) => {
    const slice = item.scheduler.timeSliceNs === null ? '' : `, time slice ${item.scheduler.timeSliceNs} ns`
    return `GPU ${item.bdf} scheduler ${item.scheduler.policy}${slice}`
  },
}

function gpuOf(options: { readonly gpu: string | undefined }): { gpu?: string } {
  return given({ gpu: options.gpu })
}
