import type { ChangeLine } from '../../contract/views/change.ts'
import { isBytesPath, isRecordPath, type StatePath } from '../../engine/record-paths.ts'
import { diff } from '../../store/json/diff.ts'
import type { Json } from '../../store/json/json.ts'
import { given } from '../given.ts'

/** The differences between two states. Without `all`, time, logs, counters and raw bytes are left out. */
export function compareStates(before: Json, after: Json, all: boolean): ChangeLine[] {
  return diff(before, after)
    .filter(([path]) => all || !(isRecordPath(path) || isBytesPath(path)))
    .map((change) => {
      const [path] = change
      // A shortened array is reported as its new length.
      const at = path.at(-1) === 'length' && Array.isArray(valueAt(after, path.slice(0, -1))) ? path.slice(0, -1) : path
      return line(at, valueAt(before, at), valueAt(after, at))
    })
}

function line(path: StatePath, before: Json | undefined, after: Json | undefined): ChangeLine {
  return {
    path: path.join('.'),
    change: before === undefined ? 'add' : after === undefined ? 'remove' : 'set',
    ...given({ before, after }),
  }
}

function valueAt(tree: Json, path: StatePath): Json | undefined {
  let value: Json | undefined = tree
  for (const step of path) {
    if (typeof value !== 'object' || value === null) return undefined
    const found: Json | undefined = Array.isArray(value) ? value[Number(step)] : ownMember(value, String(step))
    value = found
  }
  return value
}

function ownMember(object: Record<string, Json>, key: string): Json | undefined {
  return Object.hasOwn(object, key) ? object[key] : undefined
}
