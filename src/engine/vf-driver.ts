import { PROFILES } from '../catalog/profiles.ts'
import type { HostState, VfState } from './state.ts'
import { DRIVER_NAME } from './vfio/device.ts'

/**
 * The name of a VF's driver in the profile's software: the variant driver of the kernel series is nvidia-vgpu-vfio, and in
 * NVIDIA's release the VFs are bound to nvidia. Null without a driver.
 */
export function vfDriverName(host: Pick<HostState, 'profile'>, driver: VfState['driver']): string | null {
  return driver === DRIVER_NAME ? PROFILES[host.profile].pciDrivers.vf : driver
}
