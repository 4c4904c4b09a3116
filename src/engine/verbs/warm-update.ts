import { SIM2080_CTRL_CMD_SET_VGPU_SCHEDULER } from '../../abi/sim-ctrl.ts'
import type { Profile } from '../../catalog/profiles.ts'
import type { Change } from '../../contract/views/change.ts'
import type { HostView } from '../../contract/views/host.ts'
import { NvError } from '../../errors/nv-error.ts'
import { shellQuote } from '../../errors/shell-quote.ts'
import { boardOf } from '../board-of.ts'
import { knownType } from '../known-types.ts'
import type { Machine } from '../machine.ts'
import { capture } from '../migration/capture.ts'
import { shownVersion, shownWindow } from '../migration/compat.ts'
import type { VgpuImage } from '../migration/image.ts'
import { encodeImage } from '../migration/image-file.ts'
import { install } from '../migration/install.ts'
import { poweredOn } from '../new-host.ts'
import { stateAt, type VfAt } from '../select.ts'
import { toSparse } from '../sparse.ts'
import type { GpuState, HostState } from '../state.ts'
import { takeInOrder } from '../unwind.ts'
import { hostView } from '../views/host.ts'
import { migOf } from '../views/mig.ts'
import { onMachine } from './run.ts'
import { identity, refuseMigrating } from './vgpus.ts'

const AT = 'host warm-update'

/** A vGPU that ran before the update. */
interface Held {
  at: VfAt
  image: VgpuImage
}

/**
 * Updates the host driver under running vGPUs: saves all vGPUs to host memory, unloads managers and core drivers, boots the
 * firmware of the new release, uploads its types, and restores each vGPU in its place. Framebuffer, channels and mapping stay
 * allocated. A driver that does not boot is rolled back. A vGPU whose guest speaks a version outside the new driver's window
 * is not restored.
 *
 * NVIDIA's own sequence is not public; this one is the simulation's.
 * @returns `failed` when a vGPU was not restored: it is closed, and its image is kept with its VF
 * @throws NvError EINVAL (version, a type that the new release lacks), EBUSY (suspended, migrating), EOPNOTSUPP (not migratable), or the boot error of the new
 *   driver; everything then runs on the old one
 */
export function warmUpdate(host: HostState, request: { toVersion: string }): Change<HostView> {
  const { toVersion } = request
  checkVersion(host, toVersion)
  const from = host.driverVersion
  if (toVersion === from)
    return { changed: false, items: [hostView(host)], warnings: [`the driver is ${from} already`] }
  checkTypes(host, toVersion)
  checkMig(host)
  const gpus = [...host.gpus.keys()].filter((index) => stateAt(host, index).nvkm.driver !== null)
  const held = saveAll(host)
  letGoOfAll(host, gpus)
  host.driverVersion = toVersion
  const refused = bootAll(host, gpus)
  if (refused) {
    host.driverVersion = from
    letGoOfAll(host, gpus)
    const again = bootAll(host, gpus)
    const lost = bringBackAll(host, held)
    if (!again && lost.length === 0) throw rolledBack(refused, toVersion, from)
    const sentence = `the driver ${toVersion} did not boot (${refused.message}), and ${from} is back ${again ? 'only in part' : 'with losses'}`
    return { changed: true, items: [hostView(host)], warnings: [sentence, ...lost], failed: true }
  }
  const lost = bringBackAll(host, held)
  return { changed: true, items: [hostView(host)], warnings: lost, ...(lost.length > 0 ? { failed: true } : {}) }
}

/** Puts all vGPUs into STOP_COPY and saves them. If one cannot be saved, all continue. */
function saveAll(host: HostState): Held[] {
  const open = host.gpus.flatMap(({ vfs }, gpu) => vfs.flatMap((vf) => (vf.opened ? [{ gpu, vf }] : [])))
  for (const at of open) refuseMigrating(host, at)
  return takeInOrder((onError) =>
    open.map((at) => {
      const before = at.vf.mig.state
      onError(() => onMachine(host, at.gpu, (machine) => goBack(machine, at, before)))
      const image = onMachine(host, at.gpu, (machine) => {
        machine.mgr.facts()
        const device = machine.migration(at.vf)
        device.setState('STOP_COPY')
        return capture(machine, at.vf, device.read())
      })
      return { at, image }
    }),
  )
}

