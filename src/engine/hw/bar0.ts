import { NV_VF_DOORBELL_OFFSET } from '../../abi/vgpu-gsp.ts'
import type { HwState } from '../state.ts'

/** The PF's configuration space as the GPU's own registers show it. */
export const CONFIG_MIRROR = { base: 0x88000, size: 0x1000 } as const

/** Registers of the PF behind BAR0: the doorbell, the configuration mirror, and plain storage. */
export class Bar0 {
  readonly #state: HwState
  readonly #config: { read32(offset: number): number }
  /** Wired by the machine: what the doorbell wakes. */
  onDoorbell: (value: number) => void = () => {}

  constructor(state: HwState, config: { read32(offset: number): number }) {
    this.#state = state
    this.#config = config
  }

  read32(offset: number): number {
    if (offset >= CONFIG_MIRROR.base && offset < CONFIG_MIRROR.base + CONFIG_MIRROR.size) {
      return this.#config.read32(offset - CONFIG_MIRROR.base)
    }
    return this.#state.regs[offset.toString(16)] ?? 0
  }

  write32(offset: number, value: number): void {
    if (offset >= CONFIG_MIRROR.base && offset < CONFIG_MIRROR.base + CONFIG_MIRROR.size) return
    this.#state.regs[offset.toString(16)] = value >>> 0
    if (offset === NV_VF_DOORBELL_OFFSET) this.onDoorbell(value >>> 0)
  }
}
