import fs from 'node:fs'
import path from 'node:path'

/**
 * Makes a directory and those above it, where they are not there yet. Node's own way to do so never ends in /proc, where
 * the parent is there and nothing can be made in it.
 */
export function makeDirs(dir: string): void {
  const place = path.resolve(dir)
  try {
    fs.mkdirSync(place)
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined
    if (code === 'EEXIST') {
      // says what it is, if it is no directory
      fs.readdirSync(place)
      return
    }
    if (code !== 'ENOENT' || path.dirname(place) === place) throw error
    makeDirs(path.dirname(place))
    fs.mkdirSync(place)
  }
}
