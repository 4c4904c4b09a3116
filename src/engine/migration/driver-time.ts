import type { GuestInfo } from '../state.ts'

/** Time since the guest's driver loaded or lost its licence, us; null if unknown. The time in a saved state does not count. */
export function driverTime(guest: GuestInfo | null | undefined, now: number): number | null {
  const since = guest?.since ?? null
  return since === null ? null : Math.min(Math.max(0, now - since), Number.MAX_SAFE_INTEGER)
}

/** Goes on counting in the time of another host, or from now where nothing is known. */
export function resumeDriverTime(guest: GuestInfo | null | undefined, time: number | undefined, now: number): void {
  if (guest) guest.since = now - (time ?? 0)
}
