import { type Dirent, readdirSync } from 'node:fs'
import { join } from 'node:path'

/** Everything below a directory. A recursive readdir of Node 24 follows symbolic links, also in circles. */
export function entriesBelow(dir: string): Dirent[] {
  return readdirSync(dir, { withFileTypes: true }).flatMap((entry) => [
    entry,
    ...(entry.isDirectory() ? entriesBelow(join(dir, entry.name)) : []),
  ])
}
