import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'

const FUSE = '/dev/fuse'
const EVERYBODY = 0o666
/** A file for each run of the tests that needs the right, by pid, and the mode that was there before all of them. */
const USERS = path.join(os.tmpdir(), 'nvgpu-tests-with-fuse')
const MODE = path.join(USERS, 'mode')

/** Lets ordinary users open /dev/fuse while tests run. The last of several runs puts its mode back. */
export default function allowFuse(): (() => void) | undefined {
  const facts = statSync(FUSE, { throwIfNoEntry: false })
  if (facts === undefined || process.geteuid?.() !== 0) return undefined
  mkdirSync(USERS, { recursive: true })
  const own = path.join(USERS, String(process.pid))
  writeFileSync(own, '')
  const mode = facts.mode & 0o777
  if (mode !== EVERYBODY) writeFileSync(MODE, String(mode))
  chmodSync(FUSE, EVERYBODY)
  return () => {
    rmSync(own, { force: true })
    if (readdirSync(USERS).some((name) => existsSync(`/proc/${name}`)) || !existsSync(MODE)) return
    chmodSync(FUSE, Number(readFileSync(MODE, 'utf8')))
    rmSync(USERS, { recursive: true })
  }
}
