import { changeHost } from '../../app/transaction.ts'
import { changed } from '../../render/answer.ts'
import { STEPS } from '../../render/declare.ts'
import { FILES_OPTION, LABEL_OPTION } from '../document-options.ts'
import { progressOf } from '../progress.ts'
import type { NounSpec } from '../spec.ts'
import { verb } from '../spec.ts'

export const apply: NounSpec = {
  name: 'apply',
  verbs: [
    verb({
      name: '',
      summary: 'change the host to match a file, all or nothing; prints its steps',
      examples: ['apply -f host.yaml', 'apply -f host.yaml --dry-run', 'apply -f vgpu-configs.yaml -c L40-4Q'],
      options: { file: FILES_OPTION, config: LABEL_OPTION },
      args: {},
      changes: true,
      async run(context, { options }) {
        const [{ readDesired }, { uuidSource }, { applyPlan }, { stepView }] = await Promise.all([
          import('../../app/documents/read.ts'),
          import('../../app/documents/name-uuid.ts'),
          import('../../engine/declare/apply-plan.ts'),
          import('../../engine/declare/step-view.ts'),
        ])
        const desired = readDesired(context, options.file, options.config)
        const uuids = uuidSource(context.io.uuid)
        const progress = await progressOf(context)
        try {
          const items = await changeHost(context, (state) =>
            applyPlan(state, desired, uuids, (step, index, of) =>
              progress.say(`${index + 1}/${of} ${stepView(step).text}`),
            ).map(stepView),
          )
          const done = items.length > 0
          const answer = changed(STEPS, { changed: done, items, warnings: [] })
          return done ? answer : { ...answer, remark: 'nothing to do' }
        } finally {
          progress.end()
        }
      },
    }),
  ],
}
