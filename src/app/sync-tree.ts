import { spawnSync } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { syncPath } from './output-file.ts'

/**
 * Syncs a directory with all that is in it: in one call for its file system, which takes sync(1), for Node has none; else
 * file by file.
 */
export function syncTree(dir: string): void {
  const { status } = spawnSync('sync', ['-f', dir], { stdio: 'ignore' })
  if (status === 0) return
  for (const entry of readdirSync(dir, { recursive: true, withFileTypes: true }))
    if (entry.isFile() || entry.isDirectory()) syncPath(join(entry.parentPath, entry.name))
  syncPath(dir)
}
