export const KiB = 1024
export const MiB = 1024 * KiB
export const GiB = 1024 * MiB

/**
 * The smallest multiple of `alignment` that is at least `value`. Exact up to 2^53 - 1: no 32-bit operators, no
 * division.
 * @throws RangeError when an argument is not a non-negative safe integer, `alignment` is 0 or the result passes 2^53 - 1
 */
export function alignUp(value: number, alignment: number): number {
  const rest = remainder(value, alignment)
  const aligned = rest === 0 ? value : value - rest + alignment
  if (!Number.isSafeInteger(aligned)) throw new RangeError(`${value} aligned to ${alignment} passes 2^53 - 1`)
  return aligned
}

/**
 * The largest multiple of `alignment` that is at most `value`.
 * @throws RangeError when an argument is not a non-negative safe integer or `alignment` is 0
 */
export function alignDown(value: number, alignment: number): number {
  return value - remainder(value, alignment)
}

/**
 * The largest power of two that is at most `value`. Fractions such as 1536 / 5 are allowed.
 * @throws RangeError when `value` is below 1 or not finite
 */
export function prevPow2(value: number): number {
  if (!(value >= 1 && value < Infinity)) throw new RangeError(`${value} has no power of two at or below it`)
  let power = 1
  while (power * 2 <= value) power *= 2
  return power
}

function remainder(value: number, alignment: number): number {
  if (!Number.isSafeInteger(value) || value < 0) throw new RangeError(`${value} is not a non-negative integer`)
  if (!Number.isSafeInteger(alignment) || alignment < 1) throw new RangeError(`${alignment} is not an alignment`)
  return value % alignment
}
