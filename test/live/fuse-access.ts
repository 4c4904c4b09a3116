import { chmodSync, statSync } from 'node:fs'

const FUSE = '/dev/fuse'
const EVERYBODY = 0o666

/** Lets ordinary users open /dev/fuse while the tests run, and puts its mode back. */
export default function allowFuse(): (() => void) | undefined {
  const facts = statSync(FUSE, { throwIfNoEntry: false })
  const mode = (facts?.mode ?? 0) & 0o777
  if (facts === undefined || mode === EVERYBODY || process.geteuid?.() !== 0) return undefined
  chmodSync(FUSE, EVERYBODY)
  return () => chmodSync(FUSE, mode)
}
