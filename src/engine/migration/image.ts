import { NVIDIA_VF_MSIX_CAP, PCI_MSIX_FLAGS } from '../../abi/pci.ts'
import type { VgpuAttr } from '../state.ts'

/** The state of a vGPU that is independent of its host. Sizes in bytes. */
export interface VgpuImage {
  vgpuType: number
  typeName: string
  uuid: string
  /** vGPU protocol version of the guest, major << 16 | minor. */
  version: number
  /** Version range of the source host. */
  hostVersions: { oldest: number; newest: number }
  profile: string
  /** GSP's metadata of the GPU, GET_PGPU_FS_ENCODING. */
  metadata: string
  eccEnabled: boolean
  numChannels: number
  fbLength: number
  /** Paused at capture; stays paused after a restore. */
  paused: boolean
  vm: VmFacts
  /** Guest-visible configuration space, 4096 bytes. */
  config: Uint8Array
  hardware: { command: number; msixFlags: number }
  /** Non-zero registers behind the VF's BAR0: offset and value, ascending. */
  registers: readonly (readonly [offset: number, value: number])[]
  /** The plugin task's own state record. */
  plugin: Uint8Array
  /** Non-zero guest pages by offset in the guest's framebuffer, ascending. */
  pages: ReadonlyMap<number, Uint8Array>
}

export interface VmFacts {
  vm: string
  /** UUID of the VM; absent where it follows from the name. */
  vmUuid?: string
  name: string | null
  guestOs: string | null
  policy: 'closes' | 'ignores'
  /** The guest's driver is in compute (TCC) mode. */
  tcc: boolean
  /** Time since the driver loaded or lost its licence, us; absent if unknown. */
  driverUs?: number
  /** Attributes of the vGPU without its placement, which belongs to the source GPU; absent without any. */
  attrs?: VgpuAttr[]
}

/** Offset of the MSI-X enable and mask bits in a VF's hardware. The bits migrate with the guest. */
export const VF_MSIX_FLAGS = NVIDIA_VF_MSIX_CAP + PCI_MSIX_FLAGS
