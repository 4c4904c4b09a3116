import { usageError } from '../app/usage.ts'
import { parseCount, parseType } from '../app/values.ts'
import { oddNumber } from '../errors/odd-number.ts'

/** Most vGPUs in one request: as many as 32 GPUs carry. */
const MOST = 1024

/** A number of vGPUs. */
export function parseHowMany(text: string): number {
  const count = parseCount(text)
  if (count < 1 || count > MOST) throw usageError(`'${text}' is not a number from 1 to ${MOST}`)
  return count
}

/** `L40-4Q` or `L40-4Q=3`: a type and a count. */
export const parseTypeCount = typeCountUpTo(MOST)

/** The same for a fleet: more vGPUs than any fleet carries. */
export const parseFleetTypeCount = typeCountUpTo(1_000_000_000)

function typeCountUpTo(most: number) {
  return (text: string): { type: string; count: number } => {
    const at = text.lastIndexOf('=')
    if (at < 0) return { type: parseType(text), count: 1 }
    const digits = text.slice(at + 1)
    const count = Number(digits)
    if (!/^\d+$/.test(digits) || count < 1 || count > most) {
      const odd = oddNumber(digits)
      const what = odd === undefined ? '' : `: ${digits} is ${odd}`
      throw usageError(`'${text}' is not TYPE or TYPE=N with N from 1 to ${most}${what}`)
    }
    return { type: parseType(text.slice(0, at)), count }
  }
}
