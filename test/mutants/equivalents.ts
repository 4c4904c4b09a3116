import type { Mutant } from './operators.ts'

interface Equivalent {
  /** file below src/engine, and a part of the mutated line */
  readonly file: string
  readonly line: string
  readonly operator: Mutant['operator']
  readonly reason: string
}

/** Mutants that no test can notice, each with the reason. */
const EQUIVALENTS: readonly Equivalent[] = [
  {
    file: 'hw/root-port.ts',
    line: '& 0xfff0',
    operator: 'constant',
    reason: 'windows begin at whole MiB, so bit 0 of the quotient is 0',
  },
  {
    file: 'hw/root-port.ts',
    line: 'memory.size > 0',
    operator: 'constant',
    reason: 'a window has no bytes or at least a page',
  },
]

/** The reason why a mutant changes nothing, or null. `line` is the line of the source. */
export function equivalence({ file, operator }: Mutant, line: string): string | null {
  const known = EQUIVALENTS.find(
    (one) => file === `src/engine/${one.file}` && one.operator === operator && line.includes(one.line),
  )
  return known?.reason ?? null
}
