import { parseCount } from '../../app/values.ts'
import { changed } from '../../render/answer.ts'
import { HOSTS } from '../../render/host.ts'
import type { NounSpec } from '../spec.ts'
import { verb } from '../spec.ts'

export const undo: NounSpec = {
  name: 'undo',
  verbs: [
    verb({
      name: '',
      summary:
        'revert a change, as a new change: the newest, repeatedly, or an older one if no later change touched the same places',
      examples: ['undo', 'undo 12', 'undo --dry-run'],
      options: { force: { summary: 'also one side of a migration' } },
      args: {
        seq: {
          summary: 'number of the change; default: the newest that is not undone',
          parse: parseCount,
          optional: true,
        },
      },
      changes: true,
      async run(context, { options, args }) {
        const bringBack = await import('../../app/history/bring-back.ts')
        const { change, of } = await bringBack.undo(context, args.seq, options.force)
        const sentence = () => `change ${of.seq} is taken back: ${of.command}`
        return changed({ ...HOSTS, sentence }, change)
      },
    }),
  ],
}
