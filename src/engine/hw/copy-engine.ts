import type { Framebuffer } from './framebuffer.ts'

/** One push buffer of the copy engine: clear `lineCount` lines of `lineLength` bytes, then release a semaphore. */
export interface CopyPush {
  readonly addr: number
  readonly lineLength: number
  readonly lineCount: number
  /** a page of system memory; the engine writes `payload` to its first word */
  readonly semaphore: DataView
  readonly payload: number
}

/** The GPU's copy engine, for a channel of a vGPU. It clears memory; nothing else is needed here. */
export class CopyEngine {
  readonly #fb: Framebuffer
  /** The non-stall interrupt behind a completed push; the machine sets it. */
  onNonstall: () => void = () => {}

  constructor(fb: Framebuffer) {
    this.#fb = fb
  }

  submit({ addr, lineLength, lineCount, semaphore, payload }: CopyPush): void {
    this.#fb.scrub(addr, lineLength * lineCount)
    semaphore.setUint32(0, payload, true)
    this.onNonstall()
  }
}
