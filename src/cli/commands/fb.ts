import { readHost } from '../../app/transaction.ts'
import { usageError } from '../../app/usage.ts'
import { bar1Maps, fbMaps, instanceMaps, placementMaps } from '../../engine/views/maps.ts'
import { list } from '../../render/answer.ts'
import { mapView } from '../../render/map.ts'
import { firstOf, GPU_OPTION, gpuWords } from '../selectors.ts'
import type { NounSpec } from '../spec.ts'
import { verb } from '../spec.ts'

const FB_MAPS = mapView('fbMaps', 'framebuffer')
const BAR1_MAPS = mapView('bar1Maps', 'BAR1')
const INSTANCE_MAPS = mapView('instanceMaps', 'slots of GPU instances')
const PLACEMENT_MAPS = mapView('placementMaps', 'placement ids')

export const fb: NounSpec = {
  name: 'fb',
  verbs: [
    verb({
      name: 'map',
      summary: 'owners of the framebuffer, and the gaps',
      examples: ['fb map', 'fb map --bar1', 'fb map --placement', 'fb map --instances', 'fb map --gpu 1 -o json'],
      options: {
        gpu: GPU_OPTION,
        bar1: { summary: 'the BAR1 window and its mappings instead' },
        placement: { summary: 'the slots of GPUs with placement ids instead' },
        instances: { summary: 'the slots of GPUs with MIG on, and their GPU instances, instead' },
      },
      args: {},
      changes: false,
      async run(context, { options }) {
        const chosen = (['bar1', 'placement', 'instances'] as const).filter((name) => options[name])
        if (chosen.length > 1) throw usageError(`--${chosen[0]} and --${chosen[1]} are two maps`)
        if (options.instances) {
          const { maps, first } = await readHost(context, (state) => ({
            maps: instanceMaps(state, options.gpu),
            first: firstOf(state),
          }))
          return list(
            INSTANCE_MAPS,
            maps,
            `no GPU has MIG on; hint: nvgpu mig enable ${options.gpu ?? first ?? ''}`.trimEnd(),
          )
        }
        if (options.placement) {
          const { maps, first } = await readHost(context, (state) => ({
            maps: placementMaps(state, options.gpu),
            first: firstOf(state),
          }))
          const gpu = gpuWords(options.gpu ?? first)
          return list(PLACEMENT_MAPS, maps, `no GPU has placement ids; hint: nvgpu gpu mode heterogeneous${gpu}`)
        }
        if (options.bar1) return list(BAR1_MAPS, await readHost(context, (state) => bar1Maps(state, options.gpu)))
        return list(FB_MAPS, await readHost(context, (state) => fbMaps(state, options.gpu)))
      },
    }),
  ],
}
