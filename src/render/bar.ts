/** A part of a whole as a bar: `[#####.....]`. What is more than nothing shows, and only the whole fills it. */
export function bar(part: number, whole: number, width: number): string {
  const share = whole <= 0 ? 0 : Math.min(1, Math.max(0, part / whole))
  const exact = share * width
  const cells = share > 0 && exact < 1 ? 1 : share < 1 ? Math.min(width - 1, Math.round(exact)) : width
  return `[${'#'.repeat(cells)}${'.'.repeat(width - cells)}]`
}

/** From nothing to full in eight steps; plain ASCII, as the rest. */
const STEPS = '_.:-=+*#'

/** A row of values as a line of marks, the last one the newest. */
export function sparkline(values: readonly number[], most: number): string {
  return values
    .map((value) => {
      const step = most <= 0 ? 0 : Math.floor((Math.max(0, Math.min(value, most)) / most) * STEPS.length)
      return STEPS[Math.min(step, STEPS.length - 1)] ?? ''
    })
    .join('')
}
