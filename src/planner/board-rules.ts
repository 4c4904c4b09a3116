import type { ProfileName } from '../catalog/profiles.ts'
import { newHost } from '../engine/new-host.ts'
import { setEcc, setMode } from '../engine/verbs/modes.ts'
import { resetGpu } from '../engine/verbs/power.ts'
import { enableVfs } from '../engine/verbs/vfs.ts'
import { type GpuRules, rulesOf } from './gpu-rules.ts'

export interface BoardRequest {
  /** catalogue or product name */
  readonly board: string
  readonly profile: ProfileName
  readonly mode: 'equal-size' | 'mixed-size'
  readonly ecc: boolean
}

/**
 * The rules of an empty GPU of a board, read from a simulated host with one such board.
 * @throws NvError not-found (board), unsupported (mode or ECC, or the profile has no vGPUs on the board)
 */
export function boardRules({ board, profile, mode, ecc }: BoardRequest): GpuRules {
  const host = newHost({ board, profile })
  const gpu = '0'
  if (ecc) {
    setEcc(host, { gpu, on: true })
    resetGpu(host, gpu)
  }
  enableVfs(host, { gpu, count: 1 })
  if (mode === 'mixed-size') setMode(host, { gpu, mode: 'heterogeneous' })
  return rulesOf(host, 0)
}
