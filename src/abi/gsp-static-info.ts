import { struct } from './compound.ts'
import { u32, u64 } from './scalars.ts'

/**
 * Reply to GET_GSP_STATIC_INFO, reduced to the part that the core driver reads: GSP's own client with its device and
 * subdevice, and the one usable framebuffer region. The layout is modelled: the real one is larger and not published.
 */
export const GSP_STATIC_INFO = struct('GSP_STATIC_INFO', () => ({
  hInternalClient: u32,
  hInternalDevice: u32,
  hInternalSubdevice: u32,
  numFbRegions: u32,
  fbRegionBase: u64,
  fbRegionLimit: u64,
  /** total memory the RM reports; smaller with ECC on */
  fbTotal: u64,
}))
