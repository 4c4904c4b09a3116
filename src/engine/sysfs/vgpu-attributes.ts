import type { Profile } from '../../catalog/profiles.ts'
import { NvError } from '../../errors/nv-error.ts'
import { statusByName } from '../../errors/nv-status.ts'
import { onMachine } from '../verbs/run.ts'
import { DRIVER_NAME } from '../vfio/device.ts'
import { typeRef } from '../views/words.ts'
import type { Attribute, Attributes } from './node.ts'
import { kstrtoul } from './numbers.ts'
import { gpuOf, profileOf, type VfFunction } from './pci-function.ts'
import { VGPU_PARAMS } from './vgpu-params.ts'

const NO_GPU_INSTANCE = 0xffff_ffff

/** byte for byte: two letters, four spaces */
const HEADER = 'ID    : vGPU Name\n'

/** A write moves the vGPU of a VF to another GPU instance. */
export const GPU_INSTANCE_ID: Attribute<VfFunction> = { mode: 0o644, show: gpuInstanceId, store: storeGpuInstance }

const CURRENT: Attributes<VfFunction> = {
  current_vgpu_type: {
    mode: 0o644,
    show: ({ vf }) => `${vf.vgpuType}\n`,
    store(at, text) {
      const vgpuType = kstrtoul(text, 'current_vgpu_type_store')
      onMachine(at.host, at.gpu, (machine) => {
        try {
          machine.vfio(at.vf).setCurrentVgpuType(vgpuType)
        } catch (error) {
          if (error instanceof NvError && error.errno === 'EIO')
            machine.klog.err(`${at.vf.bdf}: Failed to add vgpu create request${answerIn(error.message)}`)
          throw error
        }
      })
    },
  },
}

/** The number of the resource manager's status that a refusal ends with: the driver logs it. */
function answerIn(message: string): string {
  const status = statusByName(/\((NV_ERR_\w+)\)$/.exec(message)?.[1] ?? '')
  return status === undefined ? '' : `: 0x${status.toString(16)}`
}

/** The group `nvidia` of a bound VF, by the profile's driver. Releases after 17 have placement_id. */
export const VGPU_ATTRIBUTES: Readonly<Record<Profile['vgpuAttributes'], Attributes<VfFunction>>> = {
  none: {},
  series: { creatable_vgpu_types: { mode: 0o444, show: creatableInSeries }, ...CURRENT },
  product: {
    creatable_vgpu_types: { mode: 0o444, show: creatableInProduct },
    ...CURRENT,
    gpu_instance_id: GPU_INSTANCE_ID,
    placement_id: { mode: 0o444, show: placementId },
    vgpu_params: VGPU_PARAMS,
  },
}

/** Without MIG a vGPU has the resource manager's value for no GPU instance. */
function gpuInstanceId({ vf }: VfFunction): string {
  if (vf.vgpuType !== 0) return `${vf.gpuInstanceId ?? NO_GPU_INSTANCE}\n`
  throw noVgpu(vf.bdf, 'gpu_instance_id_show')
}

function storeGpuInstance(at: VfFunction, text: string): void {
  const id = kstrtoul(text, 'gpu_instance_id_store')
  onMachine(at.host, at.gpu, (machine) => machine.vfio(at.vf).setGpuInstance(id))
}

/** First slot of the VF's vGPU. The file is read-only: no capture shows the effect of a write. */
function placementId({ vf }: VfFunction): string {
  if (vf.placementId !== null) return `${vf.placementId}\n`
  throw noVgpu(vf.bdf, 'placement_id_show')
}

function noVgpu(bdf: string, at: string): NvError {
  return new NvError({
    errno: 'ENXIO',
    code: 'wrong-state',
    at,
    message: `${bdf} has no vGPU with such an id`,
    hint: `nvgpu vf show ${bdf}`,
    object: bdf,
  })
}

/** Whether the VF has the group: it is bound to the variant driver, and no PF event has torn it down. */
export function hasVgpuAttributes(at: VfFunction): boolean {
  return profileOf(at).vgpuAttributes !== 'none' && at.vf.driver === DRIVER_NAME && !at.vf.unbound
}

/**
 * creatable_vgpu_types of the 2025 series. It is empty for a VF with a type. While no VF has a type, it has a header
 * and every type; afterwards the PF's one type without a header, while there is room. The series has no mixed-size
 * mode; in that mode the file lists every selectable type.
 */
function creatableInSeries(at: VfFunction): string {
  const gpu = gpuOf(at)
  const carriers = gpu.vfs.filter((vf) => vf.vgpuType !== 0)
  const first = carriers[0]
  if (at.vf.vgpuType !== 0) return ''
  if (gpu.mgr?.heterogeneous) return HEADER + selectable(at)
  if (first) return selectable(at, [first.vgpuType])
  return HEADER + lines(at, gpu.mgr?.types ?? [])
}

/** creatable_vgpu_types of NVIDIA's release: the header, then the selectable types; none for a VF with a type. */
function creatableInProduct(at: VfFunction): string {
  return at.vf.vgpuType === 0 ? HEADER + selectable(at) : HEADER
}

/** The types that pass the checks of a write to current_vgpu_type. */
function selectable(at: VfFunction, among: readonly number[] = gpuOf(at).mgr?.types ?? []): string {
  return onMachine(at.host, at.gpu, (machine) => {
    const device = machine.vfio(at.vf)
    return lines(
      at,
      among.filter((vgpuType) => device.maySelect(vgpuType)),
    )
  })
}

function lines({ host }: VfFunction, types: readonly number[]): string {
  return types.map((vgpuType) => `${String(vgpuType).padEnd(5)} : ${typeRef(host, vgpuType).name}\n`).join('')
}
