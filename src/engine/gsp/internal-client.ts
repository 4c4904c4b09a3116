import { GSP_STATIC_INFO } from '../../abi/gsp-static-info.ts'
import { NV01_DEVICE_0, NV01_ROOT, NV20_SUBDEVICE_0 } from '../../abi/rm-objects.ts'
import type { GspState } from '../state.ts'
import type { GspBoard } from './board.ts'
import { usableFb } from './boot-facts.ts'
import type { RmTree } from './rm.ts'

/** Simulated handles of GSP's own client, outside the range of host client ids. */
const INTERNAL = { client: 0xc2000000, device: 0xde1d0000, subdevice: 0x5d1d0000 } as const

/** Makes GSP's own client with its device and subdevice. */
export function allocInternalClient(rm: RmTree): void {
  const { client, device, subdevice } = INTERNAL
  rm.alloc(client, client, client, NV01_ROOT)
  rm.alloc(client, client, device, NV01_DEVICE_0)
  rm.alloc(client, device, subdevice, NV20_SUBDEVICE_0)
}

/** The answer to GET_GSP_STATIC_INFO: GSP's own client, and the framebuffer. */
export function staticInfo(state: GspState, { fbTotal }: GspBoard): Uint8Array {
  return GSP_STATIC_INFO.encode({
    hInternalClient: INTERNAL.client,
    hInternalDevice: INTERNAL.device,
    hInternalSubdevice: INTERNAL.subdevice,
    numFbRegions: 1,
    fbRegionBase: 0,
    fbRegionLimit: usableFb(state).size - 1,
    fbTotal: state.eccEnabled ? fbTotal.eccOn : fbTotal.eccOff,
  })
}
