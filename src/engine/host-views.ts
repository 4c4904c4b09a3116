import { NvError } from '../errors/nv-error.ts'
import { klogLines } from './klog.ts'
import { configured, findVf, findVgpu, gpuIndices, stateAt } from './select.ts'
import type { HostState } from './state.ts'
import type {
  BootStepView,
  EventView,
  FaultView,
  GpuView,
  GspObjectView,
  GspPluginView,
  HostView,
  KernelLogView,
  ListedVgpuView,
  MapView,
  VfView,
  VgpuLineView,
  VgpuView,
} from './view.ts'
import { bootStepViews, type EventFilter, eventViews } from './views/events.ts'
import { gpuView } from './views/gpu.ts'
import { hostView } from './views/host.ts'
import { definedVgpuView, inactive, listedVgpu } from './views/listed-vgpu.ts'
import { bar1MapView, chidMapView, fbMapView, gspObjectViews, gspPluginViews } from './views/maps.ts'
import { vfView } from './views/vf.ts'
import { vgpuLine, vgpuView } from './views/vgpu.ts'

export { findWith } from './select.ts'

/**
 * What can be seen of a host without running any of it. A verb that only looks loads this and none of the actors, which
 * is two thirds of the program; what it would take an actor to say belongs to Host.
 */
export class HostViews {
  readonly state: HostState

  constructor(state: HostState) {
    this.state = state
  }

  hostView(): HostView {
    return hostView(this.state)
  }

  gpus(gpu?: string): GpuView[] {
    return this.each(gpu, (index) => [gpuView(this.state, index)])
  }

  vfs(gpu?: string): VfView[] {
    return this.each(gpu, (index) => stateAt(this.state, index).vfs.map((vf) => vfView(this.state, { gpu: index, vf })))
  }

  vf(selector: string, gpu?: string): VfView {
    return vfView(this.state, findVf(this.state, selector, gpu))
  }

  vgpus(gpu?: string): VgpuView[] {
    return configured(this.state, gpu).map((at) => vgpuView(this.state, at))
  }

  /** The same vGPUs for a listing of a line each. */
  vgpuLines(gpu?: string): VgpuLineView[] {
    return configured(this.state, gpu).map((at) => vgpuLine(this.state, at))
  }

  vgpu(selector: string, gpu?: string): VgpuView {
    return vgpuView(this.state, findVgpu(this.state, selector, gpu), true)
  }

  /** vGPUs that are there, those that are defined, or both. */
  listVgpus(filter: { gpu?: string | undefined; active: boolean; defined: boolean }): ListedVgpuView[] {
    const { gpu, active, defined } = filter
    const there = this.vgpus(gpu).filter((vgpu) => active || vgpu.definition !== null)
    if (!defined) return there
    return [...there, ...inactive(this.state, gpu).map((definition) => definedVgpuView(this.state, definition))]
  }

  /** The vGPU a word names, there or only defined. */
  listedVgpu(selector: string): ListedVgpuView {
    return listedVgpu(this.state, selector)
  }

  chidMap(gpu?: string): MapView[] {
    return this.each(gpu, (index) => [chidMapView(this.state, index)])
  }

  fbMap(gpu?: string): MapView[] {
    return this.each(gpu, (index) => [fbMapView(this.state, index)])
  }

  bar1Map(gpu?: string): MapView[] {
    return this.each(gpu, (index) => [bar1MapView(this.state, index)])
  }

  gspObjects(gpu?: string): GspObjectView[] {
    return this.each(gpu, (index) => gspObjectViews(this.state, index))
  }

  gspPlugins(gpu?: string): GspPluginView[] {
    return this.each(gpu, (index) => gspPluginViews(this.state, index))
  }

  kernelLog(gpu?: string): KernelLogView[] {
    return this.each(gpu, (index) =>
      klogLines(stateAt(this.state, index).klog).map((line) => ({ gpu: index, ...line })),
    )
  }

  /** The one ordered record: kernel log, messages, register writes, events. */
  events(filter: EventFilter = {}): EventView[] {
    return eventViews(this.state, filter)
  }

  bootSteps(gpu?: string): BootStepView[] {
    return this.each(gpu, (index) => bootStepViews(this.state, index))
  }

  faults(): FaultView[] {
    return this.state.faults.map((fault) => ({ ...fault }))
  }

  protected each<T>(gpu: string | undefined, views: (index: number) => T[]): T[] {
    if (this.state.gpus.length === 0)
      throw new NvError({
        errno: 'ENODEV',
        code: 'no-device',
        at: 'gpu',
        message: 'this host has no GPU',
        hint: 'nvgpu host init --board L40',
      })
    return gpuIndices(this.state, gpu).flatMap(views)
  }
}
