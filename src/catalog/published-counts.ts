import { shortTypeName } from '../errors/type-name.ts'

/** Published maxima that the division of the memory does not give (vgpu-device-manager's examples, AI Enterprise 6 and 7). */
const MOST: Readonly<Record<string, number>> = { 'H200X-8C': 16, 'H200-8C': 16, 'H20X-8C': 16 }

/** Published counts in mixed-size mode that differ from the placement rule (AI Enterprise 6 and 7); their ids are not. */
const MIXED: Readonly<Record<string, number>> = {
  'H20-4C': 8,
  'H20-6C': 8,
  'H20-12C': 4,
  'H20-24C': 2,
  'H200X-7C': 20,
  'H200X-14C': 10,
  'H200X-28C': 5,
  'H20X-7C': 20,
  'H20X-14C': 10,
  'H20X-28C': 5,
  'H200-7C': 20,
  'H200-14C': 10,
  'H200-28C': 5,
}

/** The published most of a type on one GPU; undefined where it is the rounded division. */
export function publishedMost(name: string): number | undefined {
  return MOST[shortTypeName(name)]
}

/** A sentence for each figure of a type on which the published sources and our rule disagree. */
export function openFigures(name: string, mixedSizeIds: readonly number[] | null): string[] {
  const published = MIXED[shortTypeName(name)]
  if (published === undefined || mixedSizeIds === null) return []
  return [`mixed-size mode: ${published} published, ${mixedSizeIds.length} by the placement rule`]
}
