import { newHost } from '../../engine/new-host.ts'
import type { HostState } from '../../engine/state.ts'
import { setEcc, setMode } from '../../engine/verbs/modes.ts'
import { resetGpu } from '../../engine/verbs/power.ts'
import { enableVfs } from '../../engine/verbs/vfs.ts'
import { NvError } from '../../errors/nv-error.ts'
import { boardOfGroup } from './board.ts'
import type { FleetGroup } from './fleet.ts'

/**
 * A host with one board of a group, as its verbs make it. GPU 0 stands for every GPU of the group. null for a board without a
 * simulation, or none.
 * @throws NvError of the verb, with the place of the group: more VFs than the board has, a mode that it lacks
 */
export function groupHost(group: FleetGroup): HostState | null {
  const known = boardOfGroup(group)
  if (known.kind !== 'simulated' || group.gpus === 0) return null
  try {
    const host = newHost({ board: known.board.name, gpus: 1, profile: known.profile })
    if (group.ecc) {
      setEcc(host, { gpu: '0', on: true })
      resetGpu(host, '0')
    }
    const vfs = group.vfs ?? known.board.sriov?.totalVfs ?? 0
    if (vfs > 0) enableVfs(host, { gpu: '0', count: vfs })
    if (group.mode === 'heterogeneous') setMode(host, { gpu: '0', mode: group.mode })
    return host
  } catch (error) {
    if (!(error instanceof NvError)) throw error
    const { errno, code, at, message } = error
    const hint = 'nvgpu host boards'
    throw new NvError({
      errno,
      code,
      at,
      message: `${group.at === null ? '' : `${group.at}: `}${group.name}: ${message}`,
      hint,
      cause: error,
    })
  }
}
