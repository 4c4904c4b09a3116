import { SIM2080_CTRL_CMD_SET_VGPU_SCHEDULER } from '../../abi/sim-ctrl.ts'
import { profileOf, type SchedulerPolicy } from '../../catalog/profiles.ts'
import type { Change } from '../../contract/views/change.ts'
import type { GpuView } from '../../contract/views/gpu.ts'
import { NvError } from '../../errors/nv-error.ts'
import { boardOf } from '../board-of.ts'
import { BEST_EFFORT, clamp, LIMITS, type Scheduler, toPvmrl } from '../load/scheduler.ts'
import { schedulerOf } from '../load/scheduler-of.ts'
import { requireNotSuspended } from '../not-suspended.ts'
import { gpuIndex, stateAt } from '../select.ts'
import type { GpuState, HostState } from '../state.ts'
import { gpuView } from '../views/gpu.ts'
import { eccEnabled } from '../views/gsp-answers.ts'
import { onMachine } from './run.ts'

export type VgpuMode = 'heterogeneous' | 'homogeneous'

/**
 * Sets mixed-size (heterogeneous) or equal-size (homogeneous) mode of a GPU. It needs enabled VFs without a selected type
 * and ends when the VFs are disabled.
 * @throws NvError EOPNOTSUPP (board, profile, fixed share), EINVAL (no VF is bound), EBUSY (a type is selected)
 */
export function setMode(host: HostState, request: { gpu?: string; mode: VgpuMode }): Change<GpuView> {
  requireNotSuspended(host)
  const index = gpuIndex(host, request.gpu)
  const gpu = stateAt(host, index)
  const board = boardOf(gpu)
  const at = 'nvidia_vgpu_mgr_set_heterogeneous_mode'
  const on = request.mode === 'heterogeneous'
  if (!board.mixedSize || !profileOf(host).mixedSize) {
    const what = board.mixedSize ? `the ${host.profile} profile` : board.marketingName
    throw unsupported(at, `${what} has no heterogeneous mode`, `nvgpu gpu show ${gpu.bdf}`)
  }
  if (gpu.gsp.mig.enabled)
    throw unsupported(
      at,
      `MIG of ${gpu.bdf} is on, and its chip has no mixed sizes on GPU instances`,
      `nvgpu mig list --gpu ${gpu.bdf}`,
    )
  if (!gpu.mgr) {
    const bound = gpu.vfs.length > 0
    throw new NvError({
      errno: 'EINVAL',
      code: 'wrong-state',
      at,
      message: bound ? `no VF of ${gpu.bdf} is bound` : `no VFs are enabled on ${gpu.bdf}`,
      hint: bound ? `nvgpu vf bind ${gpu.vfs[0]?.bdf}` : `nvgpu vf enable 4 --gpu ${gpu.bdf}`,
      object: gpu.bdf,
    })
  }
  if (gpu.mgr.heterogeneous === on)
    return {
      changed: false,
      items: [gpuView(host, index)],
      warnings: [`${gpu.bdf} is in ${request.mode} mode already`],
    }
  refuseVgpus(gpu, at, 'the mode')
  if (on && schedulerOf(gpu).policy === 'fixed-share')
    throw unsupported(
      at,
      'there is no fixed share among mixed sizes',
      `nvgpu gpu scheduler equal-share --gpu ${gpu.bdf}`,
    )
  onMachine(host, index, (machine) => machine.mgr.setHeterogeneous(on))
  return { changed: true, items: [gpuView(host, index)], warnings: [] }
}

/**
 * Sets ECC of a GPU from its next reset on.
 * @throws NvError EOPNOTSUPP (a board without ECC), EBUSY (the GPU has a vGPU)
 */
export function setEcc(host: HostState, request: { gpu?: string; on: boolean }): Change<GpuView> {
  requireNotSuspended(host)
  const index = gpuIndex(host, request.gpu)
  const gpu = stateAt(host, index)
  const at = 'nvidia_set_ecc_mode'
  if (!boardOf(gpu).eccSupported)
    throw unsupported(at, `${boardOf(gpu).marketingName} has no ECC`, `nvgpu gpu show ${gpu.bdf}`)
  refuseVgpus(gpu, at, 'ECC')
  const word = request.on ? 'on' : 'off'
  if ((gpu.eccPending ?? eccEnabled(gpu)) === request.on) {
    const when = gpu.eccPending === null ? 'already' : 'after the next reset already'
    return { changed: false, items: [gpuView(host, index)], warnings: [`ECC of ${gpu.bdf} is ${word} ${when}`] }
  }
  gpu.eccPending = request.on === eccEnabled(gpu) ? null : request.on
  const warnings = gpu.eccPending === null ? [] : [`ECC is ${word} after: nvgpu gpu reset ${gpu.bdf}`]
  return { changed: true, items: [gpuView(host, index)], warnings }
}

