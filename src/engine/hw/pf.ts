import { GiB, MiB } from '../../abi/align.ts'
import {
  AD102_SRIOV_CAP,
  PCI_BASE_ADDRESS_0,
  PCI_BASE_ADDRESS_1,
  PCI_BASE_ADDRESS_3,
  PCI_BASE_ADDRESS_MEM_PREFETCH,
  PCI_BASE_ADDRESS_MEM_TYPE_64,
  PCI_CAP_ID_EXP,
  PCI_CAP_ID_MSIX,
  PCI_CAP_ID_PM,
  PCI_CAPABILITY_LIST,
  PCI_CLASS_DISPLAY_3D,
  PCI_CLASS_PROG,
  PCI_COMMAND,
  PCI_COMMAND_MASTER,
  PCI_COMMAND_MEMORY,
  PCI_DEVICE_ID,
  PCI_EXP_LNKCAP,
  PCI_EXP_LNKCAP_ASPM_L1,
  PCI_EXP_LNKCAP2,
  PCI_EXP_LNKCTL2,
  PCI_EXP_LNKSTA,
  PCI_EXP_LNKSTA_SLC,
  PCI_EXT_CAP_ID_ARI,
  PCI_EXT_CAP_ID_SRIOV,
  PCI_EXT_CAP_START,
  PCI_REVISION_ID,
  PCI_SRIOV_BAR,
  PCI_SRIOV_CAP,
  PCI_SRIOV_CTRL,
  PCI_SRIOV_CTRL_ARI,
  PCI_SRIOV_CTRL_MSE,
  PCI_SRIOV_CTRL_VFE,
  PCI_SRIOV_INITIAL_VF,
  PCI_SRIOV_NUM_VF,
  PCI_SRIOV_SUP_PGSIZE,
  PCI_SRIOV_SYS_PGSIZE,
  PCI_SRIOV_TOTAL_VF,
  PCI_SRIOV_VF_DID,
  PCI_SRIOV_VF_OFFSET,
  PCI_SRIOV_VF_STRIDE,
  PCI_STATUS,
  PCI_STATUS_CAP_LIST,
  PCI_SUBSYSTEM_ID,
  PCI_SUBSYSTEM_VENDOR_ID,
  PCI_VENDOR_ID,
  PCI_VENDOR_ID_NVIDIA,
  parseBdf,
} from '../../abi/pci.ts'
import type { Board } from '../../catalog/boards.ts'
import type { HwState } from '../state.ts'
import { ConfigSpace } from './config-space.ts'

const PREF64 = PCI_BASE_ADDRESS_MEM_TYPE_64 | PCI_BASE_ADDRESS_MEM_PREFETCH
/** GPUs of a PCI domain: buses 0xc1 to 0xff. */
const GPUS_PER_DOMAIN = 0x100 - 0xc1
const AD102_REVISION = 0xa1
/** offset of the PF's PCI Express capability, as on an H200 */
export const PF_EXP_CAP = 0x60
/** PCI Express generation by architecture (product briefs); every board is assumed to have 16 lanes. */
const LINK_SPEED: Readonly<Record<Board['architecture'], number>> = { Ada: 4, Ampere: 4, Hopper: 5, Blackwell: 5 }
const LINK_WIDTH = 16

/**
 * Physical addresses of one GPU's windows (simulated): 32 MiB below 4 GiB for BAR0 of the PF and the VFs; above, four
 * times the size of the larger BAR1 window, at least 64 GiB. Every window is aligned to its size.
 */
export function barAddresses(
  gpu: number,
  { pfBar1Size, sriov }: Pick<Board, 'pfBar1Size' | 'sriov'>,
): {
  bar0: number
  bar1: number
  bar3: number
  vfBar0: number
  vfBar1: number
  vfBar3: number
} {
  const slot = gpu % GPUS_PER_DOMAIN
  const low = 0x8000_0000 + slot * 32 * MiB
  let unit = 64 * GiB
  while (unit < pfBar1Size || unit < (sriov?.totalVfs ?? 0) * (sriov?.vfBar1Size ?? 0)) unit *= 2
  const high = 0x2000_0000_0000 + gpu * 4 * unit
  return {
    bar0: low,
    vfBar0: low + 16 * MiB,
    bar1: high,
    vfBar1: high + unit,
    bar3: high + 2 * unit,
    vfBar3: high + 2 * unit + GiB,
  }
}

