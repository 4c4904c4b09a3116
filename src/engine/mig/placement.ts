import type { MigProfile } from '../../contract/views/mig.ts'

/** A GPU instance on the grid of its GPU. */
export interface MigPlace {
  readonly profile: MigProfile
  readonly start: number
}

/** The instances of a GPU and the profiles of its board. */
export interface MigGrid {
  readonly profiles: readonly MigProfile[]
  readonly placed: readonly MigPlace[]
}

/** Starts at which a GPU instance fits beside those that are there, ascending; none if the media engines are used up. */
export function freeStarts(grid: MigGrid, profile: MigProfile): number[] {
  if (!hasMedia(grid, profile)) return []
  return profile.starts.filter((start) => grid.placed.every((other) => !overlap({ profile, start }, other)))
}

/**
 * The start of a GPU instance without a wish: of the free ones that which makes the fewest other places impossible, then the
 * lowest. Null if none is free. Derived: of twelve captured sequences all but one follow it.
 */
export function chooseStart(grid: MigGrid, profile: MigProfile): number | null {
  const open = openPlaces(grid)
  const lost = (start: number) => open.filter((place) => overlap({ profile, start }, place)).length
  let best: { start: number; lost: number } | null = null
  for (const start of freeStarts(grid, profile)) {
    const cost = lost(start)
    if (best === null || cost < best.lost) best = { start, lost: cost }
  }
  return best?.start ?? null
}

/** How many more instances of a profile alone fit: "Free" of `nvidia-smi mig -lgip`. */
export function remainingInstances({ profiles, placed }: MigGrid, profile: MigProfile): number {
  const filled = [...placed]
  // all starts of a profile are multiples of its size: the lowest one never blocks two
  for (;;) {
    const [start] = freeStarts({ profiles, placed: filled }, profile)
    if (start === undefined) return filled.length - placed.length
    filled.push({ profile, start })
  }
}

/** Free places of every geometry; variants of a profile by media engines or graphics are one geometry. */
function openPlaces({ profiles, placed }: MigGrid): MigPlace[] {
  const geometries = new Map(profiles.map((profile) => [geometry(profile), profile]))
  return [...geometries.values()].flatMap((profile) =>
    profile.starts
      .map((start) => ({ profile, start }))
      .filter((place) => placed.every((other) => !overlap(place, other))),
  )
}

const geometry = ({ name, size }: MigProfile) => `${name.replace(/[+-].*/, '')}:${size}`

function overlap(one: MigPlace, other: MigPlace): boolean {
  return one.start < other.start + other.profile.size && other.start < one.start + one.profile.size
}

const MEDIA = ['decoders', 'encoders', 'jpeg', 'ofa'] as const

/** The profile may have one more instance, and the media engines of the GPU suffice. */
function hasMedia({ profiles, placed }: MigGrid, profile: MigProfile): boolean {
  const same = placed.filter((other) => other.profile.id === profile.id).length
  if (same >= profile.maxInstances) return false
  return MEDIA.every((engine) => {
    const needed = profile[engine]
    const used = placed.reduce((sum, other) => sum + other.profile[engine], 0)
    return needed === 0 || used + needed <= mostOf(profiles, engine)
  })
}

/** Engines of a kind in a GPU: as many as the most instances of one profile have. */
function mostOf(profiles: readonly MigProfile[], engine: (typeof MEDIA)[number]): number {
  return Math.max(...profiles.map((profile) => profile.maxInstances * profile[engine]))
}
