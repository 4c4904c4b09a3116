import { MiB } from '../../abi/align.ts'
import { profileOf } from '../../catalog/profiles.ts'
import { boardOf } from '../board-of.ts'
import { desktopOf } from '../guest/displays.ts'
import { familyOf } from '../guest/driver.ts'
import { licenceStatus, frameRateLimit as limitOf } from '../guest/licence.ts'
import { vmUuidOf } from '../guest/vm-uuid.ts'
import { knownType } from '../known-types.ts'
import { guestProcess, guestSession } from '../load/guest-work.ts'
import type { Utilisation } from '../load/model.ts'
import { stateAt } from '../select.ts'
import type { GpuState, HostState, Opener, VfState } from '../state.ts'
import { enumeratedVgpus, fbUsage } from '../views/gsp-answers.ts'
import { driverLoadedAt } from '../views/gsp-inside.ts'
import { vgpuId } from '../views/vgpu-id.ts'
import type { SmiUse, SmiVgpuView } from './view.ts'

/** Utilisation by gfid. */
export type GpuUse = ReadonlyMap<number, Utilisation>

/** Memory use of an idle vGPU on recent releases, MiB (captured on a host with driver 580). */
const IDLE_MIB = 128
/** NVA081_CTRL_ECC_STATE_ENABLED. */
const ECC_ENABLED = 3
/** QEMU's default slot of the first passthrough device; the next devices follow. */
const FIRST_GUEST_SLOT = 5

/** The running vGPUs of a GPU in VF order. */
export function vgpusOf(host: HostState, index: number, used: GpuUse, seats: VmSeats): SmiVgpuView[] {
  const gpu = stateAt(host, index)
  const answers = { guests: enumeratedVgpus(gpu), fbUsed: fbUsage(gpu) }
  return gpu.vfs.flatMap((vf) => {
    const id = vgpuId(host, index, vf.index)
    return vf.opened === null || vf.uuid === null || id === null
      ? []
      : [vgpuFacts(host, { index, gpu, vf, id, opener: vf.opened, answers }, used, seats)]
  })
}

/** The utilisation of the vGPUs that `vgpusOf` has. */
export function vgpuUses(host: HostState, gpu: number, used: GpuUse) {
  return stateAt(host, gpu).vfs.flatMap(({ index, bdf, uuid, opened }) =>
    opened === null || uuid === null || vgpuId(host, gpu, index) === null
      ? []
      : { gpu, uuid, vf: bdf, use: useOf(used.get(index + 1)) },
  )
}

interface VgpuAt {
  index: number
  gpu: GpuState
  vf: VfState
  id: number
  opener: Opener
  /** GSP's answers about the GPU's vGPUs, by gfid */
  answers: { guests: ReturnType<typeof enumeratedVgpus>; fbUsed: ReturnType<typeof fbUsage> }
}

function vgpuFacts(
  host: HostState,
  { index, gpu, vf, id, opener, answers }: VgpuAt,
  used: GpuUse,
  seats: VmSeats,
): SmiVgpuView {
  const gfid = vf.index + 1
  const type = knownType(host, boardOf(gpu), vf.vgpuType)
  const { guestVmInfo, vgpuDevice } = answers.guests.get(gfid) ?? {}
  const guest = vgpuDevice?.bDriverLoaded && guestVmInfo ? guestVmInfo : null
  const frameRateLimit = guest === null ? null : limitOf(guest, driverLoadedAt(gpu, gfid), host.now) || null
  const use = useOf(used.get(gfid))
  const { heap = null } = gpu.mgr?.vgpus[vf.index] ?? {}
  const total = (type?.profileSize ?? 0) / MiB
  const uuid = vf.uuid ?? ''
  return {
    gpu: index,
    vgpuId: id,
    uuid,
    name: type?.vgpuName ?? String(vf.vgpuType),
    typeId: vf.vgpuType,
    mdevUuid: profileOf(host).face === 'mdev' ? uuid : null,
    vmUuid: vmUuidOf(opener),
    vmName: opener.vm,
    pid: opener.pid,
    vf: vf.bdf,
    guestDriver: guest?.guestDriverVersion ?? null,
    license: licenceStatus(guest),
    placementId: vf.placementId,
    gpuInstanceId: vf.gpuInstanceId,
    eccMode:
      guest === null ? 'N/A' : type?.eccSupported && vgpuDevice?.eccState === ECC_ENABLED ? 'Enabled' : 'Disabled',
    frameRateLimit,
    guestBusId: guest === null ? '00000000:00:00.0' : guestBusId(seats(vf)),
    memory: { total, used: Math.min(IDLE_MIB, total), free: total - Math.min(IDLE_MIB, total) },
    residentMiB: Math.ceil(((answers.fbUsed.get(gfid) ?? 0) + (heap?.size ?? 0)) / MiB),
    use,
    encoderCapacity: vgpuDevice?.encoderCapacity ?? 100,
    session: guest === null ? null : guestSession(gfid, use.encoder, frameRateLimit, desktopOf(type)),
    process: guest === null ? null : guestProcess(familyOf(opener.guestOs), gfid),
    licensed: guest?.licensed ?? false,
    licenseExpiry: guest?.licenseExpiryTimestamp ?? 0,
    accounting: guest !== null && gpu.modes.accounting,
  }
}

function useOf(use: Utilisation | undefined): SmiUse {
  const whole = (share = 0) => Math.round(share / 100)
  return {
    gpu: whole(use?.gr),
    memory: whole(use?.fb),
    encoder: whole(use?.nvenc),
    decoder: whole(use?.nvdec),
    jpeg: 0,
    ofa: 0,
  }
}

/** Address in the guest; the vGPUs of a VM have consecutive slots. */
function guestBusId(seat: number): string {
  const slot = FIRST_GUEST_SLOT + seat
  return `00000000:00:${slot.toString(16).toUpperCase().padStart(2, '0')}.0`
}

/** The index of an open VF among the vGPUs of its VM, from 0, in the order of GPUs and VFs. */
export type VmSeats = (vf: VfState) => number

/** Seats of all VMs, computed from every GPU on first use. */
export function vmSeats(host: HostState): VmSeats {
  let known: Map<VfState, number> | null = null
  return (vf) => {
    known ??= countSeats(host)
    return known.get(vf) ?? 0
  }
}

function countSeats(host: HostState): Map<VfState, number> {
  const taken = new Map<string, number>()
  const seats = new Map<VfState, number>()
  for (const vf of host.gpus.flatMap((gpu) => gpu.vfs)) {
    if (vf.opened === null) continue
    const seat = taken.get(vf.opened.vm) ?? 0
    taken.set(vf.opened.vm, seat + 1)
    seats.set(vf, seat)
  }
  return seats
}
