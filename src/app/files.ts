import { NvError } from '../errors/nv-error.ts'
import type { Context } from './context.ts'
import { fileError } from './file-error.ts'

/** Largest file that is read: the export of a host of a thousand GPUs is smaller. */
const LIMIT = 256 * 1_048_576

/** Reads a whole file; `-` is standard input. Throws NvError with the file and a hint. */
export function readInput(context: Context, path: string): Uint8Array {
  try {
    const bytes = path === '-' ? context.io.readStdin(LIMIT) : context.io.files.read(path, LIMIT)
    if (bytes.length <= LIMIT) return bytes
  } catch (error) {
    throw fileError(error, path, 'read')
  }
  throw new NvError({
    errno: 'EFBIG',
    code: 'invalid-file',
    at: 'read',
    message: `${path} has more than ${LIMIT / 1_048_576} MiB`,
    object: path,
  })
}

/** Reads a file of any size piece by piece; `-` is standard input. Throws as readInput. */
export function* readPieces(context: Context, path: string): Generator<Uint8Array> {
  if (path === '-') {
    yield readInput(context, path)
    return
  }
  try {
    yield* context.io.files.pieces(path)
  } catch (error) {
    throw fileError(error, path, 'read')
  }
}

/**
 * Creates or replaces a file, which is on the disk when this resolves. After a crash it is the old file or the new one.
 * @throws NvError invalid-argument for a file in the state directory, permission, disk-full and the like
 */
export async function writeOutput(context: Context, path: string, bytes: Uint8Array): Promise<void> {
  try {
    const { refuseInState } = await import('./not-in-state.ts')
    refuseInState(context, path)
    await context.io.files.write(path, bytes)
  } catch (error) {
    throw fileError(error, path, 'write')
  }
}

/**
 * The same for a file whose content is still `old`, or that is not there (null). Of several at once one wins.
 * @returns false when the file has another content
 * @throws NvError as writeOutput
 */
export async function replaceOutput(
  context: Context,
  path: string,
  old: Uint8Array | null,
  bytes: Uint8Array,
): Promise<boolean> {
  try {
    const { refuseInState } = await import('./not-in-state.ts')
    refuseInState(context, path)
    return await context.io.files.replace(path, old, bytes)
  } catch (error) {
    throw fileError(error, path, 'write')
  }
}

/** Appends to a file that `writeOutput` made. @throws NvError permission, disk-full and the like */
export async function appendOutput(context: Context, path: string, bytes: Uint8Array): Promise<void> {
  try {
    await context.io.files.append(path, bytes)
  } catch (error) {
    throw fileError(error, path, 'write')
  }
}