/** Routing id of GPU k (domain << 16 | bus << 8): bus c1 + k, then the next domain. */
export function pfRoutingId(gpu: number): number {
  return Math.floor(gpu / GPUS_PER_DOMAIN) * 0x10000 + (0xc1 + (gpu % GPUS_PER_DOMAIN)) * 0x100
}

/** The number of a GPU by the address of its PF. */
export function gpuNumber(bdf: string): number {
  const id = parseBdf(bdf) ?? 0
  return Math.floor(id / 0x10000) * GPUS_PER_DOMAIN + Math.floor((id % 0x10000) / 0x100) - 0xc1
}

/** The PF's configuration space after enumeration, before any driver. */
export function pfConfig(board: Board, gpu: number): HwState['config'] {
  let sparse = ''
  const config = new ConfigSpace('', (bytes) => {
    sparse = bytes
  })
  const at = barAddresses(gpu, board)
  config.write16(PCI_VENDOR_ID, PCI_VENDOR_ID_NVIDIA)
  config.write16(PCI_DEVICE_ID, board.deviceId)
  config.write16(PCI_COMMAND, PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER)
  config.write16(PCI_STATUS, PCI_STATUS_CAP_LIST)
  config.write8(PCI_REVISION_ID, AD102_REVISION)
  writeClass(config)
  config.write32(PCI_BASE_ADDRESS_0, at.bar0)
  write64(config, PCI_BASE_ADDRESS_1, at.bar1, PREF64)
  write64(config, PCI_BASE_ADDRESS_3, at.bar3, PREF64)
  config.write16(PCI_SUBSYSTEM_VENDOR_ID, PCI_VENDOR_ID_NVIDIA)
  config.write16(PCI_SUBSYSTEM_ID, board.subsystemId)
  writeCapabilities(config, { pm: 0x40, exp: PF_EXP_CAP, msix: 0xb0, table: 0xb9_0000, pba: 0xba_0000 })
  writeLink(config, LINK_SPEED[board.architecture])
  if (board.sriov) writeSriov(config, board, at)
  config.save()
  return sparse
}

function writeSriov(config: ConfigSpace, board: Board, at: ReturnType<typeof barAddresses>): void {
  const sriov = board.sriov
  if (!sriov) return
  const cap = AD102_SRIOV_CAP
  config.write32(PCI_EXT_CAP_START, (cap << 20) | (1 << 16) | PCI_EXT_CAP_ID_ARI)
  config.write32(cap, (1 << 16) | PCI_EXT_CAP_ID_SRIOV)
  // ARI Capable Hierarchy Preserved
  config.write32(cap + PCI_SRIOV_CAP, 2)
  config.write16(cap + PCI_SRIOV_CTRL, PCI_SRIOV_CTRL_ARI)
  config.write16(cap + PCI_SRIOV_INITIAL_VF, sriov.totalVfs)
  config.write16(cap + PCI_SRIOV_TOTAL_VF, sriov.totalVfs)
  config.write16(cap + PCI_SRIOV_VF_OFFSET, sriov.vfOffset)
  config.write16(cap + PCI_SRIOV_VF_STRIDE, sriov.vfStride)
  config.write16(cap + PCI_SRIOV_VF_DID, board.deviceId)
  config.write32(cap + PCI_SRIOV_SUP_PGSIZE, 0x553)
  config.write32(cap + PCI_SRIOV_SYS_PGSIZE, 1)
  config.write32(cap + PCI_SRIOV_BAR, at.vfBar0)
  write64(config, cap + PCI_SRIOV_BAR + 4, at.vfBar1, PREF64)
  write64(config, cap + PCI_SRIOV_BAR + 12, at.vfBar3, PREF64)
}

/** Writes class 0x030200, 3D controller, which the VFIO id table matches. */
export function writeClass(config: ConfigSpace): void {
  config.write8(PCI_CLASS_PROG, PCI_CLASS_DISPLAY_3D & 0xff)
  config.write16(PCI_CLASS_PROG + 1, PCI_CLASS_DISPLAY_3D >> 8)
}

