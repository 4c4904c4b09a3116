import { createHash } from 'node:crypto'
import { linkSync, readFileSync, rmSync, statSync } from 'node:fs'
import { destination } from './destination.ts'
import { putInPlace, writeNew } from './output-file.ts'

/** A claim that is older belongs to a process that was killed, ms. */
const STALE = 10_000

/**
 * Replaces a file whose content is still `old`, or makes one that is not there (`old` null). Of processes that replace the same
 * content at once one wins: a link with the name of that content is its claim.
 * @returns false when the file has another content, or another process replaces it now
 */
export function replaceFile(path: string, old: Uint8Array | null, bytes: Uint8Array): boolean {
  const place = destination(path)
  const name = old === null ? 'new' : createHash('sha256').update(old).digest('hex').slice(0, 16)
  const claim = `${place}.${name}.tmp`
  let claimed = false
  try {
    putInPlace(place, (temporary) => {
      writeNew(temporary, bytes, statSync(place, { throwIfNoEntry: false })?.mode)
      removeStale(claim)
      claimed = isLinked(temporary, claim)
      if (!claimed || !isStill(place, old)) throw new Overtaken()
    })
    return true
  } catch (error) {
    if (error instanceof Overtaken) return false
    throw error
  } finally {
    if (claimed) rmSync(claim, { force: true })
  }
}

class Overtaken extends Error {}

function isLinked(file: string, name: string): boolean {
  try {
    linkSync(file, name)
    return true
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return false
    throw error
  }
}

function removeStale(claim: string): void {
  const since = statSync(claim, { throwIfNoEntry: false })?.mtimeMs ?? Number.POSITIVE_INFINITY
  if (Date.now() - since > STALE) rmSync(claim, { force: true })
}

function isStill(place: string, old: Uint8Array | null): boolean {
  const isThere = statSync(place, { throwIfNoEntry: false }) !== undefined
  return old === null ? !isThere : isThere && Buffer.compare(readFileSync(place), old) === 0
}
