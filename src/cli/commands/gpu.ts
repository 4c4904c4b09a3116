import { detail, list } from '../../render/answer.ts'
import { GPUS, gpuSheet } from '../../render/gpu.ts'
import { GPU_OPTION } from '../selectors.ts'
import { readHost } from '../session.ts'
import type { NounSpec } from '../spec.ts'
import { verb } from '../spec.ts'
import { parseSelector } from '../values.ts'

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
  ],
}
