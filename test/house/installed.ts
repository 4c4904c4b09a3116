import { spawnSync } from 'node:child_process'

/**
 * Why a test that needs this tool has to be skipped here; undefined where it can run. With arguments to try, the tool
 * has to succeed with them: strace is of no use where tracing is forbidden.
 */
export function missing(tool: string, ...probe: readonly string[]): string | undefined {
  const result = spawnSync(tool, probe, { encoding: 'utf8', input: '', timeout: 10_000 })
  if (result.error !== undefined) return `${tool} is not installed`
  if (probe.length > 0 && result.status !== 0) return `${tool} does not work here: ${result.stderr.trim()}`
  return undefined
}
