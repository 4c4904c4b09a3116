import { copyJson, isObject, type Json, type JsonObject, setKey } from './json.ts'

/**
 * The one text of a value: keys sorted by code unit at every level, two blanks a level, a final newline. Two equal trees
 * give equal text whatever order their keys were set in. Throws TypeError for a value that is not plain JSON.
 */
export function canonicalJson(value: unknown): string {
  return `${JSON.stringify(sorted(copyJson(value)), null, 2)}\n`
}

function sorted(value: Json): Json {
  if (Array.isArray(value)) return value.map(sorted)
  if (!isObject(value)) return value
  const result: JsonObject = {}
  for (const key of Object.keys(value).sort()) setKey(result, key, sorted(value[key] ?? null))
  return result
}
