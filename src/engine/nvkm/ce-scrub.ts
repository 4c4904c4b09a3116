import { NvError } from '../../errors/nv-error.ts'
import { type Clock, COST } from '../clock.ts'
import type { Faults } from '../faults.ts'
import type { CopyEngine } from '../hw/copy-engine.ts'
import type { Extent } from '../state.ts'

/** Longest line of one copy. A larger one is halved, with twice the lines. */
const LONGEST_LINE = 0x8000_0000
const SEMAPHORE_PAGE = 4096
/** Value that the copy engine writes when it is done. */
const DONE = 0xdead_beef

export interface ScrubWiring {
  clock: Clock
  faults: Faults
  copyEngine: CopyEngine
}

/** Lines of one copy over `size` bytes. */
export function linesOf(size: number): { lineLength: number; lineCount: number } {
  let [lineLength, lineCount] = [size, 1]
  while (lineLength > LONGEST_LINE) [lineLength, lineCount] = [lineLength / 2, lineCount * 2]
  return { lineLength, lineCount }
}

/**
 * Clears guest memory with a copy engine (2025 series): a helper channel on the vGPU's last channel, a semaphore page, one
 * push, and the completion word, which is read when the event FIFO_NONSTALL comes. The copy takes no virtual time.
 * @throws NvError of the channel, or ETIMEDOUT after 4000 ms without the completion word
 */
export function ceScrub(mem: Extent, chid: number, { clock, faults, copyEngine }: ScrubWiring): void {
  const at = 'nvidia_vgpu_mgr_scrub_fbmem'
  faults.check('ce.channel', 'nvkm_vgpu_mgr alloc_ce_channel')
  const semaphore = new DataView(new ArrayBuffer(SEMAPHORE_PAGE))
  const push = { addr: mem.addr, ...linesOf(mem.size), semaphore, payload: DONE }
  if (faults.at('ce.push') === null) copyEngine.submit(push)
  if (clock.wait(semaphore.getUint32(0, true) === DONE, 0, COST.scrubTimeout)) return
  throw new NvError({
    errno: 'ETIMEDOUT',
    code: 'timeout',
    at,
    message: `the copy engine on channel ${chid} did not clear 0x${mem.size.toString(16)} bytes within 4 s`,
    hint: 'nvgpu fault list',
  })
}
