import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll } from 'vitest'

/**
 * Makes names of state directories that do not exist yet, below one that is removed after the tests of the file. In memory,
 * for no power is cut here (test/reliability/power.ts does that) and a disk takes its time for thousands of small files.
 */
export function scratch(): () => string {
  const root = mkdtempSync(join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'nvgpu-store-'))
  let count = 0
  afterAll(() => rmSync(root, { recursive: true, force: true }), 60_000)
  return () => join(root, `state-${count++}`)
}
