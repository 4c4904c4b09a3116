import { oneLine } from '../errors/printable.ts'
import type { Context } from './context.ts'

/** Shows progress to a person at a terminal; for others it does nothing. */
export interface Progress {
  say(text: string): void
  /** Clears the line. */
  end(): void
}

const SILENT: Progress = { say: () => {}, end: () => {} }

/** Minimum milliseconds between two drawings. */
const PAUSE_MS = 50

/**
 * A spinner on standard error, if that is a terminal. The work is synchronous, so the line is drawn when the text
 * changes. Signals are not caught: ^C ends the process at once, without a commit.
 */
export async function progressOf({ io, settings }: Context): Promise<Progress> {
  const { stream, columns } = io.stderr
  // With 0 columns, ora would clear an infinite number of lines.
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
