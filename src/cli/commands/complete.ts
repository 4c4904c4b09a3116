import type { Host } from '../../engine/host.ts'
import { shortTypeName } from '../../render/type-name.ts'
import { readHost } from '../session.ts'
import type { NounSpec } from '../spec.ts'
import { verb } from '../spec.ts'

const WORDS = {
  gpu: (host: Host) => host.gpus().map((gpu) => gpu.bdf),
  vf: (host: Host) => host.vfs().map((vf) => vf.bdf),
  type: (host: Host) => host.types({}).map((type) => shortTypeName(type.name)),
  vgpu: (host: Host) => host.vgpus().flatMap((vgpu) => (vgpu.name === null ? [vgpu.uuid] : [vgpu.uuid, vgpu.name])),
}

export const complete: NounSpec = {
  name: '__complete',
  summary: 'values for completion scripts',
  verbs: [
    verb({
      name: '',
      summary: 'print the values of a kind, one a line',
      examples: ['__complete vgpu'],
      options: {},
      args: { kind: { summary: 'the kind', choices: ['gpu', 'vf', 'type', 'vgpu'] } },
      changes: false,
      hidden: true,
      async run(context, { args }) {
        const words = await readHost(context, WORDS[args.kind])
        return { raw: words.map((word) => `${word}\n`).join('') }
      },
    }),
  ],
}
