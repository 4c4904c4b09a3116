import { struct } from './compound.ts'
import { u32, u64 } from './scalars.ts'

/**
 * Reply to GET_GSP_STATIC_INFO, the part the core driver reads: GSP's own client with its device and subdevice, and the
 * one usable framebuffer region. The real structure is larger and its layout is not in our sources: this one is modelled.
 */
export const GSP_STATIC_INFO = struct('GSP_STATIC_INFO', () => ({
  hInternalClient: u32,
  hInternalDevice: u32,
  hInternalSubdevice: u32,
  numFbRegions: u32,
  fbRegionBase: u64,
  fbRegionLimit: u64,
  /** memory the RM reports in all, less when ECC takes its share */
  fbTotal: u64,
}))
