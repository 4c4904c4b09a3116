/** A PCI function as the kernel knows it: a PF or one of its VFs. */
export interface PciFunctionView {
  bdf: string
  gpu: number
  /** null for a PF. */
  vfIndex: number | null
  physfn: string | null
  driver: string | null
  /** Of the board. */
  name: string
  vendorId: string
  deviceId: string
  class: string
  revision: string
  iommuGroup: number
  /** null without SR-IOV. */
  totalVfs: number | null
  /** A type is selected on it. */
  taken: boolean
  /** Configuration space of the hardware, 4096 bytes, read-only. A VF's own ids read as all ones. */
  config: Uint8Array
}
