import { PCI_CLASS_PROG, PCI_COMMAND, PCI_COMMAND_MASTER, PCI_VENDOR_ID_NVIDIA } from '../../abi/pci.ts'
import type { VfView } from '../../contract/views/gpu.ts'
import { boardOf } from '../board-of.ts'
import { ConfigSpace } from '../hw/config-space.ts'
import { barAddresses } from '../hw/pf.ts'
import { findVf, stateAt, type VfAt } from '../select.ts'
import type { HostState } from '../state.ts'
import { vfDriverName } from '../vf-driver.ts'
import { eachGpu } from './each-gpu.ts'
import { hex, typeRef } from './words.ts'

/** The enabled VFs of one GPU, or of all. @throws NvError as eachGpu */
export function vfViews(host: HostState, gpu?: string): VfView[] {
  return eachGpu(host, gpu, (index) => stateAt(host, index).vfs.map((vf) => vfView(host, { gpu: index, vf })))
}

/** The VF that a selector names. @throws NvError as findVf */
export function vfViewOf(host: HostState, selector: string, gpu?: string): VfView {
  return vfView(host, findVf(host, selector, gpu))
}

export function vfView(host: HostState, { gpu, vf }: VfAt): VfView {
  const board = boardOf(stateAt(host, gpu))
  const config = new ConfigSpace(vf.config, () => {})
  const at = barAddresses(gpu, board)
  const { vfBar0Size = 0, vfBar1Size = 0, vfBar3Size = 0 } = board.sriov ?? {}
  return {
    gpu,
    index: vf.index,
    bdf: vf.bdf,
    gfid: vf.index + 1,
    driver: vfDriverName(host, vf.driver),
    vgpuType: vf.vgpuType === 0 ? null : typeRef(host, vf.vgpuType),
    vgpu: vf.uuid,
    opened: vf.opened && { vm: vf.opened.vm, pid: vf.opened.pid },
    unbound: vf.unbound,
    // a VF's own ids read as all ones; the kernel takes those of the PF
    pci: {
      vendorId: hex(PCI_VENDOR_ID_NVIDIA, 4),
      deviceId: hex(board.deviceId, 4),
      class: hex(config.read32(PCI_CLASS_PROG - 1) >>> 8, 6),
    },
    bars: [
      { index: 0, addr: hex(at.vfBar0 + vf.index * vfBar0Size), size: vfBar0Size, bits: 32, prefetchable: false },
      { index: 1, addr: hex(at.vfBar1 + vf.index * vfBar1Size), size: vfBar1Size, bits: 64, prefetchable: true },
      { index: 3, addr: hex(at.vfBar3 + vf.index * vfBar3Size), size: vfBar3Size, bits: 64, prefetchable: true },
    ],
    busMaster: (config.read16(PCI_COMMAND) & PCI_COMMAND_MASTER) !== 0,
  }
}
