import { closeSync, fstatSync, openSync, readdirSync } from 'node:fs'
import { logName, sortListing } from './disk/layout.ts'

/**
 * Tells whether a state directory has changed since the last time, for a reader that keeps the state. Every change is appended
 * to the newest log, and so is the end of a log, so the size of one file tells.
 */
export class Growth {
  readonly #dir: string
  #log: number | undefined
  #size = -1

  constructor(dir: string) {
    this.#dir = dir
  }

  /** Whether there may be a change since the last call; true the first time. */
  changed(): boolean {
    if (this.#log === undefined) return this.#find()
    const { size, nlink } = fstatSync(this.#log)
    if (nlink > 0 && size === this.#size) return false
    this.close()
    this.#find()
    return true
  }

  close(): void {
    if (this.#log !== undefined) closeSync(this.#log)
    this.#log = undefined
  }

  /** Opens the newest log. @returns whether there is one that was not there before */
  #find(): boolean {
    const first = this.#size === -1
    this.#size = 0
    try {
      const newest = sortListing(readdirSync(this.#dir)).logs.at(-1)
      if (newest === undefined) return first
      this.#log = openSync(`${this.#dir}/${logName(newest)}`, 'r')
      this.#size = fstatSync(this.#log).size
      return true
    } catch (error) {
      if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return first
      throw error
    }
  }
}
