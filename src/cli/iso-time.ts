const DAY_MS = 86_400_000
/** Years are counted from March, so that the leap day ends one; days of 400 years, and from 1 March 0000 to 1970. */
const ERA_DAYS = 146_097
const EPOCH_DAY = 719_468
/** Four digits of a year are enough until then. */
const LAST_MS = Date.UTC(10_000, 0)

/**
 * A time as Date's own toISOString gives it. V8's sets up time zones the first time, which takes half as long as the
 * fdatasync of a change. The days of a date are those of the Gregorian calendar.
 */
export function isoTime(date: Date): string {
  const ms = date.getTime()
  if (!(ms >= 0 && ms < LAST_MS)) return date.toISOString()
  const day = Math.floor(ms / DAY_MS)
  const time = ms - day * DAY_MS
  const ofEra = (day + EPOCH_DAY) % ERA_DAYS
  // Without the leap days that are over every year has 365 days.
  const year = Math.floor(
    (ofEra - Math.floor(ofEra / 1460) + Math.floor(ofEra / 36_524) - Math.floor(ofEra / 146_096)) / 365,
  )
  const ofYear = ofEra - (365 * year + Math.floor(year / 4) - Math.floor(year / 100))
  const fromMarch = Math.floor((5 * ofYear + 2) / 153)
  const dayOfMonth = ofYear - Math.floor((153 * fromMarch + 2) / 5) + 1
  const month = fromMarch < 10 ? fromMarch + 3 : fromMarch - 9
  const fullYear = year + 400 * Math.floor((day + EPOCH_DAY) / ERA_DAYS) + (month <= 2 ? 1 : 0)
  const clock = [Math.floor(time / 3_600_000), Math.floor(time / 60_000) % 60, Math.floor(time / 1000) % 60]
  const calendar = `${digits(fullYear, 4)}-${digits(month, 2)}-${digits(dayOfMonth, 2)}`
  return `${calendar}T${clock.map((part) => digits(part, 2)).join(':')}.${digits(time % 1000, 3)}Z`
}

function digits(value: number, count: number): string {
  return String(value).padStart(count, '0')
}
