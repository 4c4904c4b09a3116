import { nearestWords } from '../../errors/nearest-words.ts'
import { NvError } from '../../errors/nv-error.ts'
import type { View } from '../../render/answer.ts'
import { list } from '../../render/answer.ts'
import type { NounSpec } from '../spec.ts'
import { verb } from '../spec.ts'

interface SchemaLine {
  readonly kind: string
  readonly title: string
}

const SCHEMAS: View<SchemaLine> = {
  kind: 'schemas',
  name: ({ kind }) => kind,
  columns: [
    { head: 'KIND', text: ({ kind }) => kind },
    { head: 'TITLE', text: ({ title }) => title, shrink: 0 },
  ],
  fields: ['kind', 'title'],
}

export const schema: NounSpec = {
  name: 'schema',
  verbs: [
    verb({
      name: '',
      summary: 'the JSON Schema (2020-12) of a kind of document, as "kind" in it says; all kinds without one',
      examples: ['schema', 'schema vgpus > vgpus.schema.json', 'schema declaration', 'schema error'],
      options: {},
      args: { kind: { summary: 'the kind of document', optional: true } },
      changes: false,
      async run(context, { args }) {
        const { SCHEMA_KINDS, schemaOf, titleOf } = await import('../../contract/views/documents.ts')
        const { kind } = args
        if (kind === undefined) {
          return list(
            SCHEMAS,
            SCHEMA_KINDS.map((each) => ({ kind: each, title: titleOf(each) })),
          )
        }
        const found = schemaOf(kind)
        if (found === undefined) {
          throw new NvError({
            errno: 'ENOENT',
            code: 'not-found',
            at: 'document',
            message: `there is no document of kind '${kind}'${nearestWords(kind, SCHEMA_KINDS)}`,
            hint: 'nvgpu schema',
            object: kind,
          })
        }
        const { drawData } = await import('../../render/document.ts')
        return { raw: await drawData(found, context.settings.format === 'yaml' ? 'yaml' : 'json') }
      },
    }),
  ],
}
