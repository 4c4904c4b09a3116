import type { Change } from '../../contract/views/change.ts'
import type { VgpuView } from '../../contract/views/vgpu.ts'
import { NvError } from '../../errors/nv-error.ts'
import { requireNotSuspended } from '../not-suspended.ts'
import { findVgpu, stateAt, type VfAt } from '../select.ts'
import type { GuestInfo, HostState, PluginState } from '../state.ts'
import { vgpuView } from '../views/vgpu.ts'
import { onMachine } from './run.ts'

export interface GuestRequest {
  vgpu: string
  gpu?: string
}

/** Boots the guest of a running vGPU: its driver loads, if it fits the type. A booted guest gives no change. */
export function bootGuest(host: HostState, request: GuestRequest): Change<VgpuView> {
  const { at, plugin } = running(host, request)
  if (plugin.guest !== null) return { changed: false, items: [vgpuView(host, at)], warnings: ['the guest has booted'] }
  onMachine(host, at.gpu, (machine) => machine.bootGuest(at.vf))
  const loaded = plugin.guest !== null
  return {
    changed: loaded,
    items: [vgpuView(host, at)],
    warnings: loaded ? [] : ['the guest’s driver does not load on this type'],
  }
}

/** Installs another driver release in the guest, or unloads the driver. @param release null unloads it */
export function setGuestDriver(host: HostState, request: GuestRequest, release: string | null): Change<VgpuView> {
  const { at, plugin } = running(host, request)
  const before = plugin.guest?.guestDriverVersion ?? null
  if (release === null) plugin.guest = null
  else {
    if (plugin.guest === null) onMachine(host, at.gpu, (machine) => machine.bootGuest(at.vf))
    booted(at, plugin).guestDriverVersion = release
  }
  return { changed: before !== release, items: [vgpuView(host, at)], warnings: [] }
}

/**
 * Licenses the guest until a moment or for ever, or takes the licence away.
 * @param licence its end in seconds since 1970; 0 without one
 */
export function licenseGuest(
  host: HostState,
  request: GuestRequest,
  licence: { licensed: boolean; expiry: number },
): Change<VgpuView> {
  const { at, plugin } = running(host, request)
  const guest = booted(at, plugin)
  const changed = guest.licensed !== licence.licensed || guest.licenceExpiry !== licence.expiry
  if (guest.licensed && !licence.licensed) guest.since = host.now
  guest.licensed = licence.licensed
  guest.licenceExpiry = licence.expiry
  return { changed, items: [vgpuView(host, at)], warnings: [] }
}

function running(host: HostState, { vgpu, gpu }: GuestRequest): { at: VfAt; plugin: PluginState } {
  requireNotSuspended(host)
  const at = findVgpu(host, vgpu, gpu)
  const plugin = stateAt(host, at.gpu).gsp.plugins[at.vf.index + 1]
  if (at.vf.opened !== null && plugin !== undefined) return { at, plugin }
  throw new NvError({
    errno: 'EINVAL',
    code: 'wrong-state',
    at: 'vgpu guest',
    message: `vGPU ${at.vf.uuid} is in no VM`,
    hint: `nvgpu vgpu start ${at.vf.uuid}`,
    object: at.vf.uuid ?? '',
  })
}

function booted({ vf }: VfAt, { guest }: PluginState): GuestInfo {
  if (guest !== null) return guest
  throw new NvError({
    errno: 'EINVAL',
    code: 'wrong-state',
    at: 'vgpu guest',
    message: `the guest of vGPU ${vf.uuid} has no driver`,
    hint: `nvgpu vgpu guest boot ${vf.uuid}`,
    object: vf.uuid ?? '',
  })
}