function goBack(machine: Machine, { vf }: VfAt, to: VfAt['vf']['mig']['state']): void {
  const device = machine.migration(vf)
  if (device.state !== 'ERROR') device.setState(to)
}

/** Unloads the managers, then the core drivers, also those that booted in part. */
function letGoOfAll(host: HostState, gpus: readonly number[]): void {
  for (const index of gpus) {
    const gpu = stateAt(host, index)
    onMachine(host, index, (machine) => {
      for (const vgpu of Object.values(gpu.mgr?.vgpus ?? {})) {
        if (vgpu.client !== null) machine.mgr.detach(vgpu.id)
      }
      if (gpu.mgr && gpu.nvkm.handle) machine.mgr.letGo()
      try {
        machine.nvkm.remove()
      } catch (error) {
        if (!(error instanceof NvError)) throw error
        // the firmware restarts in any case
        machine.klog.warn(`${gpu.bdf}: unloading the driver: ${error.message} (${error.errno})`)
      }
    })
  }
}

/** Boots every GPU with the driver version of the host. @returns the first error, or null */
function bootAll(host: HostState, gpus: readonly number[]): NvError | null {
  let refused: NvError | null = null
  for (const index of gpus) {
    const gpu = stateAt(host, index)
    newFirmware(gpu, index)
    try {
      onMachine(host, index, (machine) => {
        machine.klog.info(`${gpu.bdf}: driver ${host.driverVersion}`)
        machine.nvkm.probe(true)
        if (gpu.mgr) machine.mgr.takeOver()
        if (gpu.scheduler !== null) tellScheduler(machine, gpu.scheduler)
      })
    } catch (error) {
      if (!(error instanceof NvError)) throw error
      refused ??= error
    }
  }
  return refused
}

/** A new GSP, and a core driver with only its pools: the allocations of vGPUs stay in them. */
function newFirmware(gpu: GpuState, index: number): void {
  const fresh = poweredOn(boardOf(gpu), index, {
    vgpu: gpu.nvkm.supportVgpuMgr,
    registryDwords: gpu.nvkm.registryDwords,
    figures: gpu.figures,
  })
  const { vmmuSegmentSize, eccEnabled, mig } = gpu.gsp
  gpu.gsp = { ...fresh.gsp, vmmuSegmentSize, eccEnabled, mig }
  const { chid, fb, bar1, events, sriovDriversAutoprobe, pfListeners } = gpu.nvkm
  gpu.nvkm = { ...fresh.nvkm, chid, fb, bar1, events, sriovDriversAutoprobe, pfListeners }
}

function tellScheduler(machine: Machine, pvmrl: number): void {
  machine.nvkm.internalControl(
    SIM2080_CTRL_CMD_SET_VGPU_SCHEDULER.cmd,
    SIM2080_CTRL_CMD_SET_VGPU_SCHEDULER.params.encode({ pvmrl }),
  )
}

/** Restores plugin task and state of each vGPU in its place. @returns a warning for each that failed */
function bringBackAll(host: HostState, held: readonly Held[]): string[] {
  const lost = held.flatMap(({ at, image }) => {
    try {
      onMachine(host, at.gpu, (machine) => bringBack(machine, host, at, image))
      return []
    } catch (error) {
      if (!(error instanceof NvError)) throw error
      onMachine(host, at.gpu, (machine) => machine.vfio(at.vf).close())
      const file = encodeImage(image)
      at.vf.saved = { size: file.length, bytes: toSparse(file) }
      return [
        `vGPU ${image.uuid} did not come back (${error.message}); nvgpu vgpu restore --saved ${image.uuid} does it`,
      ]
    }
  })
  for (const [index, gpu] of host.gpus.entries()) if (gpu.mgr && !gpu.nvkm.handle) unbindAll(host, index)
  return lost
}

