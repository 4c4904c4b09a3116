import { differencesFrom } from '../../app/documents/compare.ts'
import { REFUSALS } from '../../errors/refusal.ts'
import { list } from '../../render/answer.ts'
import { DIFFERENCES } from '../../render/declare.ts'
import { FILES_OPTION, LABEL_OPTION } from '../document-options.ts'
import type { NounSpec } from '../spec.ts'
import { verb } from '../spec.ts'

export const diff: NounSpec = {
  name: 'diff',
  verbs: [
    verb({
      name: '',
      summary: 'show the differences between the host and a file; status 6 if there are any',
      examples: ['diff -f host.yaml', 'diff -f vgpu-configs.yaml -c L40-4Q', 'diff -f host.yaml -o json'],
      options: { file: FILES_OPTION, config: LABEL_OPTION },
      args: {},
      changes: false,
      async run(context, { options }) {
        const found = await differencesFrom(context, options.file, options.config)
        const answer = list(DIFFERENCES, found, 'the host is as described')
        return found.length === 0 ? answer : { ...answer, status: REFUSALS.differs.status }
      },
    }),
  ],
}
