import { GSP_FW_SR_META_MAGIC, GSP_FW_SR_META_REVISION, GspFwSRMeta } from '../../abi/gsp-boot.ts'
import { GSP_FW_WPR_META_MAGIC, GSP_FW_WPR_META_REVISION, GspFwWprMeta } from '../../abi/wpr-meta.ts'

/** The boot heap has room for this many plugin partitions: the RM's limit for gfids. */
const MAX_PARTITIONS = 32
/** Alignments of the regions (patch 3), bytes. */
const PAGE = 0x1000
const MIB = 0x100000
const FRTS_ALIGNMENT = 0x20000
const ELF_ALIGNMENT = 0x10000

/**
 * The booter's checks of a WPR meta block on a GPU with `fbSize` bytes: magic and revision, the size of the framebuffer,
 * the number of partitions, and regions that lie in the order of the layout, aligned, and inside the framebuffer.
 */
export function soundWprMeta(bytes: Uint8Array, fbSize: number): boolean {
  const meta = GspFwWprMeta.decode(bytes)
  const {
    nonWprHeapOffset: nonWpr,
    gspFwWprStart: wpr,
    gspFwHeapOffset: heap,
    gspFwOffset: elf,
    bootBinOffset: boot,
    frtsOffset: frts,
    gspFwWprEnd: end,
  } = meta
  return (
    meta.magic === GSP_FW_WPR_META_MAGIC &&
    meta.revision === GSP_FW_WPR_META_REVISION &&
    meta.fbSize === fbSize &&
    meta.gspFwHeapVfPartitionCount <= MAX_PARTITIONS &&
    meta.gspFwRsvdStart === nonWpr &&
    nonWpr + meta.nonWprHeapSize === wpr &&
    wpr % MIB === 0 &&
    wpr + GspFwWprMeta.size <= heap &&
    heap % MIB === 0 &&
    meta.gspFwHeapSize % MIB === 0 &&
    heap + meta.gspFwHeapSize <= elf &&
    elf % ELF_ALIGNMENT === 0 &&
    elf + meta.sizeOfRadix3Elf <= boot &&
    boot % PAGE === 0 &&
    boot + meta.sizeOfBootloader <= frts &&
    frts % FRTS_ALIGNMENT === 0 &&
    frts + meta.frtsSize === end &&
    end <= meta.vgaWorkspaceOffset &&
    meta.vgaWorkspaceOffset + meta.vgaWorkspaceSize === fbSize
  )
}

/** The booter's checks of a suspend meta block: magic, revision, and a save area that holds the WPR of the boot. */
export function soundSrMeta(bytes: Uint8Array, wprMeta: Uint8Array): boolean {
  const meta = GspFwSRMeta.decode(bytes)
  const { frtsOffset, frtsSize, gspFwWprStart } = GspFwWprMeta.decode(wprMeta)
  return (
    meta.magic === GSP_FW_SR_META_MAGIC &&
    meta.revision === GSP_FW_SR_META_REVISION &&
    meta.sysmemAddrOfSuspendResumeData % PAGE === 0 &&
    meta.sizeOfSuspendResumeData === frtsOffset + frtsSize - gspFwWprStart
  )
}
