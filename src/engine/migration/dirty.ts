import { GUEST_PAGE_SIZE } from '../../abi/migration.ts'

/**
 * The write rate of a running guest to its framebuffer, for the rounds of a pre-copy. A model, not a measurement: a
 * guest has a working set of 6 to 25 % of its framebuffer and writes 2 to 8 % of the framebuffer a second, with
 * variation between seconds. The rate is a function of the vGPU's UUID and the virtual time, so runs are repeatable.
 */
export interface DirtyModel {
  /** Bytes of the repeatedly written pages. */
  workingSet: number
  /** Bytes of distinct pages written between two virtual times (us), at most the working set. */
  dirtied(from: number, to: number): number
}

const SECOND = 1_000_000

/** @param rate bytes a second; by default the model's */
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

/** A hash of a text, from 0 to 1: FNV-1a with one more mixing of its bits. */
function chance(text: string): number {
  let hash = 0x811c9dc5
  for (let i = 0; i < text.length; i += 1) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193)
  hash = Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d)
  return ((hash ^ (hash >>> 12)) >>> 0) / 0x1_0000_0000
}
