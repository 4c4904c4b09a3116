import { boardsLike } from '../../catalog/boards.ts'
import { nearest } from '../../errors/nearest.ts'
import { NvError } from '../../errors/nv-error.ts'

/** The refusal of a word that is no board: the boards whose names begin with it, else those with similar names. */
export function noSuchBoard(
  at: string,
  word: string,
  names: readonly string[],
  hint: (board: string) => string,
): NvError {
  const alike = boardsLike(word, names)
  if (alike.length > 1) {
    const message = `"${word}" may be any of ${alike.length} boards: ${alike.join(', ')}`
    return new NvError({ errno: 'EINVAL', code: 'ambiguous', at, message, hint: hint(alike[0] ?? '') })
  }
  const near = [...alike, ...nearest(word, names).filter((name) => !alike.includes(name))]
  const message = `there is no board "${word}"${near.length > 0 ? `; nearest: ${near.join(', ')}` : ''}`
  return new NvError({ errno: 'ENODEV', code: 'not-found', at, message, hint: hint(near[0] ?? 'L40') })
}