export interface SchedulerRequest {
  gpu?: string
  policy: SchedulerPolicy
  /** Time slice in ms; excludes ARR. */
  timeSliceMs?: number
  /** Adaptive round robin; default on without a time slice. */
  arr?: boolean
  frequencyHz?: number
  averaging?: number
}

/**
 * Sets the scheduler of a GPU. After a reload of the driver the module option RmPVMRL applies again. Numbers outside their
 * range are clamped, with a warning.
 * @throws NvError EOPNOTSUPP (policy and profile, fixed share among mixed sizes), EBUSY (the GPU has a vGPU), EINVAL
 *   (a parameter that the policy does not have), EIO
 */
export function setScheduler(host: HostState, request: SchedulerRequest): Change<GpuView> {
  requireNotSuspended(host)
  const index = gpuIndex(host, request.gpu)
  const gpu = stateAt(host, index)
  const at = 'nvidia_set_vgpu_scheduler_state'
  if (!profileOf(host).schedulers.includes(request.policy))
    throw unsupported(at, `the ${host.profile} profile has no ${request.policy} scheduler`, `nvgpu gpu show ${gpu.bdf}`)
  const { scheduler, warnings } = asked(request)
  if (request.policy === 'fixed-share' && gpu.mgr?.heterogeneous)
    throw unsupported(at, 'there is no fixed share among mixed sizes', `nvgpu gpu show ${gpu.bdf}`)
  refuseVgpus(gpu, at, 'the scheduler')
  const word = toPvmrl(scheduler)
  if (word === toPvmrl(schedulerOf(gpu))) {
    return {
      changed: false,
      items: [gpuView(host, index)],
      warnings: [...warnings, `the scheduler of ${gpu.bdf} is so already`],
    }
  }
  onMachine(host, index, (machine) =>
    machine.nvkm.internalControl(
      SIM2080_CTRL_CMD_SET_VGPU_SCHEDULER.cmd,
      SIM2080_CTRL_CMD_SET_VGPU_SCHEDULER.params.encode({ pvmrl: word }),
    ),
  )
  gpu.scheduler = word
  return { changed: true, items: [gpuView(host, index)], warnings }
}

/** The requested scheduler with clamped parameters. */
function asked(request: SchedulerRequest): { scheduler: Scheduler; warnings: string[] } {
  const { policy, timeSliceMs, frequencyHz, averaging } = request
  const given = { timeSliceMs, frequencyHz, averaging, arr: request.arr }
  const arr = request.arr ?? timeSliceMs === undefined
  const foreign = {
    'best-effort': Object.values(given).some((value) => value !== undefined),
    'equal-share': arr ? timeSliceMs !== undefined : frequencyHz !== undefined || averaging !== undefined,
    'fixed-share': arr ? timeSliceMs !== undefined : frequencyHz !== undefined || averaging !== undefined,
  }[policy]
  if (foreign) {
    const why =
      policy === 'best-effort'
        ? 'best effort has no parameters'
        : 'frequency and averaging factor belong to ARR, a time slice to its absence'
    throw new NvError({
      errno: 'EINVAL',
      code: 'invalid-argument',
      at: 'nvidia_set_vgpu_scheduler_state',
      message: why,
      hint: 'nvgpu gpu scheduler --help',
    })
  }
  if (policy === 'best-effort') return { scheduler: BEST_EFFORT, warnings: [] }
  const warnings: string[] = []
  const bounded = (name: string, unit: string, value: number, range: { least: number; most: number }) => {
    const kept = clamp(value, range)
    if (kept !== value) warnings.push(`${name} ${value}${unit} is taken as ${kept}${unit}`)
    return kept
  }
  return {
    scheduler: {
      policy,
      arr,
      frequencyHz: frequencyHz === undefined ? null : bounded('frequency', ' Hz', frequencyHz, LIMITS.frequencyHz),
      averaging:
        averaging === undefined ? LIMITS.averaging.usual : bounded('averaging factor', '', averaging, LIMITS.averaging),
      timeSliceMs: timeSliceMs === undefined ? null : bounded('time slice', ' ms', timeSliceMs, LIMITS.timeSliceMs),
    },
    warnings,
  }
}

/** These settings need a GPU without vGPUs. */
function refuseVgpus(gpu: GpuState, at: string, what: string): void {
  const busy = gpu.vfs.filter((vf) => vf.vgpuType !== 0 || vf.opened !== null)
  if (busy.length === 0) return
  const named = busy.map((vf) => `${vf.uuid ?? vf.opened?.vm ?? 'a type'} on ${vf.bdf}`).join(', ')
  throw new NvError({
    errno: 'EBUSY',
    code: 'busy',
    at,
    message: `${what} of ${gpu.bdf} cannot change: in use by ${named}`,
    hint: `nvgpu vgpu destroy --all --gpu ${gpu.bdf}`,
    object: gpu.bdf,
  })
}

function unsupported(at: string, message: string, hint: string): NvError {
  return new NvError({ errno: 'EOPNOTSUPP', code: 'unsupported', at, message, hint })
}
