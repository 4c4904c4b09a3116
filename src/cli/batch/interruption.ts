import type { Io } from '../../app/io.ts'
import { Rollback } from '../../store/rollback.ts'

type Signal = 'SIGINT' | 'SIGTERM'

/** Ends a batch between two lines. */
export class Stopped extends Rollback {
  readonly signal: Signal

  constructor(signal: Signal) {
    super(signal)
    this.signal = signal
  }
}

/** Receives signals, provided that the lines yield to the event loop. */
export class Interruption {
  readonly #forget: (() => void) | undefined
  #signal: Signal | undefined

  constructor(io: Io) {
    this.#forget = io.onInterrupt?.((signal) => {
      this.#signal = signal
    })
  }

  /** Yields to the event loop for signals. @throws Stopped */
  async look(): Promise<void> {
    await new Promise<void>((resolve) => setImmediate(resolve))
    if (this.#signal !== undefined) throw new Stopped(this.#signal)
  }

  end(): void {
    this.#forget?.()
  }
}
