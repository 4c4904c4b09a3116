import { readHost } from '../../app/transaction.ts'
import { list } from '../../render/answer.ts'
import { CAPACITY } from '../../render/capacity.ts'
import { boardTypes } from '../board-types.ts'
import { BOARD_OPTION, GPU_OPTION } from '../selectors.ts'
import type { NounSpec } from '../spec.ts'
import { verb } from '../spec.ts'

export const capacity: NounSpec = {
  name: 'capacity',
  verbs: [
    verb({
      name: '',
      summary: 'free capacity of each GPU: how many more vGPUs of each type, and the limit of the next one',
      examples: ['capacity', 'capacity --gpu 0', 'capacity --board T4', 'capacity -o json'],
      options: { gpu: GPU_OPTION, board: BOARD_OPTION },
      args: {},
      changes: false,
      async run(context, { options }) {
        if (options.board !== undefined) return boardTypes(options.board)
        const [{ capacityView }, { gpuIndices }] = await Promise.all([
          import('../../engine/plan/capacity-view.ts'),
          import('../../engine/select.ts'),
        ])
        const found = await readHost(context, (state) =>
          gpuIndices(state, options.gpu).map((index) => capacityView(state, index)),
        )
        return list(CAPACITY, found)
      },
    }),
  ],
}
