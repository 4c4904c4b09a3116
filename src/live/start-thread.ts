import { Worker } from 'node:worker_threads'

/** V8's young generation of the thread, in MiB. By itself it grows to many times that, in steps, and hardly shrinks. */
const SMALL_HEAP = { maxYoungGenerationSizeMb: 12 }

/**
 * Starts the thread that answers the kernel's requests. It loads its code while the caller makes everything else ready, and
 * waits for its input (`Server.start`).
 * @param program the file of this program
 */
export function startThread(program: string): Worker {
  return new Worker(program, { argv: ['run-server'], resourceLimits: SMALL_HEAP })
}
