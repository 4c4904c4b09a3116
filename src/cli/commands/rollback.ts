import { parseCount } from '../../app/values.ts'
import { changed } from '../../render/answer.ts'
import { HOSTS } from '../../render/host.ts'
import type { NounSpec } from '../spec.ts'
import { verb } from '../spec.ts'

export const rollback: NounSpec = {
  name: 'rollback',
  verbs: [
    verb({
      name: '',
      summary: 'restore the whole host as it was after a change, as a new change',
      examples: ['rollback 12', 'rollback 0', 'rollback 12 --dry-run'],
      options: { force: { summary: 'also across a migration' } },
      args: { seq: { summary: 'number of the change; 0 for the host before the first', parse: parseCount } },
      changes: true,
      async run(context, { options, args }) {
        const { rollback: rollBack } = await import('../../app/history/bring-back.ts')
        const change = await rollBack(context, args.seq, options.force)
        const sentence = () => (args.seq === 0 ? 'host as before the first change' : `host as after change ${args.seq}`)
        return changed({ ...HOSTS, sentence }, change)
      },
    }),
  ],
}
