import type { DeviceState } from '../../contract/state/vf.ts'
import { NvError } from '../../errors/nv-error.ts'

export type { DeviceState } from '../../contract/state/vf.ts'

/** One step between device states. Longer transitions consist of these. */
export type Arc =
  | 'RUNNING>STOP'
  | 'STOP>RUNNING'
  | 'STOP>STOP_COPY'
  | 'STOP_COPY>STOP'
  | 'STOP>RESUMING'
  | 'RESUMING>STOP'
  | 'RUNNING>PRE_COPY'
  | 'PRE_COPY>RUNNING'
  | 'PRE_COPY>STOP_COPY'

type Asked = Exclude<DeviceState, 'ERROR'>

/**
 * The next state on the way from one state to another (vfio_mig_get_next_state). ERROR marks an impossible transition:
 * only a reset leaves ERROR, and STOP_COPY cannot return to PRE_COPY.
 */
const NEXT: Readonly<Record<DeviceState, Readonly<Record<Asked, DeviceState>>>> = {
  ERROR: { STOP: 'ERROR', RUNNING: 'ERROR', STOP_COPY: 'ERROR', RESUMING: 'ERROR', PRE_COPY: 'ERROR' },
  STOP: { STOP: 'STOP', RUNNING: 'RUNNING', STOP_COPY: 'STOP_COPY', RESUMING: 'RESUMING', PRE_COPY: 'RUNNING' },
  RUNNING: { STOP: 'STOP', RUNNING: 'RUNNING', STOP_COPY: 'STOP', RESUMING: 'STOP', PRE_COPY: 'PRE_COPY' },
  STOP_COPY: { STOP: 'STOP', RUNNING: 'STOP', STOP_COPY: 'STOP_COPY', RESUMING: 'STOP', PRE_COPY: 'ERROR' },
  RESUMING: { STOP: 'STOP', RUNNING: 'STOP', STOP_COPY: 'STOP', RESUMING: 'RESUMING', PRE_COPY: 'STOP' },
  PRE_COPY: { STOP: 'RUNNING', RUNNING: 'RUNNING', STOP_COPY: 'STOP_COPY', RESUMING: 'RUNNING', PRE_COPY: 'PRE_COPY' },
}

/** All legal arcs. */
export const ARCS: readonly Arc[] = [
  'RUNNING>STOP',
  'STOP>RUNNING',
  'STOP>STOP_COPY',
  'STOP_COPY>STOP',
  'STOP>RESUMING',
  'RESUMING>STOP',
  'RUNNING>PRE_COPY',
  'PRE_COPY>RUNNING',
  'PRE_COPY>STOP_COPY',
]

/**
 * The steps from one state to another, in order; empty for the same state.
 * @throws NvError EINVAL for an impossible transition
 */
export function arcsTo(from: DeviceState, to: DeviceState, bdf: string): { arc: Arc; reached: DeviceState }[] {
  const way: { arc: Arc; reached: DeviceState }[] = []
  let at = from
  while (at !== to) {
    const next = to === 'ERROR' ? 'ERROR' : NEXT[at][to]
    const arc = ARCS.find((known) => known === `${at}>${next}`)
    if (!arc) {
      throw new NvError({
        errno: 'EINVAL',
        code: 'wrong-state',
        at: 'vfio_mig_get_next_state',
        message: `the device state cannot change from ${from} to ${to}`,
        ...(from === 'ERROR' ? { hint: `nvgpu vfio reset ${bdf}` } : {}),
      })
    }
    way.push({ arc, reached: next })
    at = next
  }
  return way
}
