import type { Call } from '../call.ts'
import { coded, type Row, type Rows } from '../row.ts'

/** A property that no simulated board has: the handle is checked, then NOT_SUPPORTED. */
function absent(why: string): Row {
  return coded(`none: ${why}`, (call: Call) => {
    call.gpu()
    return 'NOT_SUPPORTED'
  })
}

/** The same answer for several functions, by the part of the name behind nvmlDevice. */
export function allAbsent(why: string, names: string): Rows {
  return Object.fromEntries(names.split(' ').map((name) => [`nvmlDevice${name}`, absent(why)]))
}
