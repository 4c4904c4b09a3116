import type { Change } from '../../contract/views/change.ts'
import type { VfView } from '../../contract/views/gpu.ts'
import { NvError } from '../../errors/nv-error.ts'
import type { Machine } from '../machine.ts'
import { requireNotSuspended } from '../not-suspended.ts'
import { parseNumVfs, refuseDriver } from '../nvkm/sriov.ts'
import { findVf, gpuIndex, stateAt } from '../select.ts'
import type { GpuState, HostState, VfState } from '../state.ts'
import { vfDriverName } from '../vf-driver.ts'
import { DRIVER_NAME } from '../vfio/device.ts'
import { vfView } from '../views/vf.ts'
import { onMachine } from './run.ts'

const DRIVERS = [DRIVER_NAME, 'vfio-pci'] as const

/**
 * `vf enable N`: the procedure of an administrator around sriov_numvfs. The current number changes nothing. Another number
 * over enabled VFs goes through 0, if no vGPU is configured. `raw` is the plain write.
 * @throws NvError ERANGE, EBUSY, ENOENT, ENODEV, EINVAL
 */
export function enableVfs(
  host: HostState,
  request: { gpu?: string; count: number | string; raw?: boolean; force?: boolean },
): Change<VfView> {
  requireNotSuspended(host)
  const index = gpuIndex(host, request.gpu)
  const gpu = stateAt(host, index)
  const text = String(request.count)
  const before = gpu.hw.numVfs
  const instances = gpu.gsp.mig.instances.length
  const failed = onMachine(host, index, (machine) => {
    if (request.raw) return machine.writeNumVfs(text, 'hand')
    if (before === 0) return machine.writeNumVfs(text)
    const wanted = parseNumVfs(text, gpu.bdf)
    // the write itself refuses too many and leaves an equal number alone
    if (wanted === before || wanted > machine.totalVfs()) return machine.writeNumVfs(text)
    clearTheWay(machine, gpu, request.force ?? false)
    machine.writeNumVfs('0')
    return machine.writeNumVfs(text)
  })
  const warnings = failed.map(({ vf, error }) => `${vf.bdf} stays unbound: ${error.message} (${error.errno})`)
  warnings.push(...ended(gpu, instances))
  if (before === gpu.hw.numVfs && before > 0) warnings.push(`${gpu.bdf} has ${before} VFs already`)
  return { changed: before !== gpu.hw.numVfs, items: views(host, index), warnings, failed: failed.length > 0 }
}

/** `vf disable`: unbinds idle VFs and writes 0. A vGPU refuses it, unless `force` closes and removes the vGPU. */
export function disableVfs(
  host: HostState,
  request: { gpu?: string; raw?: boolean; force?: boolean } = {},
): Change<VfView> {
  requireNotSuspended(host)
  const index = gpuIndex(host, request.gpu)
  const gpu = stateAt(host, index)
  const gone = views(host, index)
  const instances = gpu.gsp.mig.instances.length
  onMachine(host, index, (machine) => {
    if (!request.raw) clearTheWay(machine, gpu, request.force ?? false)
    machine.writeNumVfs('0', request.raw ? 'hand' : 'tool')
  })
  const warnings = gone.length > 0 ? ended(gpu, instances) : [`${gpu.bdf} has no VFs`]
  return { changed: gone.length > 0, items: gone, warnings }
}

/** GPU instances end with the driver, which is unbound and bound to change the number of VFs. */
function ended({ bdf, gsp }: GpuState, before: number): string[] {
  const lost = before - gsp.mig.instances.length
  if (lost === 0) return []
  return [`${lost === 1 ? 'a GPU instance' : `${lost} GPU instances`} of ${bdf} ended: VFs come first, then instances`]
}

/** Writes sriov_drivers_autoprobe of a PF: whether new VFs are bound to the variant driver. @throws NvError as gpuIndex */
export function setAutoprobe(host: HostState, on: boolean, gpu?: string): void {
  stateAt(host, gpuIndex(host, gpu)).nvkm.sriovDriversAutoprobe = on
}

