import { NvError } from '../../errors/nv-error.ts'
import type { Faults } from '../faults.ts'
import { IORESOURCE_MEM, type Resource } from '../hw/resources.ts'
import { VfRegisters } from '../hw/vf-registers.ts'
import type { Klog } from '../klog.ts'
import type { VfState } from '../state.ts'
import { takeInOrder } from '../unwind.ts'

const AT = 'nvidia_vgpu_vfio_pci_bar0_rw'
/** NV_PMC_BOOT_0 is the 32-bit register at 0. */
const BOOT_0_END = 4

export interface VfBar0Wiring {
  resource: Resource
  /** NV_PMC_BOOT_0 of the GPU, the first register */
  boot0: number
  faults: Faults
  klog: Klog
}

/** The VF's BAR0 in an open device: the first access requests and maps it, close releases it. */
export class VfBar0 {
  readonly #vf: VfState
  readonly #wiring: VfBar0Wiring
  readonly #registers: VfRegisters

  constructor(vf: VfState, wiring: VfBar0Wiring) {
    this.#vf = vf
    this.#wiring = wiring
    this.#registers = new VfRegisters(vf.regs)
  }

  /** 1, 2 or 4 bytes, naturally aligned. @throws NvError EBUSY, EIO, ENOMEM (first access), EINVAL beyond the window */
  read(offset: number, length: number): number {
    this.#map()
    this.#refuseBeyond(offset, length)
    if (offset < BOOT_0_END) return byteRange(this.#wiring.boot0, offset, length)
    return this.#registers.read(offset, length)
  }

  /** Sizes and errors like `read`. */
  write(offset: number, length: number, value: number): void {
    this.#map()
    this.#refuseBeyond(offset, length)
    // the identification is read-only
    if (offset >= BOOT_0_END) this.#registers.write(offset, length, value)
  }

  /** Unmaps and releases the region, if mapped. */
  release(): void {
    this.#vf.bar0Mapped = false
  }

  #map(): void {
    if (this.#vf.bar0Mapped) return
    const { faults, klog, resource } = this.#wiring
    takeInOrder((onError) => {
      faults.check('vf.bar0.request', 'pci_request_selected_regions')
      this.#vf.bar0Mapped = true
      onError(() => this.release())
      faults.check('vf.bar0.resource', 'pci_resource_flags')
      if ((resource.flags & IORESOURCE_MEM) === 0) {
        throw new NvError({
          errno: 'EIO',
          code: 'io-error',
          at: AT,
          message: `BAR0 of ${this.#vf.bdf} is not memory`,
          object: this.#vf.bdf,
        })
      }
      onError(() => klog.err(`${this.#vf.bdf}: Can't map BAR0 MMIO space`))
      faults.check('vf.bar0.map', 'ioremap')
    })
  }

  #refuseBeyond(offset: number, length: number): void {
    const { size } = this.#wiring.resource
    if (offset >= 0 && offset + length <= size) return
    throw new NvError({
      errno: 'EINVAL',
      code: 'invalid-argument',
      at: AT,
      message: `BAR0 of ${this.#vf.bdf} has 0x${size.toString(16)} bytes, none at 0x${offset.toString(16)}`,
      hint: `nvgpu vfio regions ${this.#vf.bdf}`,
      object: this.#vf.bdf,
    })
  }
}

/** `length` bytes of a 32-bit value from a byte on, little-endian. */
function byteRange(value: number, from: number, length: number): number {
  return Math.floor(value / 2 ** (8 * from)) % 2 ** (8 * length)
}
