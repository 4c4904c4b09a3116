import { tryHost } from '../../app/transaction.ts'
import { usageError } from '../../app/usage.ts'
import type { Answer } from '../../render/answer.ts'
import { detail } from '../../render/answer.ts'
import { drawFits, FITS } from '../../render/fit.ts'
import { forHost } from '../hint.ts'
import { BOARD_OPTION, GPU_OPTION } from '../selectors.ts'
import type { NounSpec } from '../spec.ts'
import { verb } from '../spec.ts'
import { parseTypeCount } from '../type-count.ts'

/** A negative answer has the exit status of no room. */
const NO_ROOM = 5

export const fit: NounSpec = {
  name: 'fit',
  verbs: [
    verb({
      name: '',
      summary:
        'check whether vGPUs fit together and show their places, or suggest VFs to enable or vGPUs to move or stop; status 0 or 5',
      examples: [
        'fit L40-8Q',
        'fit L40-8Q=3 L40-4Q=2',
        'fit 869=16 --gpu 0',
        'fit T4-8Q=2 --board T4',
        'fit L40-8Q=2 L40-24Q --optimal',
        'fit L40-24Q -o json',
      ],
      options: {
        gpu: GPU_OPTION,
        board: BOARD_OPTION,
        optimal: {
          summary: 'search longer for the best answer, and prove it: the most vGPUs, with the fewest migrations',
        },
      },
      args: {
        types: {
          summary: 'a type, or TYPE=N for several of it',
          repeat: true,
          parse: parseTypeCount,
          complete: 'type',
        },
      },
      changes: false,
      async run(context, { options, args }): Promise<Answer> {
        if (options.board !== undefined) {
          if (options.optimal) throw usageError('--optimal plans this host and cannot go with --board')
          const { boardFit } = await import('../../engine/boards/fit.ts')
          const counted = boardFit(options.board, args.types)
          const { BOARD_FITS, boardFitText } = await import('../../render/board.ts')
          return { ...detail(BOARD_FITS, [counted], boardFitText), status: counted.fits ? 0 : NO_ROOM }
        }
        const planner = await import('../../planner/host/fit.ts')
        const found = await tryHost(context, (state) => planner.fit(state, args.types, options.gpu, options.optimal))
        const answer = detail(FITS, [found], (items, { width }) => forHost(context.argv, drawFits(items, width)))
        return { ...answer, status: found.fits ? 0 : NO_ROOM }
      },
    }),
  ],
}
