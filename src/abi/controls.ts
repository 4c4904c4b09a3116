import { type Control, isControl } from './control.ts'
import * as ctrl2080 from './ctrl2080.ts'
import * as partitions from './ctrl2080-partitions.ts'
import * as ctrlc637 from './ctrlc637.ts'
import * as nva081 from './nva081.ts'

let known: ReadonlyMap<number, Control> | undefined

function controls(): ReadonlyMap<number, Control> {
  if (known === undefined) {
    const all: unknown[] = [ctrl2080, partitions, ctrlc637, nva081].flatMap((header) => Object.values(header))
    known = new Map(all.filter(isControl).map((one) => [one.cmd, one]))
  }
  return known
}

/** The name of a control of class 0x2080, 0xa081 or 0xc637, or `0x…` for an unknown number. */
export function controlName(cmd: number): string {
  return controls().get(cmd)?.name ?? `0x${cmd.toString(16).padStart(8, '0')}`
}

/** The names of all controls of these classes. */
export function controlNames(): string[] {
  return [...controls().values()].map(({ name }) => name)
}

/** The parameters of a control by its number; undefined if unknown. */
export function controlParams(cmd: number): Control['params'] {
  return controls().get(cmd)?.params
}
