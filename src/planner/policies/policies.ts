import { bestFit } from './best-fit.ts'
import { dotProd } from './dot-prod.ts'
import { fgd } from './fgd.ts'
import { gpuClustering } from './gpu-clustering.ts'
import { gpuPacking } from './gpu-packing.ts'
import type { Policy } from './policy.ts'
import { random } from './random.ts'
import { vgpu } from './vgpu.ts'

/** Every policy: the six published ones, then ours. */
export const POLICIES: readonly Policy[] = [random, dotProd, gpuClustering, gpuPacking, bestFit, fgd, vgpu]
