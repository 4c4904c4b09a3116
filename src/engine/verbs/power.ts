import { profileOf } from '../../catalog/profiles.ts'
import type { Change } from '../../contract/views/change.ts'
import type { GpuView } from '../../contract/views/gpu.ts'
import type { HostView } from '../../contract/views/host.ts'
import { NvError } from '../../errors/nv-error.ts'
import { boardOf } from '../board-of.ts'
import { Machine } from '../machine.ts'
import { poweredOn } from '../new-host.ts'
import { requireNotSuspended } from '../not-suspended.ts'
import { gpuIndex, stateAt } from '../select.ts'
import type { GpuState, HostState } from '../state.ts'
import { takeInOrder } from '../unwind.ts'
import { gpuView } from '../views/gpu.ts'
import { hostView } from '../views/host.ts'
import { migOf } from '../views/mig.ts'
import { lostVgpus, namedVgpus } from './lost-vgpus.ts'
import { onMachine } from './run.ts'

/** D3hot and back: 200 us each way (PCI power management). */
const D3HOT_US = 200

/**
 * System suspend: GPU by GPU first the vGPU manager, then the core driver. Running vGPUs are paused; with `strict` they
 * refuse the suspend, as the order of the kernel implies.
 * @throws NvError EBUSY (strict and a vGPU runs), EIO; then nothing is suspended
 */
export function suspendHost(host: HostState, request: { strict?: boolean } = {}): Change<HostView> {
  if (host.suspended) return { changed: false, items: [hostView(host)], warnings: ['the host is suspended already'] }
  takeInOrder((onError) => {
    for (const index of host.gpus.keys()) {
      const gpu = stateAt(host, index)
      onError(() => unpause(gpu))
      if (!request.strict) for (const vf of gpu.vfs) if (vf.opened && vf.paused === null) vf.paused = 'host'
      onMachine(host, index, (machine) => machine.mgr.suspend())
      onError(() => onMachine(host, index, (machine) => machine.mgr.resume()))
      onMachine(host, index, (machine) => {
        machine.nvkm.suspend()
        machine.clock.advance(D3HOT_US)
      })
      onError(() => onMachine(host, index, (machine) => machine.nvkm.resume()))
    }
  })
  host.suspended = true
  return { changed: true, items: [hostView(host)], warnings: [] }
}

/** System resume: first the core drivers, then the managers and the vGPUs that the suspend paused. @throws NvError EIO */
export function resumeHost(host: HostState): Change<HostView> {
  if (!host.suspended) return { changed: false, items: [hostView(host)], warnings: ['the host is not suspended'] }
  for (const index of host.gpus.keys()) {
    onMachine(host, index, (machine) => {
      machine.clock.advance(D3HOT_US)
      machine.nvkm.resume()
      machine.mgr.resume()
    })
    unpause(stateAt(host, index))
  }
  host.suspended = false
  return { changed: true, items: [hostView(host)], warnings: [] }
}

/** Power off and on. VFs, types in GSP, vGPUs and modes are lost; boards, uploaded types and armed faults stay. */
export function powerCycle(host: HostState): Change<HostView> {
  host.suspended = false
  const answers = [...host.gpus.keys()].map((index) => {
    const lost = instancesOf(stateAt(host, index))
    return booted(host, index, coldBoot(host, index, 'power'), lost)
  })
  return {
    changed: true,
    items: [hostView(host)],
    warnings: answers.flatMap((answer) => answer.warnings),
    failed: answers.some((answer) => answer.failed),
  }
}

/**
 * Secondary bus reset of one GPU: unloads the driver, resets the hardware, applies pending settings and probes the driver.
 * Its VFs are lost.
 * @throws NvError EBUSY when the GPU has vGPUs; the message names all of them
 */
export function resetGpu(host: HostState, selector?: string): Change<GpuView> {
  requireNotSuspended(host)
  const index = gpuIndex(host, selector)
  refuseVgpus(stateAt(host, index), 'pci_reset_function', `nvgpu vgpu destroy --all --gpu ${stateAt(host, index).bdf}`)
  const lost = instancesOf(stateAt(host, index))
  return booted(host, index, coldBoot(host, index, 'reset'), lost)
}

/**
 * The reset that the driver does itself, of an idle GPU, to switch MIG. The driver and its settings stay.
 * @throws nothing: a failed probe gives a warning and `failed`
 */
export function resetByDriver(host: HostState, index: number): Change<GpuView> {
  const { modes } = stateAt(host, index)
  const refused = coldBoot(host, index, 'reset')
  const fresh = stateAt(host, index)
  fresh.modes = { ...modes, accounting: modes.accounting && !fresh.gsp.mig.enabled }
  return booted(host, index, refused, 0)
}

/**
 * Unbinds the core driver from a PF. Bound VFs get the PF event DRIVER_UNBIND. In a profile without that event an attached
 * manager refuses the unbind. The vGPUs of the GPU are lost, and named in warnings.
 * @param request.unlessUsed refuses while the GPU has vGPUs
 * @throws NvError EBUSY
 */
