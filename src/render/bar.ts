/** A part of a whole as a bar: `[#####.....]`. What is more than nothing shows, and only the whole fills it. */
export function bar(part: number, whole: number, width: number): string {
  const share = whole <= 0 ? 0 : Math.min(1, Math.max(0, part / whole))
  const exact = share * width
  const cells = share > 0 && exact < 1 ? 1 : share < 1 ? Math.min(width - 1, Math.round(exact)) : width
  return `[${'#'.repeat(cells)}${'.'.repeat(width - cells)}]`
}
