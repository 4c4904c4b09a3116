/** Display limits of a guest on a type. */
export interface DisplaysOf {
  numHeads: number
  maxResolutionX: number
  maxResolutionY: number
  /** Pixels all heads share. */
  maxPixels: number
}

export interface DisplayLayout {
  heads: number
  width: number
  height: number
}

/** Resolutions of the documented layouts, largest first. */
const RESOLUTIONS: readonly (readonly [width: number, height: number])[] = [
  [7680, 4320],
  [5120, 2880],
  [4096, 2400],
  [3840, 2400],
  [2560, 1600],
  [1280, 1024],
]

/**
 * The layouts within a pixel budget: at each resolution as many heads as the budget and the type allow. Smaller
 * resolutions are listed only if they allow more heads.
 */
export function displayLayouts({ numHeads, maxResolutionX, maxResolutionY, maxPixels }: DisplaysOf): DisplayLayout[] {
  const layouts: DisplayLayout[] = []
  for (const [width, height] of RESOLUTIONS) {
    if (width > maxResolutionX || height > maxResolutionY) continue
    const heads = Math.min(numHeads, Math.floor(maxPixels / (width * height)))
    if (heads > (layouts.at(-1)?.heads ?? 0)) layouts.push({ heads, width, height })
  }
  return layouts
}

/** Usual size of a remote desktop. */
const DESKTOP = { width: 1920, height: 1080 } as const

/** Size of a guest's desktop on its first head: the usual one, cut to the largest resolution of the type. */
export function desktopOf(type: Pick<DisplaysOf, 'maxResolutionX' | 'maxResolutionY'> | undefined) {
  if (type === undefined) return DESKTOP
  const { width, height } = DESKTOP
  return { width: Math.min(width, type.maxResolutionX), height: Math.min(height, type.maxResolutionY) }
}