/**
 * Chains power management (when given), PCI Express with function-level reset, and MSI-X with six vectors. The MSI-X
 * table and pending bits lie in BAR0 (in an H200's PF at 0xb90000 and 0xba0000).
 */
export function writeCapabilities(
  config: ConfigSpace,
  at: { pm?: number; exp: number; msix: number; table: number; pba: number },
): void {
  config.write8(PCI_CAPABILITY_LIST, at.pm ?? at.exp)
  if (at.pm !== undefined) {
    config.write16(at.pm, (at.exp << 8) | PCI_CAP_ID_PM)
    // version 3, no soft reset
    config.write16(at.pm + 2, 0x0003)
    config.write16(at.pm + 4, 0x0008)
  }
  config.write16(at.exp, (at.msix << 8) | PCI_CAP_ID_EXP)
  // version 2 endpoint; device capabilities: extended tags, role-based errors, function-level reset
  config.write16(at.exp + 2, 0x0002)
  config.write32(at.exp + 4, 0x1000_8020)
  config.write16(at.msix, PCI_CAP_ID_MSIX)
  config.write16(at.msix + 2, 5)
  config.write32(at.msix + 4, at.table)
  config.write32(at.msix + 8, at.pba)
}

/** Writes the registers of a link at full speed and width. */
function writeLink(config: ConfigSpace, speed: number): void {
  const link = speed | (LINK_WIDTH << 4)
  config.write32(PF_EXP_CAP + PCI_EXP_LNKCAP, link | PCI_EXP_LNKCAP_ASPM_L1)
  config.write16(PF_EXP_CAP + PCI_EXP_LNKSTA, link | PCI_EXP_LNKSTA_SLC)
  // one bit a speed, from bit 1
  config.write32(PF_EXP_CAP + PCI_EXP_LNKCAP2, (2 << speed) - 2)
  config.write16(PF_EXP_CAP + PCI_EXP_LNKCTL2, speed)
}

/** Copies the PF's link capabilities to a VF; control and status are reserved (SR-IOV 3.5.9). */
export function copyLink(pf: ConfigSpace, vf: ConfigSpace, exp: number): void {
  for (const register of [PCI_EXP_LNKCAP, PCI_EXP_LNKCAP2]) vf.write32(exp + register, pf.read32(PF_EXP_CAP + register))
}

function write64(config: ConfigSpace, offset: number, address: number, flags: number): void {
  config.write32(offset, (address % 0x1_0000_0000) + flags)
  config.write32(offset + 4, Math.floor(address / 0x1_0000_0000))
}

/** The values in a PF's SR-IOV capability. */
export interface SriovCapability {
  totalVfs: number
  numVfs: number
  vfOffset: number
  vfStride: number
  enabled: boolean
}

export function readSriov(config: ConfigSpace): SriovCapability | null {
  const cap = config.findExtCapability(PCI_EXT_CAP_ID_SRIOV)
  if (cap === 0) return null
  return {
    totalVfs: config.read16(cap + PCI_SRIOV_TOTAL_VF),
    numVfs: config.read16(cap + PCI_SRIOV_NUM_VF),
    vfOffset: config.read16(cap + PCI_SRIOV_VF_OFFSET),
    vfStride: config.read16(cap + PCI_SRIOV_VF_STRIDE),
    enabled: (config.read16(cap + PCI_SRIOV_CTRL) & PCI_SRIOV_CTRL_VFE) !== 0,
  }
}

/** The capability after pci_enable_sriov or pci_disable_sriov: NumVFs, VF Enable, VF Memory Space Enable. */
export function writeNumVfs(config: ConfigSpace, numVfs: number): void {
  const cap = config.findExtCapability(PCI_EXT_CAP_ID_SRIOV)
  const enable = PCI_SRIOV_CTRL_VFE | PCI_SRIOV_CTRL_MSE
  const control = config.read16(cap + PCI_SRIOV_CTRL) & ~enable
  config.write16(cap + PCI_SRIOV_NUM_VF, numVfs)
  config.write16(cap + PCI_SRIOV_CTRL, numVfs > 0 ? control | enable : control)
  config.save()
}
