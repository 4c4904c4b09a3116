import type { Change } from '../../contract/views/change.ts'
import type { VgpuView } from '../../contract/views/vgpu.ts'
import { NvError } from '../../errors/nv-error.ts'
import { boardOf } from '../board-of.ts'
import { driverRefusal, familyOf } from '../guest/driver.ts'
import { nextPid } from '../guest/pids.ts'
import { checkTogether, OWN_VM, type Sibling, siblingsOf } from '../guest/together.ts'
import { vmUuidOf } from '../guest/vm-uuid.ts'
import { knownType } from '../known-types.ts'
import { requireNotSuspended } from '../not-suspended.ts'
import { findVgpu, stateAt, type VfAt } from '../select.ts'
import type { HostState, Opener } from '../state.ts'
import { uuidBytes } from '../uuid.ts'
import type { OpenRequest } from '../vfio/device.ts'
import { vgpuView } from '../views/vgpu.ts'
import { onMachine } from './run.ts'

export interface AttachRequest {
  vgpu: string
  gpu?: string
  vm: string
  /** UUID of the VM; else it follows from the name. */
  vmUuid?: string
  /** Linux, Windows, or a system of either family by name. */
  guestOs: string
  policy?: Opener['policy']
  tcc?: boolean
}

/**
 * Starts a configured vGPU for a named VM. The host accepts any guest; a guest driver that does not support the type gives
 * a warning. The other vGPUs of the VM are checked, and message 14 asks the plugin for the guest.
 * @throws NvError EBUSY (it runs), EINVAL (TCC without Windows, or the other vGPUs of the VM), or as opening fails
 */
export function attachVgpu(host: HostState, request: AttachRequest): Change<VgpuView> {
  requireNotSuspended(host)
  const { guestOs, policy = 'closes', tcc = false } = request
  if (tcc) refuseTccOf(guestOs)
  const at = findVgpu(host, request.vgpu, request.gpu)
  if (at.vf.opened) {
    throw new NvError({
      errno: 'EBUSY',
      code: 'busy',
      at: 'nvidia_vgpu_vfio_open_device',
      message: `vGPU ${at.vf.uuid} runs in VM ${at.vf.opened.vm}`,
      hint: `nvgpu vgpu stop ${at.vf.uuid}`,
      object: at.vf.uuid ?? '',
    })
  }
  const opener = openerFor(host, at, request.vm, { guestOs, policy, tcc, ...uuidOf(request) })
  const uuid = at.vf.uuid ?? ''
  onMachine(host, at.gpu, (machine) => {
    machine.vfio(at.vf).open(opener, { uuid, uuidBytes: uuidBytes(uuid) })
    machine.mgr.rpc(at.vf.index).getGuestInfo()
  })
  const refusal = driverRefusal(typeAt(host, at), { guestOs, tcc })
  const warnings = refusal === null ? [] : [`the VM runs and its driver does not load: ${refusal}`]
  return { changed: true, items: [vgpuView(host, at)], warnings }
}

/**
 * The VM that opens a vGPU: the named one, which may have other vGPUs, or a VM for this vGPU alone.
 * @throws NvError EINVAL when the VM cannot have this vGPU besides the others
 */
export function openerFor(
  host: HostState,
  at: VfAt,
  vm: string | undefined,
  guest: Partial<Pick<Opener, 'guestOs' | 'policy' | 'tcc' | 'vmUuid' | 'pid'>> = {},
): OpenRequest {
  const pid = () => guest.pid ?? nextPid(host, at.gpu)
  if (vm === undefined) return { vm: ownVm(at), ...guest, pid: pid() }
  const siblings = siblingsOf(host, vm).filter((sibling) => sibling.at.vf !== at.vf)
  const [first] = siblings
  if (!first) return { vm, ...guest, pid: pid() }
  const { opener } = first
  const guestOs = guest.guestOs ?? opener.guestOs
  checkTogether(vm, guestOs, typeAt(host, at), stateAt(host, at.gpu).board, siblings)
  const { policy, tcc, vmUuid } = opener
  refuseOtherUuid(first, guest.vmUuid ?? null)
  return { policy, tcc, vmUuid, ...guest, vm, pid: guest.pid ?? opener.pid, guestOs }
}

/** @throws NvError EINVAL: a VM has one UUID */
function refuseOtherUuid({ at, opener }: Sibling, vmUuid: string | null): void {
  if (vmUuid === null || vmUuid === vmUuidOf(opener)) return
  throw new NvError({
    errno: 'EINVAL',
    code: 'conflict',
    at: 'nvidia_vgpu_vfio_open_device',
    message: `VM ${opener.vm} does not start: its UUID is ${vmUuidOf(opener)}, not ${vmUuid}`,
    hint: `nvgpu vgpu show ${at.vf.bdf}`,
    object: at.vf.bdf,
  })
}

/** Name of a VM for this vGPU alone, made from its place. */
function ownVm({ gpu, vf }: VfAt): string {
  return gpu === 0 ? `${OWN_VM}${vf.index}` : `${OWN_VM}${gpu}-${vf.index}`
}

function typeAt(host: HostState, at: VfAt) {
  const gpu = stateAt(host, at.gpu)
  const type = knownType(host, boardOf(gpu), at.vf.vgpuType)
  if (type) return type
  throw new NvError({
    errno: 'ENODEV',
    code: 'not-found',
    at: 'nvidia_vgpu_vfio_open_device',
    message: `vGPU type ${at.vf.vgpuType} is not one of ${gpu.bdf}`,
    hint: `nvgpu types list --gpu ${gpu.bdf}`,
  })
}

/** The VM's UUID of a request, if it has one. */
export function uuidOf({ vmUuid }: { vmUuid?: string | undefined }): { vmUuid?: string } {
  return vmUuid === undefined ? {} : { vmUuid }
}

/** @throws NvError EINVAL: only the Windows driver has a compute mode */
export function refuseTccOf(guestOs: string | null): void {
  if (familyOf(guestOs) === 'windows') return
  throw new NvError({
    errno: 'EINVAL',
    code: 'invalid-argument',
    at: 'vgpu attach',
    message: `TCC is a mode of the Windows driver, and the guest is ${guestOs ?? 'unknown'}`,
    hint: 'nvgpu vgpu attach VGPU --vm NAME --guest-os windows --tcc',
  })
}
