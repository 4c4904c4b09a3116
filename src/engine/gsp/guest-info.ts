import { NV2080_GUEST_VM_INFO } from '../../abi/ctrl2080.ts'
import type { GuestInfo, PluginState } from '../state.ts'

const STATE = { uninitialised: 0, initialised: 1 } as const

/** NV2080_GUEST_VM_INFO of a plugin task: what enumeration and message 14 answer. Zero but for the pid before a driver loads. */
export function guestVmInfo({ vmPid, guest }: Pick<PluginState, 'vmPid' | 'guest'>) {
  return guest === null
    ? { vmPid, guestVmInfoState: STATE.uninitialised }
    : { vmPid, ...guest, guestVmInfoState: STATE.initialised }
}

/** What a guest's driver tells its plugin task when it loads. */
export function readGuestInfo(bytes: Uint8Array): GuestInfo {
  const layout = NV2080_GUEST_VM_INFO
  return {
    guestOs: layout.get(bytes, 'guestOs'),
    guestDriverVersion: layout.get(bytes, 'guestDriverVersion'),
    guestDriverBranch: layout.get(bytes, 'guestDriverBranch'),
    guestNegotiatedVgpuVersion: layout.get(bytes, 'guestNegotiatedVgpuVersion'),
    frameRateLimit: layout.get(bytes, 'frameRateLimit'),
    licensed: layout.get(bytes, 'licensed'),
  }
}
