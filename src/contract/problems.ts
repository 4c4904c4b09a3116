import * as v from 'valibot'

/** The result of a check: the value with its defaults, or the problem. */
export type Judgement<T> = { readonly value: T } | { readonly problem: string }

/**
 * Checks a foreign value: the problem names the path of the first field that is missing, unknown or of the wrong kind.
 * The path begins with `name`. This checks the shape only; the engine's checkHost checks that the values are
 * consistent.
 */
export function judge<S extends v.GenericSchema>(schema: S, name: string, value: unknown): Judgement<v.InferOutput<S>> {
  const result = v.safeParse(schema, value, { abortEarly: true })
  return result.success ? { value: result.output } : { problem: sentence(name, result.issues[0]) }
}

function sentence(name: string, issue: v.BaseIssue<unknown>): string {
  const path = issue.path ?? []
  const last = path.at(-1)
  if (last?.origin === 'key' && issue.received !== 'undefined') {
    return `${placeOf(name, path.slice(0, -1))} has a foreign key ${JSON.stringify(last.key)}`
  }
  const place = placeOf(name, path)
  if (last?.origin === 'key') return `${place} is missing`
  return issue.type === 'strict_object' ? `${place} is no object` : `${place} ${issue.message}`
}

function placeOf(name: string, path: readonly v.IssuePathItem[]): string {
  return path.reduce(
    (place, { type, key }) => place + (type === 'array' ? `[${String(key)}]` : `.${String(key)}`),
    name,
  )
}
