import { copyJson, getKey, isObject, isPlain, type Json, type JsonObject, MAX_DEPTH, notJson } from './json.ts'

/** From the root down: strings are keys of objects, numbers are indices of arrays; `length` cuts an array short. */
export type Path = readonly (string | number)[]

/** `[path, value]` sets, `[path]` removes a key. */
export type Change = readonly [Path] | readonly [Path, Json]

/** Changes in the order they apply. It is what a log record keeps, so its form is part of the state directory's. */
export type Patch = readonly Change[]

/**
 * The field-level changes that turn `before` into `after`, with paths that start with `prefix`. Arrays are compared index
 * by index; where setting the whole array is the shorter record, that is given instead. `after` may be any value: what is
 * not plain JSON throws TypeError and names the place. Nothing in the result aliases either tree.
 */
export function diff(before: Json, after: unknown, prefix: Path = []): Change[] {
  const out: Change[] = []
  compare(before, after, [...prefix], out)
  return out
}

function compare(before: Json, after: unknown, path: (string | number)[], out: Change[]): void {
  if (before === after) return
  if (path.length > MAX_DEPTH) throw notJson(after, path.slice(0, 8), path.length)
  if (Array.isArray(before) && Array.isArray(after)) compareArrays(before, after, path, out)
  else if (isObject(before) && isObject(after)) compareObjects(before, after, path, out)
  else out.push([[...path], copyJson(after, path)])
}

function compareObjects(before: JsonObject, after: JsonObject, path: (string | number)[], out: Change[]): void {
  if (!isPlain(after)) throw notJson(after, path)
  const keys = Object.keys(before)
  let kept = 0
  for (const key of Object.keys(after)) {
    const value: unknown = after[key]
    // Almost every leaf of a large tree ends here. No inherited property is a primitive, so an equal one is its own.
    if (isPrimitive(value) && before[key] === value) {
      kept++
      continue
    }
    if (value === undefined) continue
    const old = getKey(before, key)
    if (old !== undefined) kept++
    path.push(key)
    if (old === undefined) out.push([[...path], copyJson(value, path)])
    else compare(old, value, path, out)
    path.pop()
  }
  if (kept === keys.length) return
  for (const key of keys) {
    if (getKey(after, key) === undefined) out.push([[...path, key]])
  }
}

function isPrimitive(value: unknown): boolean {
  return value === null || typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean'
}

function compareArrays(before: Json[], after: unknown[], path: (string | number)[], out: Change[]): void {
  const mark = out.length
  for (let index = 0; index < after.length; index++) {
    const old = before[index]
    const value = after[index]
    if (old === value && old !== undefined) continue
    path.push(index)
    if (old === undefined) out.push([[...path], copyJson(value, path)])
    else compare(old, value, path, out)
    path.pop()
  }
  if (after.length < before.length) out.push([[...path, 'length'], after.length])
  if (out.length - mark > 2) preferWhole(mark, after, path, out)
}

/** An element taken out of the middle moves all that follow: then the whole array is the shorter record. */
function preferWhole(mark: number, after: unknown[], path: Path, out: Change[]): void {
  const whole: Change = [[...path], copyJson(after, path)]
  if (JSON.stringify(whole).length + 2 < JSON.stringify(out.slice(mark)).length) out.splice(mark, Infinity, whole)
}
