import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { isAbsolute, join } from 'node:path'
import { fileError } from '../app/file-error.ts'
import { MOST_PATH } from './library/names.ts'
import { answers } from './server.ts'

const PREFIX = 'nvgpu-nvml-'
/** The name of the socket in such a directory. */
export const SOCKET = 'nvml.sock'
/** A server that has not answered for so long was killed. */
const STARTED_MS = 60_000

/**
 * A new directory for one command, in the user's runtime directory or the one for temporary files: its path is short enough
 * for a socket. Directories that killed servers left there are removed.
 * @throws NvError permission, disk-full and the like
 */
export async function temporaryDir(runtime: string | undefined): Promise<string> {
  const places = [runtime ?? '', tmpdir(), '/tmp'].filter((dir) => isAbsolute(dir) && dir.length < MOST_PATH / 2)
  let refusal: unknown
  for (const place of places)
    try {
      await removeDead(place)
      return mkdtempSync(join(place, PREFIX))
    } catch (error) {
      refusal ??= error
    }
  throw fileError(refusal, places[0] ?? '/tmp', 'nvml exec')
}

async function removeDead(place: string): Promise<void> {
  const found = readdirSync(place, { withFileTypes: true })
  for (const { name } of found.filter((each) => each.isDirectory() && each.name.startsWith(PREFIX))) {
    const dir = join(place, name)
    const facts = statSync(dir, { throwIfNoEntry: false })
    const isOwn = facts?.uid === process.geteuid?.()
    if (isOwn && facts !== undefined && facts.mtimeMs < Date.now() - STARTED_MS && !(await answers(join(dir, SOCKET))))
      rmSync(dir, { recursive: true, force: true })
  }
}
