import { NvError } from '../../errors/nv-error.ts'

const U64_MAX = 0xffff_ffff_ffff_ffffn

/**
 * kstrtoul, base 10: an optional plus sign, digits, one optional line feed.
 * @param at the calling store function
 * @returns the number, rounded above 2^53, where no id or count lies
 * @throws NvError EINVAL, ERANGE above 2^64 - 1
 */
export function kstrtoul(text: string, at: string): number {
  const [, digits, rest] = /^\+?([0-9]+)(.*)$/s.exec(text) ?? []
  if (digits === undefined) throw invalid(text, at)
  const value = BigInt(digits)
  if (value > U64_MAX) {
    throw new NvError({
      errno: 'ERANGE',
      code: 'invalid-argument',
      at,
      message: `${shown(digits)} does not fit 64 bits`,
    })
  }
  if (rest !== '' && rest !== '\n') throw invalid(text, at)
  return Number(value)
}

/** kstrtobool: y, t, 1, on and n, f, 0, off in any case; further letters are ignored. @throws NvError EINVAL */
export function kstrtobool(text: string, at: string): boolean {
  if (/^[yt1]/i.test(text) || /^on/i.test(text)) return true
  if (/^[nf0]/i.test(text) || /^of/i.test(text)) return false
  throw invalid(text, at)
}

export function invalid(text: string, at: string): NvError {
  return new NvError({
    errno: 'EINVAL',
    code: 'invalid-argument',
    at,
    message: `${at} does not accept "${shown(text.replace(/\n$/, ''))}"`,
  })
}

/** Text from outside, escaped and shortened for a message. */
export function shown(text: string): string {
  return text.slice(0, 32).replace(/[^ -~]/g, '?')
}
