import { parseBdf } from '../abi/pci.ts'
import { profileOf } from '../catalog/profiles.ts'
import { boardOf } from './board-of.ts'
import { ConfigSpace } from './hw/config-space.ts'
import { readSriov } from './hw/pf.ts'
import { checkInstances } from './instance-invariants.ts'
import { knownType } from './known-types.ts'
import type { DeviceState } from './migration/states.ts'
import { gridOf, mayBeOn, overlap, placementSize } from './placement/grid.ts'
import { groundOf } from './placement/ground.ts'
import type { GpuState, HostState, PluginState, Pool, VgpuState } from './state.ts'
import { migNow } from './views/mig.ts'

/**
 * Checks the invariants of a state between two commands.
 * @param touched indices of the GPUs to check; the others are not loaded
 * @returns one sentence for each violation
 */
export function checkHost(state: HostState, touched: readonly number[]): string[] {
  const seen = new Map<string, string>()
  const broken = touched.flatMap((index) => {
    const gpu = state.gpus[index]
    return gpu ? checkGpu(state, gpu, seen).map((sentence) => `${gpu.bdf}: ${sentence}`) : []
  })
  return [...broken, ...checkDefinitions(state)]
}

function checkDefinitions({ definitions }: HostState): string[] {
  const names = new Map<string, string>()
  return Object.entries(definitions).flatMap(([key, { uuid, name }]) => {
    const other = name === null ? undefined : names.get(name)
    if (name !== null) names.set(name, uuid)
    return [
      ...(key === uuid ? [] : [`definition ${key} says it is ${uuid}`]),
      ...(other === undefined ? [] : [`definitions ${other} and ${uuid} are both named "${name}"`]),
    ]
  })
}

function checkGpu(state: HostState, gpu: GpuState, seen: Map<string, string>): string[] {
  return [
    ...checkPool('framebuffer', gpu.nvkm.fb),
    ...checkPool('BAR1', gpu.nvkm.bar1),
    ...checkPool('host channels', gpu.nvkm.chid.used),
    ...checkPool('vGPU channels', gpu.nvkm.chid.reserved),
    ...checkVfs(gpu, seen),
    ...checkManager(state, gpu),
    ...checkPlacements(state, gpu),
    ...checkInstances(state, gpu),
    ...checkMigrating(state, gpu),
    ...Object.values(gpu.mgr?.vgpus ?? {}).flatMap((vgpu) => checkVgpu(gpu, vgpu)),
    ...checkNothingElseTaken(gpu),
  ]
}

function checkPool(name: string, pool: Pool): string[] {
  const broken: string[] = []
  let end = pool.base
  for (const range of pool.used) {
    if (range.size <= 0) broken.push(`${name}: a range of size ${range.size} at ${range.offset}`)
    if (range.offset < end) broken.push(`${name}: the range at ${range.offset} overlaps or is out of order`)
    end = range.offset + range.size
  }
  if (end > pool.base + pool.size)
    broken.push(`${name}: the last range ends at ${end}, the pool at ${pool.base + pool.size}`)
  return broken
}

function checkVfs(gpu: GpuState, seen: Map<string, string>): string[] {
  const broken: string[] = []
  const sriov = readSriov(new ConfigSpace(gpu.hw.config, () => {}))
  if (gpu.vfs.length !== gpu.hw.numVfs) broken.push(`${gpu.vfs.length} VFs are listed and ${gpu.hw.numVfs} are enabled`)
  if (sriov && sriov.numVfs !== gpu.hw.numVfs)
    broken.push(`NumVFs of the SR-IOV capability is ${sriov.numVfs}, not ${gpu.hw.numVfs}`)
  for (const [index, vf] of gpu.vfs.entries()) {
    if (vf.index !== index) broken.push(`VF ${index} says it is ${vf.index}`)
    if (vf.opened && vf.vgpuType === 0) broken.push(`VF ${index} is open and has no type`)
    if (vf.opened && vf.driver !== 'nvidia-vgpu-vfio')
      broken.push(`VF ${index} is open and not bound to the variant driver`)
    if ((vf.opened !== null) !== (gpu.mgr?.vgpus[index]?.status === true))
      broken.push(`VF ${index} and the manager disagree whether a vGPU runs`)
    if (vf.uuid === null) continue
    if (vf.vgpuType === 0) broken.push(`VF ${index} has vGPU ${vf.uuid} and no type`)
    const other = seen.get(vf.uuid)
    if (other !== undefined) broken.push(`vGPU ${vf.uuid} is on ${other} too`)
    seen.set(vf.uuid, vf.bdf)
  }
  return broken
}

