import { differencesFrom } from '../../app/documents/compare.ts'
import { NvError } from '../../errors/nv-error.ts'
import { shellQuote } from '../../errors/shell-quote.ts'
import { list } from '../../render/answer.ts'
import { DIFFERENCES } from '../../render/declare.ts'
import { FILES_OPTION, LABEL_OPTION } from '../document-options.ts'
import type { NounSpec } from '../spec.ts'
import { verb } from '../spec.ts'

export const assert: NounSpec = {
  name: 'assert',
  verbs: [
    verb({
      name: '',
      summary: 'print nothing if the host matches a file; otherwise fail with status 6',
      examples: ['assert -f host.yaml', 'assert -f vgpu-configs.yaml -c L40-4Q'],
      options: { file: FILES_OPTION, config: LABEL_OPTION },
      args: {},
      changes: false,
      async run(context, { options }) {
        const found = await differencesFrom(context, options.file, options.config)
        if (found.length === 0) return list(DIFFERENCES, found)
        const words = options.file.map((file) => `-f ${shellQuote(file)}`).join(' ')
        const label = options.config === undefined ? '' : ` -c ${shellQuote(options.config)}`
        throw new NvError({
          errno: 'EINVAL',
          code: 'differs',
          at: 'compare',
          message: `the host differs in ${found.length === 1 ? 'one place' : `${found.length} places`}`,
          hint: `nvgpu diff ${words}${label}`,
        })
      },
    }),
  ],
}
