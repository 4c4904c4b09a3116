import { usageError } from '../app/usage.ts'
import type { Change } from '../contract/views/change.ts'
import type { VgpuView } from '../contract/views/vgpu.ts'
import type { HostState } from '../engine/state.ts'
import { bootGuest, type GuestRequest, licenseGuest, setGuestDriver } from '../engine/verbs/guest.ts'

const MOMENT = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/
/** licenseExpiryTimestamp has 32 bits. */
const LAST_SECOND = 0xffff_ffff
const RELEASE = /^\d{3}(?:\.\d{1,4}){1,2}$/

/** The change of `vgpu guest ACTION VGPU [VALUE]`. @throws NvError usage */
export function guestVerb(
  action: 'boot' | 'driver' | 'license',
  request: GuestRequest,
  value: string | undefined,
): (host: HostState) => Change<VgpuView> {
  if (action === 'boot') {
    if (value !== undefined) throw usageError(`vgpu guest boot takes no value: '${value}'`)
    return (host) => bootGuest(host, request)
  }
  if (value === undefined) throw usageError(`vgpu guest ${action} needs a value, or none`)
  if (action === 'license') {
    const licence = licenceOf(value)
    return (host) => licenseGuest(host, request, licence)
  }
  if (value !== 'none' && !RELEASE.test(value)) throw usageError(`'${value}' is not a driver release such as 550.54.15`)
  return (host) => setGuestDriver(host, request, value === 'none' ? null : value)
}

function licenceOf(value: string): { licensed: boolean; expiry: number } {
  if (value === 'none') return { licensed: false, expiry: 0 }
  if (value === 'permanent') return { licensed: true, expiry: 0 }
  const expiry = MOMENT.test(value) ? Date.parse(value) / 1000 : Number.NaN
  if (expiry > 0 && expiry <= LAST_SECOND) return { licensed: true, expiry }
  throw usageError(`'${value}' is neither a moment such as 2027-01-31T12:00:00Z, nor permanent, nor none`)
}