function checkManager(state: HostState, gpu: GpuState): string[] {
  const bound = gpu.vfs.filter((vf) => vf.driver === 'nvidia-vgpu-vfio' && !vf.unbound)
  const refs = gpu.mgr?.refs ?? 0
  const broken: string[] = []
  if (refs !== bound.length) broken.push(`the manager has ${refs} references for ${bound.length} bound VFs`)
  const listening = profileOf(state).sriovConfigure === 'event' ? bound.map((vf) => vf.index) : []
  if ([...gpu.nvkm.pfListeners].sort((a, b) => a - b).join() !== listening.join())
    broken.push(
      `VFs ${gpu.nvkm.pfListeners.join(', ') || 'none'} listen to PF events, ${listening.join(', ') || 'none'} are bound`,
    )
  if (gpu.mgr?.suspended && !state.suspended) broken.push('the manager is suspended and the host is not')
  if ((gpu.mgr !== null) !== gpu.nvkm.handle) broken.push('the attached handle and the manager disagree')
  if (gpu.mgr && !gpu.gsp.clients[hex(gpu.mgr.client)])
    broken.push(`GSP does not know the manager's client ${hex(gpu.mgr.client)}`)
  for (const { client } of Object.values(gpu.mgr?.vgpus ?? {}))
    if (client === gpu.mgr?.client) broken.push(`the manager and a vGPU have one client ${hex(client)}`)
  const sharing = gpu.gsp.mig.enabled ? [] : gpu.vfs.filter((vf) => vf.vgpuType !== 0)
  const types = new Set(sharing.map((vf) => vf.vgpuType))
  if (profileOf(state).sharing === 'same-type' && !gpu.mgr?.heterogeneous && types.size > 1)
    broken.push(`types ${[...types].join(', ')} share one GPU`)
  return broken
}

/** State of the plugin task by device state; undefined when no command ends in that state. ERROR allows any. */
const PLUGIN_STATE: Readonly<Record<DeviceState, PluginState['state'] | 'none' | undefined>> = {
  RUNNING: 'running',
  STOP: 'stopped-work',
  STOP_COPY: 'stopped-work',
  PRE_COPY: 'none',
  RESUMING: 'none',
  ERROR: undefined,
}

/** Exactly the migrating vGPUs have a migration record. */
function checkMigrating(state: HostState, gpu: GpuState): string[] {
  return gpu.vfs.flatMap((vf) => {
    const leaving = state.migrations.some(({ phase, uuid }) => phase === 'leaving' && uuid === vf.uuid)
    if (vf.opened === null && vf.mig.state !== 'RUNNING')
      return [`VF ${vf.index} is closed in device state ${vf.mig.state}`]
    if ((vf.mig.state === 'STOP_COPY') === (leaving && vf.opened !== null)) return []
    return [`VF ${vf.index} is in device state ${vf.mig.state} and ${leaving ? 'leaves' : 'does not leave'} this host`]
  })
}

/** In a mode with placement ids each vGPU has one. No two vGPUs overlap on the GPU, or inside one GPU instance. */
function checkPlacements(state: HostState, gpu: GpuState): string[] {
  const board = boardOf(gpu)
  const grid = gridOf(board, profileOf(state), gpu.mgr?.heterogeneous ?? false)
  const mig = migNow(gpu)
  const broken: string[] = []
  const taken: { vf: number; id: number; size: number; gpuInstanceId: number | null }[] = []
  for (const { index, vgpuType, placementId, gpuInstanceId } of gpu.vfs) {
    const type = vgpuType === 0 ? undefined : knownType(state, board, vgpuType)
    if (!type) {
      if (placementId !== null) broken.push(`VF ${index} has placement ${placementId} and no type`)
      continue
    }
    const instance = mig.instances.find(({ swizzId }) => swizzId === gpuInstanceId)
    const ground = groundOf(grid, mig.table, type, instance)
    if (ground.grid.mode === 'none') {
      if (placementId !== null) broken.push(`VF ${index} has placement ${placementId} where there are none`)
      continue
    }
    const size = placementSize(ground.grid, ground.type)
    if (placementId === null || !mayBeOn(ground.grid, ground.type, placementId))
      broken.push(`VF ${index} has placement ${placementId}, which ${type.vgpuName} cannot have`)
    const beside = taken.filter((known) => known.gpuInstanceId === gpuInstanceId)
    const other = beside.find((known) => placementId !== null && overlap(known, { id: placementId, size }))
    if (other) broken.push(`the placements of VFs ${other.vf} and ${index} overlap`)
    taken.push({ vf: index, id: placementId ?? 0, size, gpuInstanceId })
  }
  return broken
}

