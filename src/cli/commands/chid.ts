import { readHost } from '../../app/transaction.ts'
import { chidMaps } from '../../engine/views/maps.ts'
import { list } from '../../render/answer.ts'
import { mapView } from '../../render/map.ts'
import { GPU_OPTION } from '../selectors.ts'
import type { NounSpec } from '../spec.ts'
import { verb } from '../spec.ts'

const CHID_MAPS = mapView('chidMaps', 'channels')

export const chid: NounSpec = {
  name: 'chid',
  verbs: [
    verb({
      name: 'map',
      summary: 'owners of the channels, and the gaps',
      examples: ['chid map', 'chid map --gpu 1', 'chid map -o csv'],
      options: { gpu: GPU_OPTION },
      args: {},
      changes: false,
      async run(context, { options }) {
        return list(CHID_MAPS, await readHost(context, (state) => chidMaps(state, options.gpu)))
      },
    }),
  ],
}
