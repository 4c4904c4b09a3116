import { GUEST_PAGE_SIZE } from '../../abi/migration.ts'

/**
 * How fast a running guest writes to its framebuffer, for the rounds of a pre-copy. A model, not a measurement: a guest
 * keeps to a working set of 6 to 25 % of its framebuffer and writes 2 to 8 % of the framebuffer a second, more in some
 * seconds than in others. All of it follows from the vGPU's UUID and the virtual time, so two runs agree.
 */
export interface DirtyModel {
  /** Bytes that are written again and again. */
  workingSet: number
  /** Bytes of different pages written between two virtual times (us), at most the working set. */
  dirtied(from: number, to: number): number
}

const SECOND = 1_000_000

/** @param rate bytes a second in place of the model's */
export function dirtyModel(uuid: string, fbLength: number, rate?: number): DirtyModel {
  const workingSet = pages(fbLength * (0.06 + 0.19 * chance(`${uuid} set`)))
  const perSecond = rate ?? fbLength * (0.02 + 0.06 * chance(`${uuid} rate`))
  const intensity = (second: number) => (rate === undefined ? 0.5 + chance(`${uuid} ${second}`) : 1)
  return {
    workingSet,
    dirtied(from, to) {
      let bytes = 0
      for (let at = from; at < to && bytes < workingSet; ) {
        const second = Math.floor(at / SECOND)
        const end = Math.min(to, (second + 1) * SECOND)
        bytes += (perSecond * intensity(second) * (end - at)) / SECOND
        at = end
      }
      return Math.min(workingSet, pages(bytes))
    },
  }
}

function pages(bytes: number): number {
  return Math.ceil(bytes / GUEST_PAGE_SIZE) * GUEST_PAGE_SIZE
}

/** A number from 0 to 1 that belongs to a text: FNV-1a, its bits mixed once more. */
function chance(text: string): number {
  let hash = 0x811c9dc5
  for (let i = 0; i < text.length; i += 1) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193)
  hash = Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d)
  return ((hash ^ (hash >>> 12)) >>> 0) / 0x1_0000_0000
}
