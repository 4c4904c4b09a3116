import { spawnSync } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { syncPath } from './output-file.ts'

/** Syncs a directory with its contents: with sync(1) for its file system, else file by file. Node has no syncfs. */
export function syncTree(dir: string): void {
  const { status } = spawnSync('sync', ['-f', dir], { stdio: 'ignore' })
  if (status === 0) return
  syncFiles(dir)
}

/** Follows no symbolic links: a tree of sysfs has circles of them, which a recursive readdir of Node 24 does not survive. */
function syncFiles(dir: string): void {
  for (const entry of readdirSync(dir, { withFileTypes: true })) {
    const path = join(dir, entry.name)
    if (entry.isDirectory()) syncFiles(path)
    else if (entry.isFile()) syncPath(path)
  }
  syncPath(dir)
}
