import type { FaultView } from '../../contract/views/host.ts'
import type { HostState } from '../state.ts'

/** The armed faults. */
export function faultViews(host: HostState): FaultView[] {
  return host.faults.map((fault) => ({ ...fault }))
}
