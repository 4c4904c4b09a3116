import { NvError } from '../../errors/nv-error.ts'
import { shellQuote } from '../../errors/shell-quote.ts'
import type { FileFacts } from './files.ts'

/** Why a file or directory may not be believed, and the mend. */
export interface Distrust {
  /** continues the sentence after its name */
  readonly problem: string
  readonly hint: string
  /** the permission bits to give it where those are the reason */
  readonly mode: number | undefined
}

/** Whether somebody else may have written what is in a file of the user `owner`: only he and root may be able to. */
export function distrust(path: string, { kind, uid, mode }: FileFacts, owner: number): Distrust | undefined {
  if (uid !== owner && uid !== 0) {
    const hint = `chown ${owner} ${shellQuote(path)}`
    return { problem: `belongs to uid ${uid}, not to uid ${owner}`, hint, mode: undefined }
  }
  if ((mode & 0o022) === 0) return undefined
  const wanted = kind === 'directory' ? 0o700 : 0o600
  return {
    problem: `can be written by others (mode ${mode.toString(8).padStart(4, '0')})`,
    hint: `chmod ${wanted.toString(8)} ${shellQuote(path)}`,
    mode: wanted,
  }
}

/** @throws NvError `permission` if the file may not be believed */
export function checkFileOwner(path: string, facts: FileFacts, owner: number): void {
  const reason = distrust(path, facts, owner)
  if (reason === undefined) return
  const { problem, hint } = reason
  throw new NvError({
    errno: 'EPERM',
    code: 'permission',
    at: 'store open',
    message: `${path} ${problem}`,
    hint,
    object: path,
  })
}
