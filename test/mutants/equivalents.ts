import type { Mutant } from './operators.ts'

interface Equivalent {
  /** file below src/engine, and a part of the mutated line */
  readonly file: string
  readonly line: string
  readonly operator: Mutant['operator']
  /** the replaced text, where a line has several */
  readonly from?: string
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
  {
    file: 'hw/root-port.ts',
    line: '(((parseBdf(bdf) ?? 0) >>> 8) & 0xff) === ROOT_BUS',
    operator: 'constant',
    from: '0',
    reason: 'a text that is no address has bus 0 either way',
  },
  {
    file: 'hw/framebuffer.ts',
    line: 'page.from = from - (from % 4)',
    operator: 'constant',
    reason: 'a page is scanned from any byte at or below the first write',
  },
  {
    file: 'hw/msgq.ts',
    line: 'if (tail.length > 0)',
    operator: 'comparison',
    reason: 'an empty tail changes no byte',
  },
  {
    file: 'gsp/gsp.ts',
    line: "this.#state.power = 'booting'",
    operator: 'statement',
    reason: 'nobody looks before boot has set running or failed',
  },
  {
    file: 'nvkm/cpu-sequencer.ts',
    line: 'const [a = 0, b = 0, c = 0, timeout = 0, error = 0]',
    operator: 'constant',
    from: '0',
    reason: 'every opcode brings the words that it reads',
  },
  {
    file: 'nvkm/fb-layout.ts',
    line: 'Math.max(size, 84 * MiB)',
    operator: 'constant',
    reason: 'the sum before it has at least 125 MiB; the floor is in the source too',
  },
  {
    file: 'vgpu-mgr/attachment.ts',
    line: 'this.#bar0 = null',
    operator: 'statement',
    reason: 'every way back to a manager maps BAR0 again before it is used',
  },
  {
    file: 'vfio/device.ts',
    line: 'this.#taken = { text: this.vf.config, config }',
    operator: 'statement',
    reason: 'a cache of decoded bytes; whoever writes them saves at once',
  },
  {
    file: 'vfio/virtual-config.ts',
    line: 'vdevId * 0x100 + hardwareRevision',
    operator: 'constant',
    reason: 'a key of a cache: a revision has 256 values, so a larger factor keeps the keys apart too',
  },
]

/** The reason why a mutant changes nothing, or null. `line` is the line of the source. */
export function equivalence({ file, operator, from }: Mutant, line: string): string | null {
  const known = EQUIVALENTS.find(
    (one) =>
      file === `src/engine/${one.file}` &&
      one.operator === operator &&
      (one.from ?? from) === from &&
      line.includes(one.line),
  )
  return known?.reason ?? null
}
