import type { HostState } from '../state.ts'
import type { FaultView } from '../view.ts'

/** The armed faults. */
export function faultViews(host: HostState): FaultView[] {
  return host.faults.map((fault) => ({ ...fault }))
}
