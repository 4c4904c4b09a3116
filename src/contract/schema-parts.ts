import type * as v from 'valibot'

/** A schema without what says that its value may be missing or null, and without the rules a value has to pass. */
export function bare(schema: v.GenericSchema): v.GenericSchema {
  if ('wrapped' in schema && isSchema(schema.wrapped)) return bare(schema.wrapped)
  if (!('pipe' in schema) || !Array.isArray(schema.pipe)) return schema
  // All but the last only look at the value, which the last says the form of.
  const last: unknown = schema.pipe.findLast(isSchema)
  return isSchema(last) && last !== schema.pipe[0] ? bare(last) : schema
}

/** The schema of the elements of a list or a map. */
export function elementOf(schema: v.GenericSchema): v.GenericSchema | undefined {
  if (schema.type === 'array' && 'item' in schema && isSchema(schema.item)) return schema.item
  if (schema.type === 'record' && 'value' in schema && isSchema(schema.value)) return schema.value
  return undefined
}

export function isObjectSchema(schema: v.GenericSchema): schema is v.StrictObjectSchema<v.ObjectEntries, undefined> {
  return schema.type === 'strict_object'
}

export function isSchema(value: unknown): value is v.GenericSchema {
  return typeof value === 'object' && value !== null && 'kind' in value && value.kind === 'schema'
}
