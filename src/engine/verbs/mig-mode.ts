import type { Change } from '../../contract/views/change.ts'
import type { MigModeView } from '../../contract/views/mig.ts'
import { NvError } from '../../errors/nv-error.ts'
import { boardOf } from '../board-of.ts'
import { requireNotSuspended } from '../not-suspended.ts'
import { gpuIndex, stateAt } from '../select.ts'
import type { GpuState, HostState } from '../state.ts'
import { migModeView, migOf } from '../views/mig.ts'
import { resetByDriver } from './power.ts'
import { onMachine } from './run.ts'

const AT = 'nvidia_set_mig_mode'

/**
 * Switches MIG of a GPU. A GPU in use gets it at its next reset (pending); the other value before that clears the request. Idle Ampere
 * boards are reset by the driver; newer ones switch at once. VFs are in use by the vGPU manager. MIG ends accounting.
 * @throws NvError EOPNOTSUPP (no MIG), ENODEV (no driver), EBUSY (off: VFs are enabled, or GPU instances exist)
 */
export function setMigMode(host: HostState, request: { gpu?: string; on: boolean }): Change<MigModeView> {
  requireNotSuspended(host)
  const index = gpuIndex(host, request.gpu)
  const gpu = stateAt(host, index)
  const table = capable(gpu)
  const { enabled } = gpu.gsp.mig
  const word = request.on ? 'on' : 'off'
  const done = (warnings: string[], changed = true) => ({ changed, items: [migModeView(host, index)], warnings })
  if ((gpu.migPending ?? enabled) === request.on) {
    const when = gpu.migPending === null ? 'already' : 'after the next reset already'
    return done([`MIG of ${gpu.bdf} is ${word} ${when}`], false)
  }
  if (enabled === request.on) {
    gpu.migPending = null
    return done([])
  }
  if (!request.on) refuseUsed(gpu)
  if (gpu.hw.numVfs > 0) {
    gpu.migPending = request.on
    return done([`${gpu.bdf} is in use by another client: MIG is ${word} after nvgpu gpu reset ${gpu.bdf}`])
  }
  if (!table.modeInRom) {
    onMachine(host, index, (machine) => machine.partitions((partitions) => partitions.setMode(request.on)))
    if (request.on) gpu.modes.accounting = false
    return done([])
  }
  gpu.migPending = request.on
  const { warnings, failed } = resetByDriver(host, index)
  return { ...done(warnings), ...(failed && { failed }) }
}

/** @throws NvError EBUSY */
function refuseUsed(gpu: GpuState): void {
  const { numVfs } = gpu.hw
  const instances = gpu.gsp.mig.instances.length
  if (numVfs === 0 && instances === 0) return
  const what = numVfs > 0 ? `${numVfs} VFs are enabled` : `it has ${instances} GPU instances`
  throw new NvError({
    errno: 'EBUSY',
    code: 'busy',
    at: AT,
    message: `MIG of ${gpu.bdf} cannot be switched off, in use by another client: ${what}`,
    hint: numVfs > 0 ? `nvgpu vf disable --gpu ${gpu.bdf}` : `nvgpu mig destroy --all --gpu ${gpu.bdf}`,
    object: gpu.bdf,
  })
}

/** The table of a GPU that can have MIG, with a driver. @throws NvError EOPNOTSUPP, ENODEV */
function capable(gpu: GpuState): NonNullable<ReturnType<typeof migOf>> {
  const table = migOf(gpu)
  if (table === null) {
    throw new NvError({
      errno: 'EOPNOTSUPP',
      code: 'unsupported',
      at: AT,
      message: `${boardOf(gpu).marketingName} has no MIG`,
      hint: 'nvgpu host boards',
      object: gpu.bdf,
    })
  }
  if (gpu.nvkm.driver !== null) return table
  throw new NvError({
    errno: 'ENODEV',
    code: 'not-running',
    at: AT,
    message: `${gpu.bdf} has no driver`,
    hint: `nvgpu gpu bind ${gpu.bdf}`,
    object: gpu.bdf,
  })
}

/** The table of a GPU with MIG on. @throws NvError EOPNOTSUPP (no MIG, or off), ENODEV (no driver) */
export function migOn(gpu: GpuState): ReturnType<typeof capable> {
  const table = capable(gpu)
  if (gpu.gsp.mig.enabled) return table
  throw new NvError({
    errno: 'EOPNOTSUPP',
    code: 'unsupported',
    at: AT,
    message: `MIG of ${gpu.bdf} is off${gpu.migPending ? ' until its next reset' : ''}`,
    hint: gpu.migPending ? `nvgpu gpu reset ${gpu.bdf}` : `nvgpu mig enable ${gpu.bdf}`,
    object: gpu.bdf,
  })
}
