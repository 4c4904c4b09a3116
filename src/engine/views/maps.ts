import { className } from '../../abi/rm-objects.ts'
import { profileOf } from '../../catalog/profiles.ts'
import type { MapView } from '../../contract/views/gpu.ts'
import type { GspObjectView, GspPluginView } from '../../contract/views/gsp.ts'
import { boardOf } from '../board-of.ts'
import { knownType } from '../known-types.ts'
import { gapsOf, largestGap, usedOf } from '../nvkm/ranges.ts'
import { gridOf, placementSize } from '../placement/grid.ts'
import { stateAt } from '../select.ts'
import type { GpuState, HostState, Pool } from '../state.ts'
import { eachGpu } from './each-gpu.ts'
import { gspClients, migState, pluginTasks } from './gsp-inside.ts'
import { gpuInstanceViews, migOf } from './mig.ts'
import { hex } from './words.ts'

/** Framebuffer allocations of one GPU, or of each. @throws NvError as eachGpu */
export function fbMaps(host: HostState, gpu?: string): MapView[] {
  return eachGpu(host, gpu, (index) => [mapView(host, index, 'bytes', stateAt(host, index).nvkm.fb)])
}

/** BAR1 mappings of one GPU, or of each. @throws NvError as eachGpu */
export function bar1Maps(host: HostState, gpu?: string): MapView[] {
  return eachGpu(host, gpu, (index) => [mapView(host, index, 'bytes', stateAt(host, index).nvkm.bar1)])
}

/** Channel ids of one GPU, or of each. @throws NvError as eachGpu */
export function chidMaps(host: HostState, gpu?: string): MapView[] {
  return eachGpu(host, gpu, (index) => [chidMapView(host, index)])
}

/**
 * Channel ids of host and vGPUs in one map. The ids that are not reserved for vGPUs are the host's: those that it does not
 * use count neither as used nor as free.
 */
function chidMapView(host: HostState, index: number): MapView {
  const { used, reserved } = stateAt(host, index).nvkm.chid
  const taken = [
    ...used.used.filter((range) => range.owner !== 'vgpu'),
    ...reserved.used.filter((range) => range.owner !== HOST),
  ]
  const forVgpus = gapsOf(reserved).map((gap) => ({ ...gap, owner: '' }))
  const idle = gapsOf({ base: 0, size: used.size, used: ascending([...taken, ...forVgpus]) })
  const pool = {
    base: 0,
    size: used.size,
    used: ascending([...taken, ...idle.map((gap) => ({ ...gap, owner: HOST }))]),
  }
  const inUse = taken.reduce((sum, { size }) => sum + size, 0)
  return { ...mapView(host, index, 'channels', pool), used: inUse, ...freeOf(reserved) }
}

/** Slots of one GPU, or of each, by placement id; none of a GPU that has no placement ids now. @throws NvError as eachGpu */
export function placementMaps(host: HostState, gpu?: string): MapView[] {
  return eachGpu(host, gpu, (index) => {
    const state = stateAt(host, index)
    const board = boardOf(state)
    const grid = gridOf(board, profileOf(host), state.mgr?.heterogeneous ?? false)
    const { mode, region } = grid
    if (mode === 'none') return []
    const used = state.vfs.flatMap((vf) => {
      const type = knownType(host, board, vf.vgpuType)
      if (vf.placementId === null || vf.gpuInstanceId !== null || type === undefined) return []
      return [{ offset: vf.placementId, size: placementSize(grid, type), owner: `vgpu ${vf.index}` }]
    })
    return [mapView(host, index, 'slots', { base: 0, size: region, used: ascending(used) })]
  })
}

/** Slots of one GPU, or of each with MIG on, by GPU instance. @throws NvError as eachGpu */
export function instanceMaps(host: HostState, gpu?: string): MapView[] {
  return eachGpu(host, gpu, (index) => {
    const state = stateAt(host, index)
    const table = migOf(state)
    if (table === null || !migState(state).enabled) return []
    const instances = gpuInstanceViews(host, String(index))
    const owner = (id: number) => `GPU instance ${id}`
    const used = instances.map(({ id, placement: { start, size } }) => ({ offset: start, size, owner: owner(id) }))
    const map = mapView(host, index, 'slots', { base: 0, size: table.grid, used: ascending(used) })
    const known = new Map(instances.map(({ id, profile, vgpus }) => [owner(id), { id, profile: profile.name, vgpus }]))
    const ranges = map.ranges.map((range) => {
      const instance = known.get(range.owner ?? '')
      return instance === undefined ? range : { ...range, instance }
    })
    return [{ ...map, ranges }]
  })
}

