import { existsSync, type FSWatcher, watch } from 'node:fs'
import path from 'node:path'

/** Milliseconds between two looks where the kernel gives no watch. */
const PAUSE = 1000

/**
 * Calls `changed` now, and whenever something in a directory may have changed, as long as this process lives. The directory
 * may come later, and go.
 */
export function watchDirectory(dir: string, changed: () => void): void {
  const at = existing(path.resolve(dir))
  const isMoved = () => existing(path.resolve(dir)) !== at
  const again = () => watchDirectory(dir, changed)
  const watcher = watchOf(at, () => {
    if (isMoved()) {
      watcher?.close()
      again()
    } else if (at === path.resolve(dir)) changed()
  })
  watcher?.on('error', () => {})
  if (watcher === undefined) setTimeout(again, PAUSE).unref()
  else if (isMoved()) {
    watcher.close()
    again()
    return
  }
  changed()
}

/** A directory, or the nearest one above it that exists. */
function existing(dir: string): string {
  return existsSync(dir) ? dir : existing(path.dirname(dir))
}

/** Undefined without the right to look, or with too many watches of this user. */
function watchOf(at: string, changed: () => void): FSWatcher | undefined {
  try {
    return watch(at, { persistent: false }, changed)
  } catch {
    return undefined
  }
}
