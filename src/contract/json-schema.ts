import { toJsonSchema } from '@valibot/to-json-schema'
import type * as v from 'valibot'
import { isSchema } from './schema-parts.ts'

/**
 * The JSON Schema (2020-12) of what a schema takes: a field with a default may be missing. What JSON Schema has no word
 * for, as the form of sparse bytes, is left out.
 */
export function jsonSchemaOf(schema: v.GenericSchema): Readonly<Record<string, unknown>> {
  const { $schema: _, ...json } = toJsonSchema(schema, {
    target: 'draft-2020-12',
    typeMode: 'input',
    errorMode: 'ignore',
    overrideSchema: ({ valibotSchema }) => mapOf(valibotSchema),
  })
  return json
}

function mapOf(check: v.GenericSchema): Readonly<Record<string, unknown>> | undefined {
  return 'map' in check && isSchema(check.map) ? jsonSchemaOf(check.map) : undefined
}
