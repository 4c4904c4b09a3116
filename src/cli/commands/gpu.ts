import { changed, detail, list } from '../../render/answer.ts'
import { GPUS, gpuSheet } from '../../render/gpu.ts'
import { GPU_OPTION } from '../selectors.ts'
import { changeHost, readHost } from '../session.ts'
import type { NounSpec } from '../spec.ts'
import { verb } from '../spec.ts'
import { parseSelector } from '../values.ts'

/** The GPU a change is about; it may be left out where there is one. */
const ONE_GPU = {
  summary: 'a GPU: index, address or UUID; may be left out where there is one',
  optional: true,
  parse: parseSelector,
  complete: 'gpu',
} as const

export const gpu: NounSpec = {
  name: 'gpu',
  summary: 'physical GPUs',
  verbs: [
    verb({
      name: 'list',
      summary: 'a line for each GPU',
      examples: ['gpu list', 'gpu list -o wide', 'gpu list -o json'],
      options: { gpu: GPU_OPTION },
      args: {},
      changes: false,
      async run(context, { options }) {
        return list(GPUS, await readHost(context, (host) => host.gpus(options.gpu)))
      },
    }),
    verb({
      name: 'show',
      summary: 'identity, SR-IOV, framebuffer layout, GSP, engines and channels',
      examples: ['gpu show', 'gpu show 0', 'gpu show c1:00.0 -o yaml'],
      options: {},
      args: {
        gpu: {
          summary: 'a GPU: index, address or UUID; all without it',
          optional: true,
          parse: parseSelector,
          complete: 'gpu',
        },
      },
      changes: false,
      async run(context, { args }) {
        return detail(GPUS, await readHost(context, (host) => host.gpus(args.gpu)), gpuSheet)
      },
    }),
    verb({
      name: 'reset',
      summary: 'reset a GPU without vGPUs; pending settings take effect, VFs are gone',
      examples: ['gpu reset', 'gpu reset 0'],
      options: {},
      args: { gpu: ONE_GPU },
      changes: true,
      async run(context, { args }) {
        return changed(GPUS, await changeHost(context, (host) => host.resetGpu(args.gpu)))
      },
    }),
    verb({
      name: 'unbind',
      summary: 'unbind the core driver; VFs that are bound learn of it',
      examples: ['gpu unbind 0'],
      options: {},
      args: { gpu: ONE_GPU },
      changes: true,
      async run(context, { args }) {
        return changed(GPUS, await changeHost(context, (host) => host.unbindGpu(args.gpu)))
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
        return changed(GPUS, await changeHost(context, (host) => host.bindGpu(args.gpu)))
      },
    }),
  ],
}
