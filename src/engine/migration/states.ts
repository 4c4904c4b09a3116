import type { DeviceState } from '../../contract/state/vf.ts'
import { NvError } from '../../errors/nv-error.ts'

export type { DeviceState } from '../../contract/state/vf.ts'

/** One step the device can be asked to make. Every other way is made of these. */
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
 * From where, to where, and the next step on the way there (vfio_mig_get_next_state). ERROR is no way: nothing leads out
 * of it but a reset of the device, and a copy that has stopped the guest does not go back to one that runs beside it.
 */
const NEXT: Readonly<Record<DeviceState, Readonly<Record<Asked, DeviceState>>>> = {
  ERROR: { STOP: 'ERROR', RUNNING: 'ERROR', STOP_COPY: 'ERROR', RESUMING: 'ERROR', PRE_COPY: 'ERROR' },
  STOP: { STOP: 'STOP', RUNNING: 'RUNNING', STOP_COPY: 'STOP_COPY', RESUMING: 'RESUMING', PRE_COPY: 'RUNNING' },
  RUNNING: { STOP: 'STOP', RUNNING: 'RUNNING', STOP_COPY: 'STOP', RESUMING: 'STOP', PRE_COPY: 'PRE_COPY' },
  STOP_COPY: { STOP: 'STOP', RUNNING: 'STOP', STOP_COPY: 'STOP_COPY', RESUMING: 'STOP', PRE_COPY: 'ERROR' },
  RESUMING: { STOP: 'STOP', RUNNING: 'STOP', STOP_COPY: 'STOP', RESUMING: 'RESUMING', PRE_COPY: 'STOP' },
  PRE_COPY: { STOP: 'RUNNING', RUNNING: 'RUNNING', STOP_COPY: 'STOP_COPY', RESUMING: 'RUNNING', PRE_COPY: 'PRE_COPY' },
}

/** Every arc that is legal. */
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
 * The steps that lead from one state to another, in order; none when the device is there already.
 * @throws NvError EINVAL when no way leads there
 */
export function arcsTo(from: DeviceState, to: DeviceState): { arc: Arc; reached: DeviceState }[] {
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
        message: `no way leads from the device state ${from} to ${to}`,
        ...(from === 'ERROR' ? { hint: 'nvgpu vfio reset VF' } : {}),
      })
    }
    way.push({ arc, reached: next })
    at = next
  }
  return way
}
