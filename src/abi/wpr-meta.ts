import { struct } from './compound.ts'
import { array, bytes } from './elements.ts'
import { bigU64, u8, u16, u32, u64 } from './scalars.ts'

export const GSP_FW_WPR_META_MAGIC = 0xdc3a_ae21_371a_60b3n
export const GSP_FW_WPR_META_REVISION = 1
export const GSP_FW_WPR_META_VERIFIED = 0xa0a0_a0a0_a0a0_a0a0n

/**
 * The block at the bottom of WPR2 that the boot firmware reads. Members that overlap the signature's belong to the
 * firmware's own heap; members that overlap the partition RPC's belong to the crash report.
 */
export const GspFwWprMeta = struct(
  'GspFwWprMeta',
  () => ({
    /** GSP_FW_WPR_META_MAGIC */
    magic: bigU64,
    revision: u64,
    sysmemAddrOfRadix3Elf: u64,
    sizeOfRadix3Elf: u64,
    sysmemAddrOfBootloader: u64,
    sizeOfBootloader: u64,
    bootloaderCodeOffset: u64,
    bootloaderDataOffset: u64,
    bootloaderManifestOffset: u64,
    sysmemAddrOfSignature: u64,
    sizeOfSignature: u64,
    gspFwRsvdStart: u64,
    nonWprHeapOffset: u64,
    nonWprHeapSize: u64,
    gspFwWprStart: u64,
    gspFwHeapOffset: u64,
    gspFwHeapSize: u64,
    gspFwOffset: u64,
    bootBinOffset: u64,
    frtsOffset: u64,
    frtsSize: u64,
    gspFwWprEnd: u64,
    /** framebuffer, bytes */
    fbSize: u64,
    vgaWorkspaceOffset: u64,
    vgaWorkspaceSize: u64,
    bootCount: u64,
    partitionRpcAddr: u64,
    partitionRpcRequestOffset: u16,
    partitionRpcReplyOffset: u16,
    elfCodeOffset: u32,
    elfDataOffset: u32,
    elfCodeSize: u32,
    elfDataSize: u32,
    lsUcodeVersion: u32,
    /** plugin partitions: the profile's count with vGPU support, else 0 */
    gspFwHeapVfPartitionCount: u8,
    padding: bytes(7),
    /** GSP_FW_WPR_META_VERIFIED once the booter has checked the block */
    verified: bigU64,
  }),
  {
    sysmemAddrOfSignature: {
      gspFwHeapFreeListWprOffset: u32,
      unused0: u32,
      unused1: u64,
    },
    partitionRpcAddr: {
      partitionRpcPadding: array(u32, 4),
      sysmemAddrOfCrashReportQueue: u64,
      sizeOfCrashReportQueue: u32,
      lsUcodeVersionPadding: array(u32, 1),
    },
  },
)
