import type { FaultPointView, FaultView } from '../contract/views/host.ts'
import type { View } from './answer.ts'

/** Armed faults. */
export const FAULTS: View<FaultView> = {
  kind: 'faults',
  name: (fault) => String(fault.id),
  sentence: (fault) => `fault ${fault.id}: ${fault.effect} at ${fault.point}, ${when(fault)}`,
  columns: [
    { head: 'ID', text: (fault) => String(fault.id), right: true },
    { head: 'POINT', text: (fault) => fault.point },
    { head: 'EFFECT', text: (fault) => fault.effect },
    { head: 'AFTER', text: (fault) => String(fault.after), right: true },
    { head: 'TIMES', text: (fault) => (fault.times === 0 ? 'for ever' : String(fault.times)), right: true },
    { head: 'HITS', text: (fault) => String(fault.hits), right: true },
    { head: 'STRUCK', text: (fault) => String(fault.struck), right: true },
  ],
  fields: ['id', 'point', 'effect', 'after', 'times', 'hits', 'struck'],
}

/** Points at which a fault can be armed. */
export const FAULT_POINTS: View<FaultPointView> = {
  kind: 'faultPoints',
  name: (point) => point.point,
  columns: [
    { head: 'POINT', text: (point) => point.point },
    { head: 'DEFAULT', text: (point) => point.effect },
    { head: 'ALSO', text: (point) => point.effects.join(' ') || '-' },
    { head: 'WHAT FAILS', text: (point) => point.what, shrink: 0 },
  ],
  fields: ['point', 'effect', 'what'],
}

function when(fault: FaultView): string {
  const times = fault.times === 0 ? 'every time' : fault.times === 1 ? 'once' : `${fault.times} times`
  return fault.after === 0 ? times : `${times} after ${fault.after} visits`
}