/** A running vGPU owns the resources in its record, and its plugin task agrees. */
function checkVgpu(gpu: GpuState, vgpu: VgpuState): string[] {
  const name = `vGPU ${vgpu.id}`
  const plugin = gpu.gsp.plugins[vgpu.gfid]
  const vf = gpu.vfs[vgpu.id]
  const broken: string[] = []
  if (!vgpu.status || !vgpu.chid || !vgpu.fb || !vgpu.heap || !vgpu.bar1 || vgpu.client === null)
    return [`${name} is half made`]
  const { fb, heap, bar1, chid } = vgpu
  if (vgpu.gfid !== vgpu.id + 1) broken.push(`${name} has gfid ${vgpu.gfid}`)
  if (vf && (parseBdf(vf.bdf) ?? 0) % 0x10000 !== vgpu.dbdf) broken.push(`${name} has the address of another VF`)
  if (vf && vf.uuid !== null && vf.uuid !== vgpu.uuid) broken.push(`${name} and its VF have two UUIDs`)
  if (fb.addr % gpu.nvkm.vmmuSegmentSize !== 0)
    broken.push(`${name}: framebuffer 0x${fb.addr.toString(16)} is not aligned to the VMMU segment`)
  for (const extent of [fb, heap]) {
    if (!gpu.nvkm.fb.used.some((range) => range.offset === extent.addr && range.size === extent.size))
      broken.push(`${name}: framebuffer 0x${extent.addr.toString(16)} is not marked as used`)
  }
  if (!gpu.nvkm.bar1.used.some((range) => range.offset === bar1.offset && range.target === heap.addr))
    broken.push(`${name}: its BAR1 mapping is gone`)
  if (!gpu.nvkm.chid.reserved.used.some((range) => range.offset === chid.offset && range.size === chid.num))
    broken.push(`${name}: its channels are not marked as used`)
  if (!gpu.gsp.clients[hex(vgpu.client)]) broken.push(`${name}: GSP does not know client ${hex(vgpu.client)}`)
  if (!plugin) return [...broken, `${name} has no plugin task`]
  if (plugin.heap.addr !== heap.addr || plugin.fb.addr !== fb.addr)
    broken.push(`${name} and its plugin task name different memory`)
  const wanted = vf && PLUGIN_STATE[vf.mig.state]
  const failed = vgpu.failed !== null && plugin.state === 'failed'
  if (wanted !== undefined && plugin.state !== wanted && !failed)
    broken.push(`${name} is in device state ${vf?.mig.state} and its plugin task is ${plugin.state}`)
  return broken
}

/**
 * Every allocation belongs to an existing vGPU. Plugin tasks are exempt: a task that GSP refused to shut down outlives its
 * vGPU, because a destroy continues after that error.
 */
function checkNothingElseTaken(gpu: GpuState): string[] {
  const vgpus = Object.values(gpu.mgr?.vgpus ?? {})
  const broken: string[] = []
  const count = (pool: Pool, prefix: string) => pool.used.filter((range) => range.owner.startsWith(prefix)).length
  if (count(gpu.nvkm.fb, 'vgpu ') !== 2 * vgpus.length)
    broken.push(`${count(gpu.nvkm.fb, 'vgpu ')} framebuffer ranges for ${vgpus.length} vGPUs`)
  if (gpu.nvkm.bar1.used.length !== vgpus.length)
    broken.push(`${gpu.nvkm.bar1.used.length} BAR1 mappings for ${vgpus.length} vGPUs`)
  if (count(gpu.nvkm.chid.reserved, 'vgpu ') !== vgpus.length)
    broken.push(`${count(gpu.nvkm.chid.reserved, 'vgpu ')} channel blocks for ${vgpus.length} vGPUs`)
  return broken
}

function hex(value: number): string {
  return `0x${value.toString(16)}`
}
