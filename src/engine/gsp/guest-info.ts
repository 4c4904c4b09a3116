import { NV2080_GUEST_VM_INFO } from '../../abi/ctrl2080.ts'
import type { GuestInfo, PluginState } from '../state.ts'

const STATE = { uninitialised: 0, initialised: 1 } as const

/** NV2080_GUEST_VM_INFO of a plugin task, for enumeration and message 14. Without a driver only the pid is set. */
export function guestVmInfo({ vmPid, guest }: Pick<PluginState, 'vmPid' | 'guest'>) {
  return guest === null
    ? { vmPid, guestVmInfoState: STATE.uninitialised }
    : { vmPid, ...known(guest), guestVmInfoState: STATE.initialised }
}

/** Decodes the data that a guest's driver sends its plugin task on load. */
export function readGuestInfo(bytes: Uint8Array): GuestInfo {
  const layout = NV2080_GUEST_VM_INFO
  return {
    guestOs: layout.get(bytes, 'guestOs'),
    guestDriverVersion: layout.get(bytes, 'guestDriverVersion'),
    guestDriverBranch: layout.get(bytes, 'guestDriverBranch'),
    guestNegotiatedVgpuVersion: layout.get(bytes, 'guestNegotiatedVgpuVersion'),
    frameRateLimit: layout.get(bytes, 'frameRateLimit'),
    licensed: layout.get(bytes, 'licensed'),
    since: null,
    licenceExpiry: layout.get(bytes, 'licenseExpiryTimestamp'),
  }
}

/** The members of the structure. An imported host may have texts that a `char[32]` does not hold. */
function known(guest: GuestInfo) {
  return {
    guestOs: guest.guestOs,
    guestDriverVersion: asChars(guest.guestDriverVersion),
    guestDriverBranch: asChars(guest.guestDriverBranch),
    guestNegotiatedVgpuVersion: guest.guestNegotiatedVgpuVersion,
    frameRateLimit: guest.frameRateLimit,
    licensed: guest.licensed,
    licenseExpiryTimestamp: guest.licenceExpiry,
  }
}

/** A text as Latin-1 characters: others become question marks, and what does not fit is cut. */
function asChars(text: string): string {
  const { size } = NV2080_GUEST_VM_INFO.fields.guestDriverVersion.layout
  return [...text]
    .map((each) => (each > '\0' && each <= '\u00ff' ? each : '?'))
    .join('')
    .slice(0, size)
}
