import { nearest } from './nearest.ts'

/** `; nearest: a, b`, to append to the refusal of a mistyped word; empty if no word is near. */
export function nearestWords(word: string, candidates: readonly string[]): string {
  const close = nearest(word, candidates)
  return close.length === 0 ? '' : `; nearest: ${close.join(', ')}`
}
