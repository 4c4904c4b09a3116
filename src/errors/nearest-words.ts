import { nearest } from './nearest.ts'

/** `; nearest: a, b` to be put behind a refusal of a mistyped word, or nothing. */
export function nearestWords(word: string, candidates: readonly string[]): string {
  const close = nearest(word, candidates)
  return close.length === 0 ? '' : `; nearest: ${close.join(', ')}`
}
