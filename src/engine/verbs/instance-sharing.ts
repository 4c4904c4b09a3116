import type { Change } from '../../contract/views/change.ts'
import type { GpuInstanceView, MigModeView } from '../../contract/views/mig.ts'
import { NvError } from '../../errors/nv-error.ts'
import { boardOf } from '../board-of.ts'
import { requireNotSuspended } from '../not-suspended.ts'
import { gpuIndex, stateAt } from '../select.ts'
import type { GpuState, HostState, VfState } from '../state.ts'
import { migModeView, migOf } from '../views/mig.ts'
import { changeOf, noInstance, withPartitions } from './at-instance.ts'
import type { VgpuMode } from './modes.ts'

const AT = 'nvidia_vgpu_mgr_set_heterogeneous_mode'

/**
 * Sets mixed-size (heterogeneous) or equal-size (homogeneous) mode of a GPU instance, which ends with it. The checks are in the order
 * of the open kernel modules.
 * @throws NvError EOPNOTSUPP (MIG is off, no instance, or the chip has no turns on instances), ENODEV (no such instance), EBUSY (a vGPU is on it)
 */
export function setInstanceMode(
  host: HostState,
  request: { gpu?: string; gpuInstance: number; mode: VgpuMode },
): Change<GpuInstanceView> {
  requireNotSuspended(host)
  const index = gpuIndex(host, request.gpu)
  const gpu = stateAt(host, index)
  const { gpuInstance: id, mode } = request
  const { enabled, instances, timeSlicing } = gpu.gsp.mig
  if (!enabled || instances.length === 0)
    throw unsupported(AT, gpu, `${gpu.bdf} has no GPU instance`, `nvgpu mig list --gpu ${gpu.bdf}`)
  const instance = instances.find(({ swizzId }) => swizzId === id)
  if (instance === undefined) throw noInstance(gpu, `GPU instance ${id}`)
  refuseVgpus(gpu, AT, `the mode of GPU instance ${id} of ${gpu.bdf}`, ({ gpuInstanceId }) => gpuInstanceId === id)
  if (!migOf(gpu)?.canTimeSlice) throw noTurns(AT, gpu)
  if (!timeSlicing)
    throw unsupported(
      AT,
      gpu,
      `vGPUs take no turns on GPU instances of ${gpu.bdf}`,
      `nvgpu mig time-slicing on ${gpu.bdf}`,
    )
  const on = mode === 'heterogeneous'
  const same = instance.heterogeneous === on
  if (!same) withPartitions(host, index, (partitions) => partitions.setInstanceMode(id, on))
  const change = changeOf(host, index, [id])
  return same ? { ...change, changed: false, warnings: [`GPU instance ${id} is in ${mode} mode already`] } : change
}

/**
 * Switches the turns of vGPUs on the GPU instances of a GPU, on by default. Without them types of which several run on one instance
 * are not offered. A reset or reboot switches them on again.
 * @throws NvError EOPNOTSUPP (no MIG, or the chip has no turns on instances), EBUSY (a vGPU)
 */
export function setMigTimeSlicing(host: HostState, request: { gpu?: string; on: boolean }): Change<MigModeView> {
  requireNotSuspended(host)
  const at = 'nvidia_set_mig_timeslice_mode'
  const index = gpuIndex(host, request.gpu)
  const gpu = stateAt(host, index)
  if (!migOf(gpu)?.canTimeSlice) throw noTurns(at, gpu)
  const same = gpu.gsp.mig.timeSlicing === request.on
  if (!same) {
    refuseVgpus(gpu, at, `time slices on GPU instances of ${gpu.bdf}`, () => true)
    withPartitions(host, index, (partitions) => partitions.setTimeSlicing(request.on))
  }
  const word = request.on ? 'on' : 'off'
  const warnings = same ? [`time slices on GPU instances of ${gpu.bdf} are ${word} already`] : []
  return { changed: !same, items: [migModeView(host, index)], warnings }
}

function noTurns(at: string, gpu: GpuState): NvError {
  const message = `vGPUs take no turns on GPU instances of ${boardOf(gpu).marketingName}`
  return unsupported(at, gpu, message, `nvgpu mig list --gpu ${gpu.bdf}`)
}

function refuseVgpus(gpu: GpuState, at: string, what: string, isThere: (vf: VfState) => boolean): void {
  const busy = gpu.vfs.filter((vf) => vf.vgpuType !== 0 && isThere(vf))
  const [first] = busy
  if (first === undefined) return
  throw new NvError({
    errno: 'EBUSY',
    code: 'busy',
    at,
    message: `${what} cannot change: in use by ${busy.map((vf) => vf.uuid ?? `a type on ${vf.bdf}`).join(', ')}`,
    hint: `nvgpu vgpu destroy ${busy.map((vf) => vf.uuid ?? vf.bdf).join(' ')}`,
    object: first.bdf,
  })
}

function unsupported(at: string, gpu: GpuState, message: string, hint: string): NvError {
  return new NvError({ errno: 'EOPNOTSUPP', code: 'unsupported', at, message, hint, object: gpu.bdf })
}
