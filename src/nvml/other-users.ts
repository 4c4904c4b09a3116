import { readFileSync } from 'node:fs'

/** Whether this process is root among other users, whose programs it may serve: not alone in a user namespace. */
export function hasOtherUsers(): boolean {
  if (process.geteuid?.() !== 0) return false
  const lines = readFileSync('/proc/self/uid_map', 'utf8').trim().split('\n')
  return lines.reduce((sum, line) => sum + Number(line.trim().split(/\s+/)[2]), 0) > 1
}
