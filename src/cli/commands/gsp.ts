import { list } from '../../render/answer.ts'
import { GSP_OBJECTS, GSP_PLUGINS } from '../../render/gsp.ts'
import { GPU_OPTION } from '../selectors.ts'
import { readHost } from '../session.ts'
import type { NounSpec } from '../spec.ts'
import { verb } from '../spec.ts'

export const gsp: NounSpec = {
  name: 'gsp',
  summary: 'GSP firmware',
  verbs: [
    verb({
      name: 'objects',
      summary: 'the firmware’s tree of RM objects',
      examples: ['gsp objects', 'gsp objects --gpu 0 -o json'],
      options: { gpu: GPU_OPTION },
      args: {},
      changes: false,
      async run(context, { options }) {
        return list(GSP_OBJECTS, await readHost(context, (host) => host.gspObjects(options.gpu)))
      },
    }),
    verb({
      name: 'plugins',
      summary: 'the plugin tasks, one for each open vGPU',
      examples: ['gsp plugins', 'gsp plugins -o wide'],
      options: { gpu: GPU_OPTION },
      args: {},
      changes: false,
      async run(context, { options }) {
        const plugins = await readHost(context, (host) => host.gspPlugins(options.gpu))
        return list(GSP_PLUGINS, plugins, 'no plugin task runs; hint: nvgpu vgpu create --type TYPE')
      },
    }),
  ],
}
