import { given } from '../../app/given.ts'
import { changeHost } from '../../app/transaction.ts'
import { parseCount } from '../../app/values.ts'
import { changed } from '../../render/answer.ts'
import { MOVES } from '../../render/moves.ts'
import { GPU_OPTION } from '../selectors.ts'
import type { NounSpec } from '../spec.ts'
import { verb } from '../spec.ts'
import { parseTypeCount } from '../type-count.ts'

export const defragment: NounSpec = {
  name: 'defragment',
  verbs: [
    verb({
      name: '',
      summary:
        'move the fewest vGPUs on this host after which the types fit; without TYPE, the largest size that has no room now',
      examples: [
        'defragment --dry-run',
        'defragment L40-24Q',
        'defragment L40-8Q=2 L40-16Q --max-moves 3 --dry-run',
        'defragment L40-24Q --gpu 0 -o json',
      ],
      options: {
        gpu: { ...GPU_OPTION, summary: 'plan this GPU only: index, address or UUID' },
        maxMoves: { value: 'N', summary: 'refuse more migrations', parse: parseCount },
      },
      args: {
        types: {
          summary: 'a type, or TYPE=N for several of it',
          repeat: true,
          optional: true,
          parse: parseTypeCount,
          complete: 'type',
        },
      },
      changes: true,
      async run(context, { options, args }) {
        const planner = await import('../../planner/host/defragment.ts')
        const request = { types: args.types, ...given({ gpu: options.gpu, maxMoves: options.maxMoves }) }
        return changed(MOVES, await changeHost(context, (state) => planner.defragment(state, request)))
      },
    }),
  ],
}
