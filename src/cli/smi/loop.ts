import { appendOutput, writeOutput } from '../../app/files.ts'
import type { Context } from '../context.ts'

/** Where rounds go, and in what form. */
export interface Destination {
  /** The output is data. */
  readonly forPrograms?: boolean
  /** A file in place of standard output; the first round replaces it. */
  readonly file?: string | undefined
}

/**
 * Prints until the reader is gone, or `count` times.
 * @param draw gets the number of the round and the microseconds that the screen has been up
 */
export async function loop(
  context: Context,
  interval: { readonly ms: number; readonly count?: number },
  draw: (round: number, after: number) => Promise<string>,
  to: Destination = {},
): Promise<void> {
  const { stdout } = context.io
  for (let round = 0; round < (interval.count ?? Number.POSITIVE_INFINITY); round += 1) {
    if (round > 0) await context.io.sleep(interval.ms)
    const text = await draw(round, round * interval.ms * 1000)
    if (to.file !== undefined) await printTo(context, to.file, text, round > 0)
    else if (to.forPrograms === true) stdout.data(text)
    else stdout.write(text)
    if (to.file === undefined && stdout.closed === true) return
  }
}

/** `-f FILE`: replaces the file, or adds to it. */
export async function printTo(context: Context, file: string, text: string, more = false): Promise<void> {
  const bytes = new TextEncoder().encode(text)
  if (more) await appendOutput(context, file, bytes)
  else await writeOutput(context, file, bytes)
}
