import * as v from 'valibot'
import { count, maybeCount } from '../values.ts'

/** Figures of a board that no source publishes, as the user read them from a real card. */
export const FIGURES = v.strictObject({
  /** "Total" of the framebuffer in `nvidia-smi -q`. */
  framebufferMiB: count,
  /** "Region 1" of the PF in `lspci -v`. */
  bar1MiB: count,
  /** "Region 1" of a VF. */
  vfBar1MiB: count,
  /** The driver's log of a VF's memory. */
  vmmuSegmentMiB: count,
  /** sriov_totalvfs; null where the list of boards has it. */
  vfs: maybeCount,
})
export type GivenFigures = v.InferOutput<typeof FIGURES>
