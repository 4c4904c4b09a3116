import { readHost } from '../../app/transaction.ts'
import { usageError } from '../../app/usage.ts'
import { bar1Maps, fbMaps, placementMaps } from '../../engine/views/maps.ts'
import { list } from '../../render/answer.ts'
import { mapView } from '../../render/map.ts'
import { firstOf, GPU_OPTION, gpuWords } from '../selectors.ts'
import type { NounSpec } from '../spec.ts'
import { verb } from '../spec.ts'

const FB_MAPS = mapView('fbMaps', 'framebuffer')
const BAR1_MAPS = mapView('bar1Maps', 'BAR1')
const PLACEMENT_MAPS = mapView('placementMaps', 'placement ids')

export const fb: NounSpec = {
  name: 'fb',
  verbs: [
    verb({
      name: 'map',
      summary: 'owners of the framebuffer, and the gaps',
      examples: ['fb map', 'fb map --bar1', 'fb map --placement', 'fb map --gpu 1 -o json'],
      options: {
        gpu: GPU_OPTION,
        bar1: { summary: 'the BAR1 window and its mappings instead' },
        placement: { summary: 'the slots of GPUs with placement ids instead' },
      },
      args: {},
      changes: false,
      async run(context, { options }) {
        if (options.bar1 && options.placement) throw usageError('--bar1 and --placement are two maps')
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
