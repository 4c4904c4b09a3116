/** A JSON value. */
export type Json = null | boolean | number | string | Json[] | JsonObject

export interface JsonObject {
  [key: string]: Json
}

/** Deeper trees are refused. The engine's state is some 10 levels deep. */
export const MAX_DEPTH = 200

/** Whether a parsed value is an object and not an array. */
export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** The own value of `key`, or undefined: keys such as `__proto__` and `constructor` are data. */
export function getKey(object: JsonObject, key: string): Json | undefined {
  return Object.hasOwn(object, key) ? object[key] : undefined
}

/** Sets an own property, whatever its name: assigning `__proto__` would change the prototype instead. */
export function setKey(object: Record<string, unknown>, key: string, value: Json): void {
  if (key === '__proto__') {
    Object.defineProperty(object, key, { value, writable: true, enumerable: true, configurable: true })
  } else {
    object[key] = value
  }
}

/**
 * A deep copy of a tree that is meant to be JSON: properties that are undefined are left out, as JSON.stringify does.
 * Throws TypeError for what JSON would drop or bend silently: NaN, bytes, class instances, functions, holes, cycles.
 */
export function copyJson(value: unknown, path: readonly (string | number)[] = [], depth = 0): Json {
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return value
  if (typeof value === 'number' && Number.isFinite(value)) return value
  if (typeof value !== 'object' || depth > MAX_DEPTH) throw notJson(value, path, depth)
  if (Array.isArray(value)) {
    const copy: Json[] = []
    for (let index = 0; index < value.length; index++) copy.push(copyJson(value[index], path, depth + 1))
    return copy
  }
  if (!isPlain(value)) throw notJson(value, path, depth)
  // A spread shares V8's hidden class; an object with many keys that is filled key by key becomes a slow dictionary.
  const copy: Record<string, unknown> = { ...value }
  for (const key in copy) {
    const item = copy[key]
    if (item === undefined) delete copy[key]
    else if (typeof item === 'object' && item !== null) setKey(copy, key, copyJson(item, path, depth + 1))
    else copyJson(item, path, depth + 1)
  }
  return copy as JsonObject
}

/** Whether an object is a plain one, not an instance of a class. */
export function isPlain(value: object): value is Record<string, unknown> {
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === Object.prototype || prototype === null
}

/** The error for a value that is not JSON. `path` is its place in the tree, as far as the caller knows. */
export function notJson(value: unknown, path: readonly (string | number)[], depth = 0): TypeError {
  const where = path.length ? `state.${path.join('.')}` : 'state'
  if (depth > MAX_DEPTH) return new TypeError(`${where} is deeper than ${MAX_DEPTH} levels`)
  const what = typeof value === 'object' && value !== null ? (value.constructor?.name ?? 'object') : String(value)
  return new TypeError(`${where} is not plain JSON: ${what}`)
}
