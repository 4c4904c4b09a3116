import type { Change, Patch, Path } from './diff.ts'
import { copyJson, getKey, isObject, type Json, type JsonObject, setKey } from './json.ts'

/** Thrown for a patch that does not fit its tree: the record or the tree is damaged. */
export class PatchError extends Error {}

/**
 * Applies `patch` to `root` in place and returns the root, which is another value only if the patch sets the whole tree.
 * Values are copied, so the tree never shares an object with the patch. Throws PatchError if a path leads nowhere or a
 * key does not fit its container; the tree must not be used afterwards.
 */
export function apply(patch: Patch, root: Json): Json {
  let tree = root
  for (const change of patch) tree = applyChange(change, tree)
  return tree
}

/** Checks that a parsed value has the form of a patch: every path of keys and indices, every change of one to three parts. */
export function isPatch(value: unknown): value is Patch {
  if (!Array.isArray(value)) return false
  for (const change of value) {
    if (!Array.isArray(change) || change.length < 1 || change.length > 3 || !isPath(change[0])) return false
    if (change.length === 3 && !(Array.isArray(change[1]) && isIndex(change[2]))) return false
  }
  return true
}

function isPath(value: unknown): value is Path {
  if (!Array.isArray(value)) return false
  for (let depth = 0; depth < value.length; depth++) {
    const step: unknown = value[depth]
    if (typeof step !== 'string' && !isIndex(step)) return false
  }
  return true
}

function isIndex(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0
}

function applyChange(change: Change, root: Json): Json {
  const [path, value, count] = change
  const last = path[path.length - 1]
  if (last === undefined) return value === undefined || count !== undefined ? rejectChange(path) : copyJson(value)
  let node = root
  for (let depth = 0; depth < path.length - 1; depth++) node = child(node, path, depth)
  if (change.length === 3) replaceElements(node, last, change[1], change[2], path)
  else if (Array.isArray(node)) setElement(node, last, value, path)
  else if (isObject(node) && typeof last === 'string') setOrRemove(node, last, value, path)
  else rejectChange(path)
  return root
}

function child(node: Json, path: Path, depth: number): Json {
  const step = path[depth]
  const next =
    typeof step === 'number'
      ? Array.isArray(node)
        ? node[step]
        : undefined
      : isObject(node) && step !== undefined
        ? getKey(node, step)
        : undefined
  return next === undefined ? rejectChange(path) : next
}

function setElement(node: Json[], index: string | number, value: Json | undefined, path: Path): void {
  if (
    index === 'length' &&
    typeof value === 'number' &&
    Number.isInteger(value) &&
    value >= 0 &&
    value <= node.length
  ) {
    node.length = value
  } else if (typeof index === 'number' && index <= node.length && value !== undefined) {
    node[index] = copyJson(value)
  } else {
    rejectChange(path)
  }
}

function replaceElements(node: Json, at: string | number, values: Json[], count: number, path: Path): void {
  if (!Array.isArray(node) || typeof at !== 'number' || at + count > node.length) rejectChange(path)
  node.splice(at, count, ...values.map((value) => copyJson(value)))
}

function setOrRemove(node: JsonObject, key: string, value: Json | undefined, path: Path): void {
  if (value !== undefined) setKey(node, key, copyJson(value))
  else if (Object.hasOwn(node, key)) delete node[key]
  else rejectChange(path)
}

/** @throws PatchError always: the path of a change leads nowhere */
export function rejectChange(path: Path): never {
  throw new PatchError(`a change at ${path.slice(0, 8).join('.') || 'the root'} does not fit the state`)
}
