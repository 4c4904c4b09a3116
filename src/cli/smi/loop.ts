import type { Context } from '../context.ts'

/**
 * Prints until the reader is gone, or `count` times.
 * @param draw gets the number of the round and the microseconds that the screen has been up
 * @param forPrograms the output is data
 */
export async function loop(
  context: Context,
  interval: { readonly ms: number; readonly count?: number },
  draw: (round: number, after: number) => Promise<string>,
  forPrograms = false,
): Promise<void> {
  const { stdout } = context.io
  for (let round = 0; round < (interval.count ?? Number.POSITIVE_INFINITY); round += 1) {
    if (round > 0) await context.io.sleep(interval.ms)
    const drawn = await draw(round, round * interval.ms * 1000)
    if (forPrograms) stdout.data(drawn)
    else stdout.write(drawn)
    if (stdout.closed === true) return
  }
}