/** @throws NvError ENODEV (no such VF or driver), EBUSY (bound already), or as the probe fails */
export function bindVf(host: HostState, selector: string, driver: string, gpu?: string): Change<VfView> {
  requireNotSuspended(host)
  const at = findVf(host, selector, gpu)
  const own = vfDriverName(host, DRIVER_NAME)
  const wanted = driver === own ? DRIVER_NAME : DRIVERS.find((known) => known === driver)
  if (!wanted)
    throw new NvError({
      errno: 'ENODEV',
      code: 'not-found',
      at: 'bind_store',
      message: `there is no driver "${driver}"; known: ${own}, vfio-pci`,
      hint: `nvgpu vf bind ${at.vf.bdf}`,
    })
  if (at.vf.driver === wanted)
    return {
      changed: false,
      items: [vfView(host, at)],
      warnings: [
        `${at.vf.bdf} is bound to ${vfDriverName(host, wanted)} already${at.vf.unbound ? ', torn down: unbind it first' : ''}`,
      ],
    }
  if (at.vf.driver !== null)
    throw new NvError({
      errno: 'EBUSY',
      code: 'busy',
      at: 'bind_store',
      message: `${at.vf.bdf} is bound to ${vfDriverName(host, at.vf.driver)}`,
      hint: `nvgpu vf unbind ${at.vf.bdf}`,
      object: at.vf.bdf,
    })
  if (wanted === 'vfio-pci') at.vf.driver = wanted
  else onMachine(host, at.gpu, (machine) => machine.vfio(at.vf).probe())
  return { changed: true, items: [vfView(host, at)], warnings: [] }
}

/** @throws NvError ENODEV, EBUSY (open, or a vGPU is configured on it) */
export function unbindVf(host: HostState, selector: string, gpu?: string): Change<VfView> {
  requireNotSuspended(host)
  const at = findVf(host, selector, gpu)
  if (at.vf.driver === null)
    return { changed: false, items: [vfView(host, at)], warnings: [`${at.vf.bdf} is not bound`] }
  if (at.vf.uuid !== null) throw inTheWay(stateAt(host, at.gpu), [at.vf], 'unbind_store')
  if (at.vf.driver === 'vfio-pci') at.vf.driver = null
  else onMachine(host, at.gpu, (machine) => machine.vfio(at.vf).remove())
  return { changed: true, items: [vfView(host, at)], warnings: [] }
}

/** Unbinds every VF of the variant driver. Configured or open VFs refuse it, and the message names all; `force` closes them. */
function clearTheWay(machine: Machine, gpu: GpuState, force: boolean): void {
  const busy = gpu.vfs.filter((vf) => vf.uuid !== null || vf.opened !== null)
  if (busy.length > 0 && !force) throw inTheWay(gpu, busy, 'sriov_numvfs_store')
  // the later write of sriov_numvfs would be refused without a driver: this comes before any VF is unbound
  if (gpu.vfs.length > 0) refuseDriver({ driver: gpu.nvkm.driver, bdf: gpu.bdf, totalVfs: machine.totalVfs() })
  for (const vf of gpu.vfs) machine.vfio(vf).askToClose()
  for (const vf of gpu.vfs) {
    if (vf.driver !== DRIVER_NAME) continue
    if (vf.opened) machine.vfio(vf).close()
    machine.vfio(vf).remove()
  }
}

function inTheWay(gpu: GpuState, vfs: readonly VfState[], at: string): NvError {
  const named = vfs.map((vf) => `${vf.uuid ?? vf.opened?.vm} on ${vf.bdf}${vf.opened ? ' (running)' : ''}`)
  return new NvError({
    errno: 'EBUSY',
    code: 'busy',
    at,
    message: `${gpu.bdf} carries ${vfs.length === 1 ? 'a vGPU' : `${vfs.length} vGPUs`}: ${named.join(', ')}`,
    hint: `nvgpu vgpu destroy ${vfs.length === 1 ? (vfs[0]?.uuid ?? '') : `--all --gpu ${gpu.bdf}`}`,
    object: gpu.bdf,
  })
}

function views(host: HostState, gpu: number): VfView[] {
  return stateAt(host, gpu).vfs.map((vf) => vfView(host, { gpu, vf }))
}
