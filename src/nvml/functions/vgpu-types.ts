import { nvmlVgpuTypeBar1Info_v1_t, nvmlVgpuTypeMaxInstance_v1_t } from '../../abi/nvml/vgpu.ts'
import type { TypeView } from '../../contract/views/type.ts'
import type { SmiTypeView } from '../../engine/smi/view.ts'
import type { Call } from '../call.ts'
import { NvmlError } from '../error.ts'
import { type Rows, row } from '../row.ts'

const MIB = 1_048_576
/** No GPU instance profile: the type is time-sliced. */
const NO_PROFILE = 0xffff_ffff
/** nvmlVgpuCapability_t by number. No simulated board has NVLink or GPUDirect between vGPUs. */
const CAPABILITIES: readonly ((type: SmiTypeView) => boolean)[] = [
  () => false,
  () => false,
  ({ multiVgpuExclusive }) => multiVgpuExclusive,
  ({ exclusiveType }) => exclusiveType,
  ({ exclusiveSize }) => exclusiveSize,
]

/** The type whose number is argument 0. @throws NvmlError INVALID_ARGUMENT, NOT_SUPPORTED (no vGPU host) */
function typeOf(call: Call): TypeView {
  return call.facts.type(call.number(0))
}

function bytes(of: (type: TypeView) => number) {
  return (call: Call) => call.putLong(1, of(typeOf(call)) * MIB)
}

export const VGPU_TYPE_ROWS: Rows = {
  nvmlVgpuTypeGetName: row('types show: name', (call) =>
    call.putSized(1, 2, Buffer.from(`${call.facts.smiType(call.number(0)).name}\0`)),
  ),
  nvmlVgpuTypeGetClass: row('types show: class', (call) => call.putSized(1, 2, Buffer.from(`${typeOf(call).class}\0`))),
  nvmlVgpuTypeGetLicense: row('types show: license', (call) => {
    const { license } = typeOf(call)
    call.putText(1, 2, license)
  }),
  nvmlVgpuTypeGetFramebufferSize: row(
    'types show: profileSizeMiB',
    bytes(({ profileSizeMiB }) => profileSizeMiB),
  ),
  nvmlVgpuTypeGetFbReservation: row(
    'types show: fbReservationMiB',
    bytes(({ fbReservationMiB }) => fbReservationMiB),
  ),
  nvmlVgpuTypeGetGspHeapSize: row(
    'types show: gspHeapMiB',
    bytes(({ gspHeapMiB }) => gspHeapMiB),
  ),
  nvmlVgpuTypeGetBAR1Info: row('types show: bar1MiB', (call) => {
    const { bar1MiB } = typeOf(call)
    const struct = call.versionOf(1, nvmlVgpuTypeBar1Info_v1_t)
    call.putVersioned(1, struct, { bar1Size: bar1MiB * MIB })
  }),
  nvmlVgpuTypeGetDeviceID: row('smi vgpu -s -v: Device ID', (call) => {
    const { deviceId, subsystemId } = call.facts.smiType(call.number(0))
    call.putLong(1, Number(deviceId))
    call.putLong(2, Number(subsystemId))
  }),
  nvmlVgpuTypeGetNumDisplayHeads: row('types show: numHeads', (call) => call.putInt(1, typeOf(call).numHeads)),
  nvmlVgpuTypeGetResolution: row('types show: maxResolution', (call) => {
    const { numHeads, maxResolution } = typeOf(call)
    if (call.number(1) >= numHeads) throw new NvmlError('INVALID_ARGUMENT')
    const [width = 0, height = 0] = maxResolution.split('x').map(Number)
    call.putInt(2, width)
    call.putInt(3, height)
  }),
  nvmlVgpuTypeGetFrameRateLimit: row('types show: frameRateLimit', (call) => {
    const { frameRateLimit } = typeOf(call)
    if (frameRateLimit === 0) throw new NvmlError('NOT_SUPPORTED')
    call.putInt(1, frameRateLimit)
  }),
  nvmlVgpuTypeGetMaxInstances: row('smi vgpu -s -v: Max Instances', (call) => {
    const { index } = call.vgpuHost()
    const type = call.facts.typesOf(index).find(({ id }) => id === call.number(1))
    if (type === undefined) throw new NvmlError('INVALID_ARGUMENT')
    call.putInt(2, type.maxInstance)
  }),
  nvmlVgpuTypeGetMaxInstancesPerVm: row('smi vgpu -s -v: Max Instances Per VM', (call) => {
    const { maxInstancesPerVm } = call.facts.smiType(call.number(0))
    if (maxInstancesPerVm === null) throw new NvmlError('NOT_SUPPORTED')
    call.putInt(1, maxInstancesPerVm)
  }),
  nvmlVgpuTypeGetMaxInstancesPerGpuInstance: row('smi vgpu -s -v: Max Instances Per GI', (call) => {
    const struct = call.versionOf(0, nvmlVgpuTypeMaxInstance_v1_t)
    const { vgpuTypeId } = struct.decode(call.memory(call.word(0), struct.size))
    const { maxPerGpuInstance } = call.facts.smiType(vgpuTypeId)
    if (maxPerGpuInstance === null) throw new NvmlError('NOT_SUPPORTED')
    call.putVersioned(0, struct, { vgpuTypeId, maxInstancePerGI: maxPerGpuInstance })
  }),
  nvmlVgpuTypeGetGpuInstanceProfileId: row('smi vgpu -s -v: GPU Instance Profile ID', (call) => {
    const type = call.facts.smiType(call.number(0))
    if (!call.facts.gpu(type.gpu).vgpuHost) throw new NvmlError('NOT_SUPPORTED')
    call.putInt(1, type.gpuInstanceProfileId ?? NO_PROFILE)
  }),
  nvmlVgpuTypeGetCapabilities: row('smi vgpu -s -v', (call) => {
    const type = call.facts.smiType(call.number(0))
    const capability = CAPABILITIES[call.number(1)]
    if (capability === undefined) throw new NvmlError('INVALID_ARGUMENT')
    call.putInt(2, capability(type) ? 1 : 0)
  }),
}
