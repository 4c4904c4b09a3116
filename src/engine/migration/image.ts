import { NVIDIA_VF_MSIX_CAP, PCI_MSIX_FLAGS } from '../../abi/pci.ts'
import type { VgpuAttr } from '../state.ts'

/** Everything of a vGPU that outlives the place it ran at. Sizes in bytes. */
export interface VgpuImage {
  vgpuType: number
  typeName: string
  uuid: string
  /** vGPU protocol version of the guest, major << 16 | minor. */
  version: number
  /** Window of versions the host it left takes. */
  hostVersions: { oldest: number; newest: number }
  profile: string
  /** What GSP says of the GPU, GET_PGPU_FS_ENCODING. */
  metadata: string
  eccEnabled: boolean
  numChannels: number
  fbLength: number
  /** It was paused when it was taken, and stays so. */
  paused: boolean
  vm: VmFacts
  /** Guest-visible configuration space, 4096 bytes. */
  config: Uint8Array
  hardware: { command: number; msixFlags: number }
  /** Registers behind the VF's BAR0 that hold something: offset and value, ascending. */
  registers: readonly (readonly [offset: number, value: number])[]
  /** The plugin task's own state record. */
  plugin: Uint8Array
  /** Guest pages that are not zero, by offset in the guest's framebuffer, ascending. */
  pages: ReadonlyMap<number, Uint8Array>
}

export interface VmFacts {
  vm: string
  name: string | null
  guestOs: string | null
  policy: 'closes' | 'ignores'
  /** The guest's driver is in compute (TCC) mode. */
  tcc: boolean
  /** Attributes it was made with, but for its placement, which belongs to the GPU it left; absent without any. */
  attrs?: VgpuAttr[]
}

/** Where a VF's hardware has the MSI-X enable and mask bits, which travel with the guest. */
export const VF_MSIX_FLAGS = NVIDIA_VF_MSIX_CAP + PCI_MSIX_FLAGS