/** Owner of the channels that are not for vGPUs. */
const HOST = 'host'

function ascending(ranges: Pool['used']): Pool['used'] {
  return ranges.sort((a, b) => a.offset - b.offset)
}

/** RM objects in the firmware of one GPU, or of each. @throws NvError as eachGpu */
export function gspObjects(host: HostState, gpu?: string): GspObjectView[] {
  return eachGpu(host, gpu, (index) => objectsOf(host, index))
}

/** vGPU plugin tasks in the firmware of one GPU, or of each. @throws NvError as eachGpu */
export function gspPlugins(host: HostState, gpu?: string): GspPluginView[] {
  return eachGpu(host, gpu, (index) => pluginsOf(host, index))
}

function objectsOf(host: HostState, index: number): GspObjectView[] {
  const gpu = stateAt(host, index)
  return Object.entries(gspClients(gpu)).flatMap(([client, objects]) =>
    Object.entries(objects).map(([handle, object]) => ({
      gpu: index,
      client,
      handle,
      class: hex(object.class),
      className: className(object.class),
      parent: hex(object.parent),
      owner: ownerOf(gpu, Number(client), profileOf(host).pciDrivers.pf),
    })),
  )
}

function pluginsOf(host: HostState, index: number): GspPluginView[] {
  const gpu = stateAt(host, index)
  return pluginTasks(gpu).map((plugin) => ({
    gpu: index,
    gfid: plugin.gfid,
    vf: gpu.vfs[plugin.gfid - 1]?.bdf ?? '',
    state: plugin.state,
    vgpuType: plugin.vgpuType,
    uuid: plugin.uuid === '' ? null : plugin.uuid,
    instance: hex(plugin.instance),
    fb: { name: 'guest framebuffer', addr: hex(plugin.fb.addr), size: plugin.fb.size },
    heap: { name: 'management heap', addr: hex(plugin.heap.addr), size: plugin.heap.size },
    numChannels: plugin.numChannels,
    numPluginChannels: plugin.numPluginChannels,
    busMaster: plugin.busMaster,
  }))
}

function ownerOf(gpu: GpuState, client: number, core: string): string | null {
  if (client === gpu.nvkm.internal.client) return 'GSP'
  if (client === gpu.mgr?.client) return 'vGPU manager'
  const vgpu = Object.values(gpu.mgr?.vgpus ?? {}).find((known) => known.client === client)
  return vgpu ? `vGPU ${vgpu.id}` : core
}

function freeOf(pool: Pool): Pick<MapView, 'largestFree' | 'free' | 'gaps'> {
  return { largestFree: largestGap(pool), free: pool.size - usedOf(pool), gaps: gapsOf(pool).length }
}

function mapView(host: HostState, index: number, unit: MapView['unit'], pool: Pool): MapView {
  const free = gapsOf(pool).map((gap) => ({ offset: gap.offset, size: gap.size, owner: null }))
  const used = pool.used.map(({ offset, size, owner, target }) => ({
    offset,
    size,
    owner,
    ...(target === undefined ? {} : { target: hex(target) }),
    ...vgpuOf(stateAt(host, index), owner),
  }))
  return {
    gpu: index,
    bdf: stateAt(host, index).bdf,
    unit,
    base: pool.base,
    size: pool.size,
    used: usedOf(pool),
    ...freeOf(pool),
    ranges: [...free, ...used].sort((a, b) => a.offset - b.offset),
  }
}

/** The vGPU that an owner such as `vgpu 0 heap` names by the index of its VF. */
function vgpuOf(gpu: GpuState, owner: string): Pick<MapView['ranges'][number], 'vgpu'> {
  const vf = gpu.vfs[Number(/^vgpu (\d+)\b/.exec(owner)?.[1] ?? Number.NaN)]
  return vf === undefined || vf.uuid === null ? {} : { vgpu: { vfIndex: vf.index, uuid: vf.uuid, name: vf.name } }
}
