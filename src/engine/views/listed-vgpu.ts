import { MiB } from '../../abi/align.ts'
import type { ListedVgpuView } from '../../contract/views/vgpu.ts'
import { boardOf } from '../board-of.ts'
import { definitionsOf, matching } from '../definitions/find.ts'
import { displayLayouts } from '../guest/displays.ts'
import { knownType } from '../known-types.ts'
import { gpuAt } from '../lookup.ts'
import { configured, noVgpu, searchVgpu, stateAt } from '../select.ts'
import type { Definition, HostState } from '../state.ts'
import { definitionView } from './definition.ts'
import { vgpuView, vgpuViews } from './vgpu.ts'
import { typeRef } from './words.ts'

/** Configured vGPUs, defined vGPUs, or both. Without `active`, a configured vGPU needs a definition. */
export function listVgpus(
  host: HostState,
  filter: { gpu?: string | undefined; active: boolean; defined: boolean },
): ListedVgpuView[] {
  const { gpu, active, defined } = filter
  const present = vgpuViews(host, gpu).filter((vgpu) => active || vgpu.definition !== null)
  if (!defined) return present
  return [...present, ...inactive(host, gpu).map((definition) => definedVgpuView(host, definition))]
}

/** A definition without a configured vGPU. */
export function definedVgpuView(host: HostState, definition: Definition): ListedVgpuView {
  const index = gpuAt(host, definition.gpu) ?? null
  const gpu = index === null ? undefined : stateAt(host, index)
  const type = gpu && knownType(host, boardOf(gpu), definition.vgpuType)
  return {
    uuid: definition.uuid,
    name: definition.name,
    state: 'defined',
    gpu: index,
    gpuBdf: definition.gpu,
    vf: null,
    vfIndex: null,
    gfid: null,
    vgpuType: typeRef(host, definition.vgpuType),
    profileSizeMiB: (type?.profileSize ?? 0) / MiB,
    placementId: null,
    gpuInstance: null,
    vm: null,
    pid: null,
    guestOs: null,
    guestDriver: null,
    frameRateLimit: null,
    displays: type ? displayLayouts(type).map(({ heads, width, height }) => `${heads} x ${width}x${height}`) : [],
    framebuffer: null,
    channels: null,
    heap: null,
    bar1: null,
    client: null,
    plugin: null,
    failure: null,
    taskLog: [],
    attrs: [],
    definition: definitionView(host, definition),
  }
}

/** The vGPU that a selector names. A configured vGPU comes before a definition. @throws NvError as findVgpu */
export function listedVgpu(host: HostState, selector: string): ListedVgpuView {
  const at = searchVgpu(host, selector)
  if (at) return vgpuView(host, at, true)
  const definition = matching(host, selector)
  if (definition) return definedVgpuView(host, definition)
  throw noVgpu(host, selector)
}

/** Definitions without a configured vGPU. */
function inactive(host: HostState, gpu?: string): Definition[] {
  const defined = definitionsOf(host, gpu)
  if (defined.length === 0) return []
  const active = new Set(configured(host).map(({ vf }) => vf.uuid))
  return defined.filter(({ uuid }) => !active.has(uuid))
}
