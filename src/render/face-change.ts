import type { FaceChange } from '../contract/views/host.ts'
import type { View } from './answer.ts'

/** Differences between two faces, one block a step: the commands are too long for columns. */
export function faceChanges(from: string, to: string): View<FaceChange> {
  const width = Math.max(from.length, to.length)
  return {
    kind: 'faceChanges',
    name: (change) => change.step,
    columns: [
      { head: 'STEP', text: (change) => change.step },
      { head: from.toUpperCase(), text: (change) => change.from },
      { head: to.toUpperCase(), text: (change) => change.to },
    ],
    fields: ['step', 'from', 'to'],
    picture: (changes) =>
      changes
        .map(
          (change) => `${change.step}\n  ${from.padEnd(width)}  ${change.from}\n  ${to.padEnd(width)}  ${change.to}\n`,
        )
        .join(''),
  }
}