function bringBack(machine: Machine, host: HostState, { vf }: VfAt, image: VgpuImage): void {
  const { mgr, board, gpu } = machine
  const { id, gfid, dbdf } = mgr.vgpu(vf.index)
  const type = knownType(host, board, image.vgpuType)
  if (!type) throw new Error(`the type ${image.vgpuType} of ${gpu.bdf} is gone`)
  checkWindow(host, machine.profile, image)
  const { pid = 0 } = vf.opened ?? {}
  mgr.reattach({ id, gfid, dbdf, type, pid, ...identity(image.uuid) })
  vf.mig = { state: 'RUNNING', restored: false }
  install(machine, vf, image)
}

/** @throws NvError EINVAL for a guest whose protocol version the driver does not accept */
function checkWindow({ driverVersion }: HostState, { vgpuVersion }: Profile, { version, uuid }: VgpuImage): void {
  if (version >= vgpuVersion.oldest && version <= vgpuVersion.newest) return
  throw new NvError({
    errno: 'EINVAL',
    code: 'conflict',
    at: AT,
    message: `its guest speaks vGPU version ${shownVersion(version)}, and ${driverVersion} takes ${shownWindow(vgpuVersion)}`,
    hint: 'nvgpu host warm-update --to-version VERSION',
    object: uuid,
  })
}

/**
 * A type of a VF that the new release does not have cannot be put back.
 * @throws NvError EINVAL; nothing has changed then
 */
function checkTypes(host: HostState, toVersion: string): void {
  for (const [index, gpu] of host.gpus.entries()) {
    for (const vf of stateAt(host, index).vfs) {
      if (vf.vgpuType === 0 || knownType({ ...host, driverVersion: toVersion }, boardOf(gpu), vf.vgpuType)) continue
      throw new NvError({
        errno: 'EINVAL',
        code: 'profile-limit',
        at: AT,
        message: `the vGPU on ${vf.bdf} has a type that the driver ${toVersion} does not have`,
        hint: `nvgpu vgpu destroy ${vf.bdf}`,
        object: vf.bdf,
      })
    }
  }
}

/**
 * GPU instances end with the driver, and so does MIG where the driver holds it.
 * @throws NvError EBUSY; nothing has changed then
 */
function checkMig(host: HostState): void {
  for (const gpu of host.gpus) {
    const { bdf } = gpu
    const { enabled, instances } = gpu.gsp.mig
    const held = instances.length > 0
    if (!enabled || (!held && migOf(gpu)?.modeInRom)) continue
    throw new NvError({
      errno: 'EBUSY',
      code: 'busy',
      at: AT,
      message: `${held ? 'the GPU instances' : 'MIG'} of ${bdf} would end with the driver`,
      hint: held ? `nvgpu mig destroy --all --gpu ${bdf}` : `nvgpu mig disable ${bdf}`,
      object: bdf,
    })
  }
}

/** Unbinds the VFs of a GPU without a driver. They keep their configuration and their saved images. */
function unbindAll(host: HostState, index: number): void {
  for (const vf of stateAt(host, index).vfs) {
    if (vf.driver !== 'nvidia-vgpu-vfio') continue
    const { vgpuType, placementId, gpuInstanceId, uuid, name, attrs, saved } = vf
    onMachine(host, index, (machine) => machine.vfio(vf).remove())
    Object.assign(vf, { vgpuType, placementId, gpuInstanceId, uuid, name, attrs, saved })
  }
}

function checkVersion(host: HostState, version: string): void {
  if (!/^[3-9]\d{2}\.\d{2,3}(\.\d{2})?$/.test(version)) {
    throw new NvError({
      errno: 'EINVAL',
      code: 'invalid-argument',
      at: AT,
      message: `"${version.slice(0, 32)}" is no driver version such as ${host.driverVersion}`,
      hint: `nvgpu host warm-update --to-version ${shellQuote(host.driverVersion)}`,
    })
  }
  if (!host.suspended) return
  throw new NvError({
    errno: 'EBUSY',
    code: 'busy',
    at: AT,
    message: 'the host is suspended',
    hint: 'nvgpu host resume',
  })
}

function rolledBack(refused: NvError, to: string, from: string): NvError {
  return new NvError({
    errno: refused.errno,
    code: refused.code,
    at: AT,
    message: `the driver ${to} did not boot (${refused.message}); ${from} is back and every vGPU runs on`,
    hint: 'nvgpu host log',
    cause: refused,
  })
}
