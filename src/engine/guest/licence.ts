const MINUTE_US = 60_000_000

/**
 * Frame rates of a guest without a licence, by the time since its driver loaded: full speed for 20 minutes, then 15 fps, and
 * 3 fps after 24 hours. Chosen for the simulation after the published licensing rules, which give no figures per release.
 */
const UNLICENSED: readonly (readonly [afterUs: number, fps: number])[] = [
  [24 * 60 * MINUTE_US, 3],
  [20 * MINUTE_US, 15],
]

/**
 * The frame-rate limit of a guest at a moment, Hz; 0 without a limit.
 * @param since virtual time at which the driver loaded or lost its licence; null if unknown
 */
export function frameRateLimit(
  { frameRateLimit: own, licensed }: { readonly frameRateLimit: number; readonly licensed: boolean },
  since: number | null,
  now: number,
): number {
  if (licensed || since === null) return own
  const reduced = UNLICENSED.find(([after]) => now - since >= after)?.[1] ?? 0
  return reduced !== 0 && (own === 0 || reduced < own) ? reduced : own
}

/** The licence in nvidia-smi's words: "Licensed (Expiry: 2026-12-1 5:2:12 GMT)", with no number padded. */
export function licenceStatus(
  guest: { readonly licensed: boolean; readonly licenseExpiryTimestamp: number } | null,
): string {
  if (guest === null) return 'N/A (Expiry: N/A)'
  if (!guest.licensed) return 'Unlicensed (Unrestricted)'
  if (guest.licenseExpiryTimestamp === 0) return 'Licensed (Expiry: Permanent)'
  const end = new Date(guest.licenseExpiryTimestamp * 1000)
  const day = [end.getUTCFullYear(), end.getUTCMonth() + 1, end.getUTCDate()].join('-')
  const time = [end.getUTCHours(), end.getUTCMinutes(), end.getUTCSeconds()].join(':')
  return `Licensed (Expiry: ${day} ${time} GMT)`
}
