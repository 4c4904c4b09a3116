import { changed } from '../../render/answer.ts'
import { HOSTS } from '../../render/host.ts'
import type { NounSpec } from '../spec.ts'
import { verb } from '../spec.ts'

export const redo: NounSpec = {
  name: 'redo',
  verbs: [
    verb({
      name: '',
      summary: 'repeat the change that undo reverted last; only until the next other change',
      examples: ['redo', 'redo --dry-run'],
      options: { force: { summary: 'also one side of a migration' } },
      args: {},
      changes: true,
      async run(context, { options }) {
        const bringBack = await import('../../app/history/bring-back.ts')
        const { change, of } = await bringBack.redo(context, options.force)
        return changed({ ...HOSTS, sentence: () => `change ${of.seq} is made again: ${of.command}` }, change)
      },
    }),
  ],
}
