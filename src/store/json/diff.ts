import { copyJson, getKey, isObject, isPlain, type Json, type JsonObject, MAX_DEPTH, notJson } from './json.ts'

/** From the root down: strings are keys of objects, numbers are indices of arrays; `length` cuts an array short. */
export type Path = readonly (string | number)[]

/**
 * `[path, value]` sets, `[path]` removes a key. `[path, values, count]` puts `values` in the place of `count` elements of an
 * array, from the index on with which the path ends.
 */
export type Change = readonly [Path] | readonly [Path, Json] | readonly [Path, Json[], number]

/** Changes in the order they apply. Log records contain it: its form is part of the format of the state directory. */
export type Patch = readonly Change[]

/**
 * The field-level changes that turn `before` into `after`, with paths that start with `prefix`. Arrays are compared index
 * by index; where elements have moved, the change names the inserted and removed ones. `after` may be any value: if it is
 * not plain JSON, a TypeError names the place. The result shares no object with either tree.
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
  let gone = 0
  for (const _ in before) gone++
  for (const key in after) {
    const value: unknown = after[key]
    // An inherited property is never a primitive, so an equal one is the object's own.
    if (before[key] === value && (value === null || (typeof value !== 'object' && value !== undefined))) {
      gone--
      continue
    }
    if (value === undefined) continue
    const old = getKey(before, key)
    path.push(key)
    if (old === undefined) {
      out.push([[...path], copyJson(value, path)])
    } else {
      gone--
      compare(old, value, path, out)
    }
    path.pop()
  }
  if (gone === 0) return
  for (const key in before) {
    if (getKey(after, key) === undefined) out.push([[...path, key]])
  }
}

function compareArrays(before: Json[], after: unknown[], path: (string | number)[], out: Change[]): void {
  if (before.length !== after.length && before.length > 0 && after.length > 0) {
    const change = moved(before, after, path)
    if (change !== undefined) {
      out.push(change)
      return
    }
  }
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
}

/**
 * The change of an array in which elements moved: what follows the first one that differs is there again further on, or
 * further ahead. Undefined where only the end is another.
 */
function moved(before: readonly Json[], after: readonly unknown[], path: Path): Change | undefined {
  const shorter = Math.min(before.length, after.length)
  let start = 0
  while (start < shorter && isSame(before[start], after[start])) start++
  let kept = 0
  while (kept < shorter - start && isSame(before[before.length - 1 - kept], after[after.length - 1 - kept])) kept++
  if (kept === 0) return undefined
  const values = after.slice(start, after.length - kept).map((value) => copyJson(value, path))
  return [[...path, start], values, before.length - kept - start]
}

function isSame(before: unknown, after: unknown): boolean {
  return before === after || JSON.stringify(before) === JSON.stringify(after)
}
