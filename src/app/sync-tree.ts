import { spawnSync } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { syncPath } from './output-file.ts'

/** Syncs a directory with its contents: with sync(1) for its file system, else file by file. Node has no syncfs. */
export function syncTree(dir: string): void {
  const { status } = spawnSync('sync', ['-f', dir], { stdio: 'ignore' })
  if (status === 0) return
  for (const entry of readdirSync(dir, { recursive: true, withFileTypes: true }))
    if (entry.isFile() || entry.isDirectory()) syncPath(join(entry.parentPath, entry.name))
  syncPath(dir)
}
