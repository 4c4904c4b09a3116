import { nearestWords } from '../../errors/nearest-words.ts'
import { NvError } from '../../errors/nv-error.ts'
import { shellQuote } from '../../errors/shell-quote.ts'

interface Named {
  readonly id: number
  readonly name: string
}

/** The name of a compute instance in a GPU instance of the profile `full`: 1c is short for 1c.3g.20gb, and 3c.3g.20gb is 3g.20gb itself. */
export function computeName(full: string, word: string): string {
  const whole = /^\d+c$/i.test(word.trim()) ? `${word.trim()}.${full}` : word
  return whole.replace(/^(\d+)c\.(?=\1g\.)/i, '')
}

/**
 * The profile that a word names: its id, its name, or "MIG" and its name, in any case.
 * @param hint the command that lists the profiles
 * @throws NvError EINVAL
 */
export function profileNamed<P extends Named>(profiles: readonly P[], word: string, hint: string): P {
  const plain = word
    .trim()
    .toLowerCase()
    .replace(/^mig\s+/, '')
  const found = profiles.find(({ id, name }) => name === plain || String(id) === plain)
  if (found !== undefined) return found
  const names = profiles.map(({ name }) => name)
  throw new NvError({
    errno: 'EINVAL',
    code: 'invalid-argument',
    at: 'nvidia_mig_create',
    message: `there is no profile ${shellQuote(word)}${nearestWords(plain, names)}`,
    hint,
    object: word,
  })
}
