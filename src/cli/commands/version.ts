import { SCHEMA } from '../../contract/state/schema-number.ts'
import { list } from '../../render/answer.ts'
import { VERSIONS } from '../../render/version.ts'
import type { NounSpec } from '../spec.ts'
import { verb } from '../spec.ts'
import { VERSION } from '../version.ts'

export const version: NounSpec = {
  name: 'version',
  verbs: [
    verb({
      name: '',
      summary: 'version of the program; with -o json also of Node and of the formats',
      examples: ['version', 'version -o json'],
      options: {},
      args: {},
      changes: false,
      async run() {
        const item = {
          nvgpu: VERSION,
          node: process.versions.node,
          stateSchema: SCHEMA,
        }
        return list(VERSIONS, [item])
      },
    }),
  ],
}
