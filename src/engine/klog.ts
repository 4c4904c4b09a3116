import type { Clock } from './clock.ts'
import type { KernelLine, KernelLog } from './state.ts'

/** Lines per GPU. New lines overwrite the oldest in place, so each is a small change on disk. */
export const KLOG_SLOTS = 64

/** The kernel log of one PF. */
export class Klog {
  readonly #log: KernelLog
  readonly #clock: Clock

  constructor(log: KernelLog, clock: Clock) {
    this.#log = log
    this.#clock = clock
  }

  err(text: string): void {
    this.#add('err', text)
  }
  warn(text: string): void {
    this.#add('warn', text)
  }
  info(text: string): void {
    this.#add('info', text)
  }
  debug(text: string): void {
    this.#add('debug', text)
  }

  #add(level: KernelLine['level'], text: string): void {
    this.#log.lines[this.#log.next % KLOG_SLOTS] = { seq: this.#log.seq, at: this.#clock.now, level, text }
    this.#log.seq += 1
    this.#log.next += 1
  }
}

/** The stored lines, oldest first, with their sequence numbers. */
export function klogLines(log: KernelLog): KernelLine[] {
  const first = Math.max(0, log.next - KLOG_SLOTS)
  const lines: KernelLine[] = []
  for (let n = first; n < log.next; n += 1) {
    const line = log.lines[n % KLOG_SLOTS]
    if (line) lines.push(line)
  }
  return lines
}