export function unbindGpu(host: HostState, selector?: string, request: { unlessUsed?: boolean } = {}): Change<GpuView> {
  requireNotSuspended(host)
  const index = gpuIndex(host, selector)
  const gpu = stateAt(host, index)
  if (gpu.nvkm.driver === null)
    return { changed: false, items: [gpuView(host, index)], warnings: [`${gpu.bdf} has no driver`] }
  if (request.unlessUsed) refuseVgpus(gpu, 'unbind_store', `nvgpu gpu unbind ${gpu.bdf} --force`)
  const before = namedVgpus(host, gpu.bdf)
  onMachine(host, index, (machine) => {
    if (machine.profile.sriovConfigure === 'event') machine.notifyDriverUnbind()
    else if (gpu.mgr) {
      throw new NvError({
        errno: 'EBUSY',
        code: 'busy',
        at: 'nvkm_device_pci_remove',
        message: `a vGPU manager is attached to ${gpu.bdf}`,
        hint: `nvgpu vf disable --gpu ${gpu.bdf}`,
        object: gpu.bdf,
      })
    }
    machine.nvkm.remove()
  })
  return { changed: true, items: [gpuView(host, index)], warnings: lostVgpus(before, host) }
}

/** Binds the core driver: GSP boots and vGPU support starts. Existing VFs stay unbound. @throws NvError of the probe */
export function bindGpu(host: HostState, selector?: string): Change<GpuView> {
  requireNotSuspended(host)
  const index = gpuIndex(host, selector)
  const gpu = stateAt(host, index)
  if (gpu.nvkm.driver !== null)
    return {
      changed: false,
      items: [gpuView(host, index)],
      warnings: [`${gpu.bdf} is bound to ${profileOf(host).pciDrivers.pf} already`],
    }
  const { vfs, hw } = gpu
  const refused = coldBoot(host, index, 'power')
  const fresh = stateAt(host, index)
  fresh.vfs = vfs
  fresh.hw.config = hw.config
  fresh.hw.numVfs = hw.numVfs
  return booted(host, index, refused, 0)
}

/** The answer after a cold boot. A failed probe gives a warning and `failed`; the verb is not undone. */
function booted(host: HostState, index: number, refused: NvError | null, lost: number): Change<GpuView> {
  const gpu = stateAt(host, index)
  const step = gpu.gsp.boot.find((known) => known.errno !== null)
  const what = step ? `${step.step}: ${step.note} (${step.errno})` : refused && `${refused.message} (${refused.errno})`
  const warnings = what ? [`${gpu.bdf} has no driver: ${what}`] : []
  if (lost > 0) warnings.push(`${lost === 1 ? 'a GPU instance' : `${lost} GPU instances`} of ${gpu.bdf} ended`)
  return { changed: true, items: [gpuView(host, index)], warnings, failed: gpu.nvkm.driver === null }
}

/**
 * Powers a GPU on and probes its driver; settings of the administrator stay.
 * @param kind whether the driver is new too
 * @returns the error of a failed probe; the GPU then has no driver
 */
function coldBoot(host: HostState, index: number, kind: 'power' | 'reset'): NvError | null {
  const old = stateAt(host, index)
  const fresh = poweredOn(boardOf(old), index, {
    vgpu: old.nvkm.supportVgpuMgr,
    registryDwords: old.nvkm.registryDwords,
    figures: old.figures,
  })
  fresh.klog = old.klog
  fresh.trace = old.trace
  fresh.driverOverride = old.driverOverride
  fresh.nvkm.sriovDriversAutoprobe = old.nvkm.sriovDriversAutoprobe
  fresh.gsp.vmmuSegmentSize = old.gsp.vmmuSegmentSize
  fresh.gsp.eccEnabled = old.eccPending ?? old.gsp.eccEnabled
  fresh.gsp.mig.enabled = migAfter(old, kind)
  host.gpus[index] = fresh
  const machine = new Machine(host, fresh)
  machine.klog.info(`${fresh.bdf}: power-on reset`)
  let refused: NvError | null = null
  try {
    machine.nvkm.probe()
  } catch (error) {
    if (!(error instanceof NvError)) throw error
    refused = error
    fresh.nvkm.running = false
    fresh.nvkm.driver = null
    fresh.gsp.power = 'failed'
    machine.klog.err(`${fresh.bdf}: probe failed with error ${error.errno}: ${error.message}`)
  }
  machine.flush()
  return refused
}

/** MIG mode after a boot: the GPU keeps it on some boards; on the others the driver holds it and ends with the power. */
function migAfter(gpu: GpuState, kind: 'power' | 'reset'): boolean {
  const table = migOf(gpu)
  return table !== null && (kind === 'reset' || table.modeInRom) && (gpu.migPending ?? gpu.gsp.mig.enabled)
}

function instancesOf({ gsp }: GpuState): number {
  return gsp.mig.instances.length
}

function unpause(gpu: GpuState): void {
  for (const vf of gpu.vfs) if (vf.paused === 'host') vf.paused = null
}

function refuseVgpus(gpu: GpuState, at: string, hint: string): void {
  const busy = gpu.vfs.filter((vf) => vf.uuid !== null || vf.opened)
  if (busy.length === 0) return
  const named = busy.map((vf) => `${vf.uuid ?? vf.opened?.vm} on ${vf.bdf}`).join(', ')
  throw new NvError({
    errno: 'EBUSY',
    code: 'busy',
    at,
    message: `${gpu.bdf} carries vGPUs: ${named}`,
    hint,
    object: gpu.bdf,
  })
}
