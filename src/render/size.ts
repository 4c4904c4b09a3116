const UNITS = ['B', 'KiB', 'MiB', 'GiB', 'TiB'] as const

/** Bytes in the largest binary unit that keeps the number whole: `256 MiB`, `3 GiB`, `4097 B`. */
export function formatSize(bytes: number): string {
  let value = bytes
  let unit = 0
  while (value !== 0 && value % 1024 === 0 && unit < UNITS.length - 1) {
    value /= 1024
    unit += 1
  }
  return `${value} ${UNITS[unit]}`
}

/** Virtual microseconds as seconds with six digits, the way the kernel log stamps its lines. */
export function formatSeconds(microseconds: number): string {
  const whole = Math.floor(microseconds / 1_000_000)
  return `${whole}.${String(microseconds % 1_000_000).padStart(6, '0')}`
}
