import { NV_VF_DOORBELL_OFFSET } from '../../abi/vgpu-gsp.ts'
import { keyMaker } from '../keys.ts'
import type { HwState } from '../state.ts'
import type { Trace } from '../trace.ts'

const keyOf = keyMaker((offset) => offset.toString(16))

/** Mirror of the PF's configuration space in the GPU's registers. */
export const CONFIG_MIRROR = { base: 0x88000, size: 0x1000 } as const

/** Status of the memory scrubber: done when bits 31 to 29 are at least 3. */
export const SCRUBBER_STATUS = 0x1180fc
export const SCRUBBER_DONE = 3

/** Registers of the PF behind BAR0: the doorbell, the configuration mirror, and plain storage. */
export class Bar0 {
  readonly #state: HwState
  readonly #config: { read32(offset: number): number }
  /** Doorbell handler; the machine sets it. */
  onDoorbell: (value: number) => void = () => {}

  readonly #trace: Trace | null

  constructor(state: HwState, config: { read32(offset: number): number }, trace: Trace | null = null) {
    this.#state = state
    this.#config = config
    this.#trace = trace
  }

  read32(offset: number): number {
    if (offset >= CONFIG_MIRROR.base && offset < CONFIG_MIRROR.base + CONFIG_MIRROR.size) {
      return this.#config.read32(offset - CONFIG_MIRROR.base)
    }
    return this.#state.regs[keyOf(offset)] ?? 0
  }

  /** The scrubber's microcode clears memory and says so in its status register. */
  runScrubber(scrub: () => void): void {
    scrub()
    this.#state.regs[keyOf(SCRUBBER_STATUS)] = SCRUBBER_DONE * 2 ** 29
  }

  write32(offset: number, value: number): void {
    if (offset >= CONFIG_MIRROR.base && offset < CONFIG_MIRROR.base + CONFIG_MIRROR.size) return
    this.#state.regs[keyOf(offset)] = value >>> 0
    this.#trace?.add({ kind: 'bar', direction: 'host>bar0', name: registerName(offset), payload: littleEndian(value) })
    if (offset === NV_VF_DOORBELL_OFFSET) this.onDoorbell(value >>> 0)
  }
}

function registerName(offset: number): string {
  const name = `BAR0+0x${offset.toString(16)}`
  return offset === NV_VF_DOORBELL_OFFSET ? `${name} doorbell` : name
}

function littleEndian(value: number): Uint8Array {
  return Uint8Array.of(value, value >>> 8, value >>> 16, value >>> 24)
}
