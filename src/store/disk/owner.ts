import { NvError } from '../../errors/nv-error.ts'
import { shellQuote } from '../../errors/shell-quote.ts'
import type { FileFacts } from './files.ts'

/** The reason not to trust a file or directory, and the fix. */
export interface Distrust {
  /** continues the sentence after its name */
  readonly problem: string
  readonly hint: string
  /** the correct permission bits, if those are the reason */
  readonly mode: number | undefined
}

/** The reason not to trust a file of the user `owner`: another user than `owner` and root can write it. */
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

/** @throws NvError `permission` if the file cannot be trusted */
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
