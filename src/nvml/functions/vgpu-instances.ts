import {
  nvmlEncoderSessionInfo_t,
  nvmlFBCSessionInfo_t,
  nvmlFBCStats_t,
  nvmlVgpuLicenseInfo_t,
  nvmlVgpuPlacementId_v1_t,
  nvmlVgpuRuntimeState_v1_t,
} from '../../abi/nvml/vgpu.ts'
import type { SmiVgpuView } from '../../engine/smi/view.ts'
import { setEncoderCapacity } from '../../engine/verbs/encoder-capacity.ts'
import { runtimeStateSize } from '../../engine/views/migration-facts.ts'
import type { Call } from '../call.ts'
import { NvmlError } from '../error.ts'
import { change, type Rows, row } from '../row.ts'

const MIB = 1_048_576
const NO_PLACEMENT = 65_535
const NO_INSTANCE = 0xffff_ffff
const VM_ID_UUID = 1
/** nvmlGridLicenseState and nvmlGridLicenseExpiry. */
const LICENSE = { unlicensedUnrestricted: 2, licensed: 5 }
const EXPIRY = { valid: 2, notApplicable: 3, permanent: 4 }
const SESSION_HWENC = 4
const H264 = 0

/** @throws NvmlError DRIVER_NOT_LOADED while the guest has no driver */
function license(call: Call): void {
  const { guestDriver, licensed, licenseExpiry } = call.vgpu()
  if (guestDriver === null) throw new NvmlError('DRIVER_NOT_LOADED')
  call.putStruct(1, nvmlVgpuLicenseInfo_t, {
    isLicensed: licensed ? 1 : 0,
    licenseExpiry: licensed ? expiryOf(licenseExpiry) : { status: EXPIRY.notApplicable },
    currentState: licensed ? LICENSE.licensed : LICENSE.unlicensedUnrestricted,
  })
}

/** The end of a licence in the calendar. */
function expiryOf(seconds: number) {
  if (seconds === 0) return { status: EXPIRY.permanent }
  const end = new Date(seconds * 1000)
  return {
    year: end.getUTCFullYear(),
    month: end.getUTCMonth() + 1,
    day: end.getUTCDate(),
    hour: end.getUTCHours(),
    min: end.getUTCMinutes(),
    sec: end.getUTCSeconds(),
    status: EXPIRY.valid,
  }
}

export function encoderSessions(vgpus: readonly SmiVgpuView[]): Uint8Array[] {
  return vgpus.flatMap(({ vgpuId, session }) =>
    session === null
      ? []
      : nvmlEncoderSessionInfo_t.encode({
          sessionId: session.id,
          pid: session.pid,
          vgpuInstance: vgpuId,
          codecType: H264,
          hResolution: session.width,
          vResolution: session.height,
          averageFps: session.fps,
          averageLatency: session.latencyUs,
        }),
  )
}

export function captureSessions(vgpus: readonly SmiVgpuView[]): Uint8Array[] {
  return vgpus.flatMap(({ vgpuId, session }) =>
    session === null
      ? []
      : nvmlFBCSessionInfo_t.encode({
          sessionId: session.id,
          pid: session.pid,
          vgpuInstance: vgpuId,
          sessionType: SESSION_HWENC,
          hMaxResolution: session.width,
          vMaxResolution: session.height,
          hResolution: session.width,
          vResolution: session.height,
          averageFPS: session.fps,
          averageLatency: session.latencyUs,
        }),
  )
}

/** Number of sessions, and the means of frames a second and latency. */
function sessionMeans(vgpus: readonly SmiVgpuView[]) {
  const sessions = vgpus.flatMap(({ session }) => session ?? [])
  const mean = (of: (session: NonNullable<SmiVgpuView['session']>) => number) =>
    sessions.length === 0 ? 0 : Math.round(sessions.reduce((sum, each) => sum + of(each), 0) / sessions.length)
  return { count: sessions.length, fps: mean(({ fps }) => fps), latency: mean(({ latencyUs }) => latencyUs) }
}

export function encoderStats(call: Call, vgpus: readonly SmiVgpuView[]): void {
  const { count, fps, latency } = sessionMeans(vgpus)
  call.putInt(1, count)
  call.putInt(2, fps)
  call.putInt(3, latency)
}

export function captureStats(call: Call, vgpus: readonly SmiVgpuView[]): void {
  const { count, fps, latency } = sessionMeans(vgpus)
  call.putStruct(1, nvmlFBCStats_t, { sessionsCount: count, averageFPS: fps, averageLatency: latency })
}

