import { struct } from './compound.ts'
import { array, bytes } from './elements.ts'
import { bigU64, bool8, u8, u16, u32, u64 } from './scalars.ts'

export const GSP_FW_SR_META_MAGIC = 0x8a3b_b9e6_c6c3_9d93n
export const GSP_FW_SR_META_REVISION = 2

export const LIBOS_MEMORY_REGION_CONTIGUOUS = 1
export const LIBOS_MEMORY_REGION_LOC_SYSMEM = 1

export const REGISTRY_TABLE_ENTRY_TYPE_DWORD = 1
export const REGISTRY_TABLE_ENTRY_TYPE_BINARY = 2
export const REGISTRY_TABLE_ENTRY_TYPE_STRING = 3

/**
 * Packs the name of a memory region, such as `LOGINIT`, into a word. The first character is the most significant byte.
 * @throws RangeError for more than 8 characters or one outside Latin-1
 */
export function id8(name: string): bigint {
  const fits =
    name.length >= 1 && name.length <= 8 && [...name].every((character) => character > '\0' && character <= '\xff')
  if (!fits) throw new RangeError(`${JSON.stringify(name)} does not fit 8 characters`)
  return [...name].reduce((word, character) => word * 256n + BigInt(character.charCodeAt(0)), 0n)
}

/** Identity of a bridge or chip set, from PCI configuration space. */
export const BUSINFO = struct('BUSINFO', () => ({
  deviceID: u16,
  vendorID: u16,
  subdeviceID: u16,
  subvendorID: u16,
  revisionID: u8,
}))

const DOD_METHOD_DATA = struct('DOD_METHOD_DATA', () => ({
  status: u32,
  acpiIdListLen: u32,
  acpiIdList: array(u32, 16),
}))

const JT_METHOD_DATA = struct('JT_METHOD_DATA', () => ({
  status: u32,
  jtCaps: u32,
  jtRevId: u16,
  bSBIOSCaps: bool8,
}))

const MUX_METHOD_DATA_ELEMENT = struct('MUX_METHOD_DATA_ELEMENT', () => ({
  acpiId: u32,
  mode: u32,
  status: u32,
}))

const MUX_METHOD_DATA = struct('MUX_METHOD_DATA', () => ({
  tableLen: u32,
  acpiIdMuxModeTable: array(MUX_METHOD_DATA_ELEMENT, 16),
  acpiIdMuxPartTable: array(MUX_METHOD_DATA_ELEMENT, 16),
}))

const CAPS_METHOD_DATA = struct('CAPS_METHOD_DATA', () => ({
  status: u32,
  optimusCaps: u32,
}))

/** Answers of the platform's ACPI methods; all zero on a server. */
export const ACPI_METHOD_DATA = struct('ACPI_METHOD_DATA', () => ({
  bValid: bool8,
  dodMethodData: DOD_METHOD_DATA,
  jtMethodData: JT_METHOD_DATA,
  muxMethodData: MUX_METHOD_DATA,
  capsMethodData: CAPS_METHOD_DATA,
}))

/**
 * Description of the VFs for the firmware, from the PF's SR-IOV capability; all zero without vGPU support. The
 * addresses are those of VF 0 with the flag bits cleared.
 */
export const GSP_VF_INFO = struct('GSP_VF_INFO', () => ({
  totalVFs: u32,
  firstVFOffset: u32,
  FirstVFBar0Address: u64,
  FirstVFBar1Address: u64,
  FirstVFBar2Address: u64,
  /** never set by nvkm */
  b64bitBar0: bool8,
  b64bitBar1: bool8,
  b64bitBar2: bool8,
}))

/** Function GSP_SET_SYSTEM_INFO. */
export const GspSystemInfo = struct('GspSystemInfo', () => ({
  /** PF BAR0 */
  gpuPhysAddr: u64,
  /** PF BAR1 */
  gpuPhysFbAddr: u64,
  /** PF BAR3 */
  gpuPhysInstAddr: u64,
  /** routing id of the PF */
  nvDomainBusDeviceFunc: u64,
  simAccessBufPhysAddr: u64,
  pcieAtomicsOpMask: u64,
  consoleMemSize: u64,
  maxUserVa: u64,
  /** 0x88000 */
  pciConfigMirrorBase: u32,
  /** 0x1000 */
  pciConfigMirrorSize: u32,
  oorArch: u8,
  clPdbProperties: u64,
  Chipset: u32,
  bGpuBehindBridge: bool8,
  bMnocAvailable: bool8,
  bUpstreamL0sUnsupported: bool8,
  bUpstreamL1Unsupported: bool8,
  bUpstreamL1PorSupported: bool8,
  bUpstreamL1PorMobileOnly: bool8,
  upstreamAddressValid: u8,
  FHBBusInfo: BUSINFO,
  chipsetIDInfo: BUSINFO,
  acpiMethodData: ACPI_METHOD_DATA,
  hypervisorType: u32,
  bIsPassthru: bool8,
  sysTimerOffsetNs: u64,
  gspVFInfo: GSP_VF_INFO,
}))

/** One value of the registry. Names and long values lie behind the last entry. */
export const PACKED_REGISTRY_ENTRY = struct('PACKED_REGISTRY_ENTRY', () => ({
  /** from the start of the table */
  nameOffset: u32,
  /** REGISTRY_TABLE_ENTRY_TYPE_* */
  type: u8,
  /** the dword, or the offset of the value from the start of the table */
  data: u32,
  /** of the value, bytes */
  length: u32,
}))

/** Function SET_REGISTRY; the entries follow. */
export const PACKED_REGISTRY_TABLE = struct('PACKED_REGISTRY_TABLE', () => ({
  /** the whole table, bytes */
  size: u32,
  numEntries: u32,
}))

/** The block that replaces GspFwWprMeta when the GSP suspends and resumes. */
export const GspFwSRMeta = struct('GspFwSRMeta', () => ({
  /** GSP_FW_SR_META_MAGIC */
  magic: bigU64,
  revision: u64,
  sysmemAddrOfSuspendResumeData: u64,
  sizeOfSuspendResumeData: u64,
  hmac: bytes(32),
  wprMetaHash: bytes(32),
  heapFreeListHash: bytes(32),
  dataHash: bytes(32),
  padding: array(u32, 24),
}))

/** One memory region that the firmware's operating system gets at boot. */
export const LibosMemoryRegionInitArgument = struct('LibosMemoryRegionInitArgument', () => ({
  /** see id8 */
  id8: bigU64,
  pa: u64,
  size: u64,
  kind: u8,
  loc: u8,
}))

export const MESSAGE_QUEUE_INIT_ARGUMENTS = struct('MESSAGE_QUEUE_INIT_ARGUMENTS', () => ({
  sharedMemPhysAddr: u64,
  /** 8-byte page addresses at the start of the block */
  pageTableEntryCount: u32,
  cmdQueueOffset: u64,
  statQueueOffset: u64,
  locklessCmdQueueOffset: u64,
  locklessStatQueueOffset: u64,
}))

export const GSP_SR_INIT_ARGUMENTS = struct('GSP_SR_INIT_ARGUMENTS', () => ({
  /** 3 when resuming */
  oldLevel: u32,
  flags: u32,
  bInPMTransition: bool8,
}))

export const GSP_ARGUMENTS_CACHED = struct('GSP_ARGUMENTS_CACHED', () => ({
  messageQueueInitArguments: MESSAGE_QUEUE_INIT_ARGUMENTS,
  srInitArguments: GSP_SR_INIT_ARGUMENTS,
  gpuInstance: u32,
  profilerArgs: struct('profilerArgs', { pa: u64, size: u64 }),
}))
