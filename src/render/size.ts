const UNITS = ['B', 'KiB', 'MiB', 'GiB', 'TiB'] as const

/** A longer number is hard to read; two decimals of the next unit replace it. */
const LONGEST = 99_999

/**
 * Bytes in the largest binary unit that keeps the number whole: `256 MiB`, `3840 MiB`, `4097 B`; else rounded,
 * `65531.09 MiB`.
 */
export function formatSize(bytes: number): string {
  let value = bytes
  let unit = 0
  while (value !== 0 && unit < UNITS.length - 1 && (value % 1024 === 0 || value > LONGEST)) {
    value /= 1024
    unit += 1
  }
  return `${Number.isInteger(value) ? value : value.toFixed(2)} ${UNITS[unit]}`
}

/** Virtual microseconds as seconds with six digits, as in the kernel log. */
export function formatSeconds(microseconds: number): string {
  const whole = Math.floor(microseconds / 1_000_000)
  return `${whole}.${String(microseconds % 1_000_000).padStart(6, '0')}`
}