export const VGPU_INSTANCE_ROWS: Rows = {
  nvmlVgpuInstanceGetUUID: row('query uuid', (call) => call.putText(1, 2, call.vgpu().uuid)),
  nvmlVgpuInstanceGetMdevUUID: row('query uuid, on a host with mdevs', (call) => {
    const { uuid } = call.vgpu()
    if (call.facts.profile.face !== 'mdev') throw new NvmlError('NOT_SUPPORTED')
    call.putText(1, 2, uuid)
  }),
  nvmlVgpuInstanceGetVmID: row('query vm.uuid', (call) => {
    call.putText(1, 2, call.vgpu().vmUuid)
    call.putInt(3, VM_ID_UUID)
  }),
  nvmlVgpuInstanceGetVmDriverVersion: row('query guest.driver_version', (call) =>
    call.putText(1, 2, call.vgpu().guestDriver ?? 'Not Available'),
  ),
  nvmlVgpuInstanceGetType: row('query type.id', (call) => call.putInt(1, call.vgpu().typeId)),
  nvmlVgpuInstanceGetFbUsage: row('query memory.used', (call) => call.putLong(1, call.vgpu().memory.used * MIB)),
  nvmlVgpuInstanceGetFrameRateLimit: row('query frame_rate_limit', (call) => {
    const { frameRateLimit } = call.vgpu()
    if (frameRateLimit === null) throw new NvmlError('NOT_SUPPORTED')
    call.putInt(1, frameRateLimit)
  }),
  nvmlVgpuInstanceGetLicenseStatus: row('query license_status', (call) => call.putInt(1, call.vgpu().licensed ? 1 : 0)),
  nvmlVgpuInstanceGetLicenseInfo: row('query license_status', license),
  nvmlVgpuInstanceGetLicenseInfo_v2: row('query license_status', license),
  nvmlVgpuInstanceGetEccMode: row('query ecc.mode.current', (call) => {
    const { eccMode } = call.vgpu()
    if (eccMode === 'N/A') throw new NvmlError('NOT_SUPPORTED')
    call.putInt(1, eccMode === 'Enabled' ? 1 : 0)
  }),
  nvmlVgpuInstanceGetPlacementId: row('query placement_id', (call) => {
    const { gpu, placementId } = call.vgpu()
    const isMixed = call.facts.gpu(gpu).heterogeneous === 'Enabled'
    const struct = call.versionOf(1, nvmlVgpuPlacementId_v1_t)
    call.putVersioned(1, struct, { placementId: isMixed ? (placementId ?? NO_PLACEMENT) : NO_PLACEMENT })
  }),
  nvmlVgpuInstanceGetGpuPciId: row('query guest.pci.bus_id', (call) =>
    call.putSized(1, 2, Buffer.from(`${call.vgpu().guestBusId}\0`)),
  ),
  nvmlVgpuInstanceGetGpuInstanceId: row('smi vgpu -q: GPU Instance ID', (call) =>
    call.putInt(1, call.vgpu().gpuInstanceId ?? NO_INSTANCE),
  ),
  nvmlVgpuInstanceGetRuntimeStateSize: row('vgpu save: size without framebuffer', (call) => {
    const vgpu = call.vgpu()
    const struct = call.versionOf(1, nvmlVgpuRuntimeState_v1_t)
    call.putVersioned(1, struct, { size: runtimeStateSize(call.facts.state, vgpu.uuid) })
  }),
  nvmlVgpuInstanceGetEncoderCapacity: row('vgpu encoder-capacity', (call) =>
    call.putInt(1, call.vgpu().encoderCapacity),
  ),
  nvmlVgpuInstanceSetEncoderCapacity: change('vgpu encoder-capacity', async (call, { changes }) => {
    const { uuid } = call.vgpu()
    const percent = call.number(1)
    const command = ['vgpu', 'encoder-capacity', uuid, String(percent)]
    await changes.run(command, (state) => setEncoderCapacity(state, { vgpu: uuid, percent }))
  }),
  nvmlVgpuInstanceGetEncoderStats: row('smi vgpu -q: Encoder Stats', (call) => encoderStats(call, [call.vgpu()])),
  nvmlVgpuInstanceGetEncoderSessions: row('smi vgpu -es', (call) => call.putList(1, 2, encoderSessions([call.vgpu()]))),
  nvmlVgpuInstanceGetFBCStats: row('smi vgpu -q: FBC Stats', (call) => captureStats(call, [call.vgpu()])),
  nvmlVgpuInstanceGetFBCSessions: row('smi vgpu -fs', (call) => call.putList(1, 2, captureSessions([call.vgpu()]))),
}
