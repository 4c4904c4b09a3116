import type { Change } from '../contract/views/change.ts'

/** One change of several. */
export function mergeChanges<T>(changes: readonly Change<T>[]): Change<T> {
  return {
    changed: changes.some(({ changed }) => changed),
    items: changes.flatMap(({ items }) => items),
    warnings: changes.flatMap(({ warnings }) => warnings),
    failed: changes.some(({ failed }) => failed === true),
  }
}
