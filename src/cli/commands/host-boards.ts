import { BOARDS } from '../../render/board.ts'
import { LISTING, listed } from '../listing.ts'
import { verb } from '../spec.ts'

export const HOST_BOARDS = verb({
  name: 'boards',
  summary: 'every board of the catalogue, and whether a host can have it',
  examples: ['host boards', 'host boards -o wide', 'host boards -o json'],
  options: { ...LISTING },
  args: {},
  changes: false,
  async run(_context, { options }) {
    const { boardViews } = await import('../../engine/boards/boards.ts')
    return listed(BOARDS, boardViews(), options)
  },
})
