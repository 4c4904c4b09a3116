import { NV2080_GUEST_VM_INFO } from '../../abi/ctrl2080.ts'
import type { Profile } from '../../catalog/profiles.ts'
import type { Opener } from '../state.ts'
import type { VgpuType } from '../vgpu-mgr/types.ts'

export type GuestFamily = 'linux' | 'windows'

/** Values of guestOs, modelled: the real numbers are unpublished. */
const GUEST_OS: Readonly<Record<GuestFamily, number>> = { linux: 1, windows: 2 }

/** The family of an operating system by its name. The default is Linux, the guest of the series' tests. */
export function familyOf(guestOs: string | null): GuestFamily {
  return guestOs !== null && /^(ms-?)?win/i.test(guestOs) ? 'windows' : 'linux'
}

/**
 * The reason why the driver of a guest does not load on a type, or null. The host never refuses: it cannot know the
 * guest. C types need Linux, or Windows with the driver in compute (TCC) mode. Only Q and C types have that mode.
 */
export function driverRefusal(
  type: Pick<VgpuType, 'vgpuClass' | 'vgpuName'>,
  { guestOs, tcc }: GuestOf,
): string | null {
  const windows = familyOf(guestOs) === 'windows'
  if (type.vgpuClass === 'Compute' && windows && !tcc)
    return `${type.vgpuName} is for compute: on Windows its driver loads in TCC mode only`
  if (tcc && type.vgpuClass === 'NVS') return `${type.vgpuName} cannot be in TCC mode`
  return null
}

export type GuestOf = Pick<Opener, 'guestOs' | 'tcc'>

/** NV2080_GUEST_VM_INFO, which a guest's driver sends on load. */
export function guestDriverInfo(
  guest: GuestOf,
  profile: Profile,
  host: { vmPid: number; version: number },
): Uint8Array {
  const family = familyOf(guest.guestOs)
  return NV2080_GUEST_VM_INFO.encode({
    vmPid: host.vmPid,
    guestOs: GUEST_OS[family],
    guestNegotiatedVgpuVersion: host.version,
    guestDriverVersion: profile.guestDriver[family],
    guestDriverBranch: profile.guestDriver.branch,
    guestVmInfoState: 1,
  })
}
