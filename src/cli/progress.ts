import { oneLine } from '../errors/printable.ts'
import type { Context } from './context.ts'

/** Tells a person at a terminal what goes on. Nobody else is told: what was done is printed when it is on disk. */
export interface Progress {
  say(text: string): void
  /** Clears the line. */
  end(): void
}

const SILENT: Progress = { say: () => {}, end: () => {} }

/** Milliseconds between two drawings: faster than that nobody reads. */
const PAUSE_MS = 50

/**
 * A spinner on standard error, if that is a terminal. The work it tells of is synchronous, so the line is drawn when
 * something is said; and no signal is caught, so ^C ends the process at once, with nothing committed.
 */
export async function progressOf({ io, settings }: Context): Promise<Progress> {
  const { stream, columns } = io.stderr
  // of a line of no columns ora would clear more lines than it ever can
  if (stream === undefined || columns === undefined || settings.format === 'name') return SILENT
  const { default: ora } = await import('ora')
  const spinner = ora({ stream, discardStdin: false, hideCursor: false, color: false })
  let drawn = 0
  return {
    say(text) {
      const now = io.now().getTime()
      if (now - drawn < PAUSE_MS) return
      drawn = now
      spinner.text = oneLine(text)
      if (spinner.isSpinning) spinner.render()
      else spinner.start()
    },
    end() {
      spinner.stop()
    },
  }
}
