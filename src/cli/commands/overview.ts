import { readHost } from '../../app/transaction.ts'
import type { Overview } from '../../contract/views/host.ts'
import { overviewOf } from '../../engine/views/overview.ts'
import type { View } from '../../render/answer.ts'
import { detail } from '../../render/answer.ts'
import { drawOverview } from '../../render/overview.ts'
import type { NounSpec } from '../spec.ts'
import { verb } from '../spec.ts'
import { VERSION } from '../version.ts'

const OVERVIEW: View<Overview> = {
  kind: 'overview',
  name: (overview) => overview.gpus.map((gpu) => gpu.bdf).join('\n'),
  columns: [],
  fields: [
    'host.profile',
    'host.driverVersion',
    'host.gpus',
    'host.vfs',
    'host.vgpus.configured',
    'host.vgpus.running',
    'host.uploadedTypes',
  ],
}

export const overview: NounSpec = {
  name: '',
  verbs: [
    verb({
      name: '',
      summary: 'boards, virtual functions and vGPUs at a glance',
      examples: ['', '-o json'],
      options: {},
      args: {},
      changes: false,
      async run(context) {
        const { io, argv } = context
        const item = await readHost(context, overviewOf)
        // nvidia-smi -q is a report
        if (io.stdout.isTTY && argv.includes('-q'))
          io.stderr.write(`${(await import('../hint.ts')).forHost(argv, 'hint: nvgpu smi -q')}\n`)
        return detail(OVERVIEW, [item], (items, page) =>
          items.map((each) => drawOverview(each, { version: VERSION, page })).join('\n'),
        )
      },
    }),
  ],
}
