import type * as v from 'valibot'
import { defaultOf, hasDefault } from './defaults.ts'
import type { Field, Plan } from './fill.ts'
import { bare, elementOf, isObjectSchema } from './schema-parts.ts'

/** The plan of a schema. */
export function planOf(schema: v.GenericSchema): Plan {
  const here = bare(schema)
  if (isObjectSchema(here)) return planOfObject(here.entries)
  const element = elementOf(here)
  const each = element === undefined ? null : planOf(element)
  return each && { each }
}

function planOfObject(entries: v.ObjectEntries): Plan {
  const keys: string[] = []
  const fields: Field[] = []
  for (const [key, schema] of Object.entries(entries)) {
    const inside = planOf(schema)
    if (inside === null && !hasDefault(schema)) continue
    keys.push(key)
    fields.push(hasDefault(schema) ? { inside, default: defaultOf(schema) } : { inside })
  }
  return keys.length > 0 ? { keys, fields } : null
}
