import { alignDown, alignUp, GiB, KiB, MiB } from '../../abi/align.ts'

export interface Region {
  addr: number
  size: number
}

/** The firmware's regions at the top of the framebuffer, lowest address last. */
export interface FbLayout {
  fbSize: number
  vgaWorkspace: Region
  frts: Region
  boot: Region
  elf: Region
  heap: Region
  wpr2: Region
  nonWprHeap: Region
  /** End of WPR2 in the meta block. */
  wprEnd: number
}

/** Image sizes of the default firmware, bytes. Invented: the golden addresses of the reference depend on them. */
const FIRMWARE_IMAGE = { bootSize: 0x2000, elfSize: 0x2b00000 } as const

const WPR_META_SIZE = 256

/**
 * Size of the WPR2 heap (patch 3). With vGPU it is the profile's flat size; without, libos3 carve-out + base + 96 KiB
 * per GiB of framebuffer + 48 KiB for each of 2048 channels, at least 84 MiB.
 */
export function wprHeapSize(fbSize: number, vgpuHeapSize: number | null): number {
  if (vgpuHeapSize !== null) return vgpuHeapSize
  const fbGiB = Math.ceil(fbSize / GiB)
  const size = 20 * MiB + 8 * MiB + alignUp(96 * KiB * fbGiB, MiB) + alignUp(48 * KiB * 2048, MiB)
  return Math.max(size, 84 * MiB)
}

/** Register of the VGA workspace: bit 3 says that bits 31 to 8 hold its address in units of 64 KiB. */
export const VGA_WORKSPACE_REGISTER = 0x625f04
const VGA_WORKSPACE_VALID = 0x8

/** The address of the VGA workspace (tu102_gsp_vga_workspace_addr). One below the last MiB is not believed. */
export function vgaWorkspaceAddr(fbSize: number, register: number): number {
  const base = fbSize - MiB
  if ((register & VGA_WORKSPACE_VALID) === 0) return base
  const addr = Math.floor(register / 0x100) * 0x1_0000
  return addr < base ? fbSize - 0x20000 : addr
}

/**
 * Lays out the framebuffer top down (r535_gsp_oneinit, patch 3). All figures in bytes.
 * @param vga address of the VGA workspace; by default the last MiB
 */
export function fbLayout(
  fbSize: number,
  heapSize: number,
  image: { bootSize: number; elfSize: number } = FIRMWARE_IMAGE,
  vga = fbSize - MiB,
): FbLayout {
  const wprEnd = alignDown(vga, 0x20000)
  const frts = wprEnd - MiB
  const boot = alignDown(frts - image.bootSize, 0x1000)
  const elf = alignDown(boot - image.elfSize, 0x10000)
  const heap = alignDown(elf - heapSize, MiB)
  const wpr2 = alignDown(heap - WPR_META_SIZE, MiB)
  return {
    fbSize,
    vgaWorkspace: { addr: vga, size: fbSize - vga },
    frts: { addr: frts, size: MiB },
    boot: { addr: boot, size: image.bootSize },
    elf: { addr: elf, size: image.elfSize },
    heap: { addr: heap, size: alignDown(elf - heap, MiB) },
    wpr2: { addr: wpr2, size: frts + MiB - wpr2 },
    nonWprHeap: { addr: wpr2 - MiB, size: MiB },
    wprEnd,
  }
}
