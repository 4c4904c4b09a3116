import { NvError } from '../abi/nv-error.ts'
import { NVA081_CTRL_VGPU_INFO } from '../abi/nva081.ts'
import { klogLines } from './klog.ts'
import { configured, findVf, findVgpu, gpuIndex, gpuIndices, stateAt } from './select.ts'
import { fromSparse } from './sparse.ts'
import type { HostState } from './state.ts'
import * as events from './verbs/events.ts'
import * as faults from './verbs/faults.ts'
import * as power from './verbs/power.ts'
import * as save from './verbs/save.ts'
import * as attach from './verbs/attach.ts'
import * as modes from './verbs/modes.ts'
import * as stats from './verbs/stats.ts'
import * as types from './verbs/types.ts'
import * as vfio from './verbs/vfio.ts'
import * as vfs from './verbs/vfs.ts'
import * as vgpus from './verbs/vgpus.ts'
import type {
  BootStepView,
  Change,
  EventView,
  FaultView,
  GpuView,
  GspObjectView,
  GpuStatsView,
  GspPluginView,
  HostView,
  KernelLogView,
  MapView,
  TypeView,
  VfioAccessView,
  VfioConfigView,
  VfioInfoView,
  VfioMappingView,
  VfioRegionView,
  VfView,
  VgpuSampleView,
  VgpuStatsView,
  VgpuView,
} from './view.ts'
import { bootStepViews, type EventFilter, eventViews } from './views/events.ts'
import { gpuView } from './views/gpu.ts'
import { hostView } from './views/host.ts'
import { bar1MapView, chidMapView, fbMapView, gspObjectViews, gspPluginViews } from './views/maps.ts'
import { findType, typeView, typeViews } from './views/type.ts'
import { vfView } from './views/vf.ts'
import { vgpuView } from './views/vgpu.ts'

export { checkHost } from './invariants.ts'
export { type InitOptions, newHost } from './new-host.ts'
export { keepsRecords, restoreAllButRecords } from './refused.ts'
export type { CreateRequest, Targets } from './verbs/vgpus.ts'

/** Everything a user can ask of a host or do to it. A refusal is an NvError and leaves the state as the kernel would. */
export class Host {
  readonly state: HostState

  constructor(state: HostState) {
    this.state = state
  }

  hostView(): HostView {
    return hostView(this.state)
  }

  gpus(gpu?: string): GpuView[] {
    return this.#each(gpu, (index) => [gpuView(this.state, index)])
  }

  vfs(gpu?: string): VfView[] {
    return this.#each(gpu, (index) =>
      stateAt(this.state, index).vfs.map((vf) => vfView(this.state, { gpu: index, vf })),
    )
  }

  vf(selector: string, gpu?: string): VfView {
    return vfView(this.state, findVf(this.state, selector, gpu))
  }

  types(filter: { gpu?: string; creatable?: boolean } = {}): TypeView[] {
    return typeViews(this.state, filter)
  }

  type(name: string): TypeView {
    return typeView(this.state, findType(this.state, name), gpuIndices(this.state, undefined))
  }

  vgpus(gpu?: string): VgpuView[] {
    return configured(this.state, gpu).map((at) => vgpuView(this.state, at))
  }

  vgpu(selector: string, gpu?: string): VgpuView {
    return vgpuView(this.state, findVgpu(this.state, selector, gpu), true)
  }

  chidMap(gpu?: string): MapView[] {
    return this.#each(gpu, (index) => [chidMapView(this.state, index)])
  }

  fbMap(gpu?: string): MapView[] {
    return this.#each(gpu, (index) => [fbMapView(this.state, index)])
  }

  bar1Map(gpu?: string): MapView[] {
    return this.#each(gpu, (index) => [bar1MapView(this.state, index)])
  }

  gspObjects(gpu?: string): GspObjectView[] {
    return this.#each(gpu, (index) => gspObjectViews(this.state, index))
  }

  gspPlugins(gpu?: string): GspPluginView[] {
    return this.#each(gpu, (index) => gspPluginViews(this.state, index))
  }

  kernelLog(gpu?: string): KernelLogView[] {
    return this.#each(gpu, (index) =>
      klogLines(stateAt(this.state, index).klog).map((line) => ({ gpu: index, ...line })),
    )
  }

  enableVfs(request: { gpu?: string; count: number | string; raw?: boolean; force?: boolean }): Change<VfView> {
    return vfs.enableVfs(this.state, request)
  }

  disableVfs(request: { gpu?: string; raw?: boolean; force?: boolean } = {}): Change<VfView> {
    return vfs.disableVfs(this.state, request)
  }

  bindVf(selector: string, driver: string, gpu?: string): Change<VfView> {
    return vfs.bindVf(this.state, selector, driver, gpu)
  }

  unbindVf(selector: string, gpu?: string): Change<VfView> {
    return vfs.unbindVf(this.state, selector, gpu)
  }

  vfioInfo(request: vfio.VfRequest): VfioInfoView {
    return vfio.vfioInfo(this.state, request)
  }

  openVfio(request: vfio.VfioOpenRequest): Change<VfioInfoView> {
    return vfio.openVfio(this.state, request)
  }

  closeVfio(request: vfio.VfRequest): Change<VfioInfoView> {
    return vfio.closeVfio(this.state, request)
  }

  vfioRegions(request: vfio.VfRequest): VfioRegionView[] {
    return vfio.vfioRegions(this.state, request)
  }

  vfioConfig(request: vfio.VfRequest): VfioConfigView {
    return vfio.vfioConfig(this.state, request)
  }

  readVfio(request: vfio.VfioAccessRequest): Change<VfioAccessView> {
    return vfio.readVfio(this.state, request)
  }

  writeVfio(request: vfio.VfioAccessRequest & { value: number }): Change<VfioAccessView> {
    return vfio.writeVfio(this.state, request)
  }

  resetVfio(request: vfio.VfRequest): Change<VfioInfoView> {
    return vfio.resetVfio(this.state, request)
  }

  mmapVfio(
    request: vfio.VfRequest & { region: number; offset: number; length: number; shared: boolean },
  ): VfioMappingView {
    return vfio.mmapVfio(this.state, request)
  }

  /** sriov_drivers_autoprobe of a PF: whether new VFs are bound to the variant driver. */
  setAutoprobe(on: boolean, gpu?: string): void {
    stateAt(this.state, gpuIndex(this.state, gpu)).nvkm.sriovDriversAutoprobe = on
  }

  uploadTypes(blobs: readonly Uint8Array[]): Change<TypeView> {
    return types.uploadTypes(this.state, blobs)
  }

  /** The NVA081_CTRL_VGPU_INFO record of a type, byte for byte as uploaded or as the catalogue encodes it. */
  exportType(name: string): Uint8Array {
    return fromSparse(findType(this.state, name).blob, NVA081_CTRL_VGPU_INFO.size)
  }

  createVgpu(request: vgpus.CreateRequest): Change<VgpuView> {
    return vgpus.createVgpu(this.state, request)
  }

  startVgpus(targets: vgpus.Targets & { vm?: string }): Change<VgpuView> {
    return vgpus.startVgpus(this.state, targets)
  }

  stopVgpus(targets: vgpus.Targets): Change<VgpuView> {
    return vgpus.stopVgpus(this.state, targets)
  }

  destroyVgpus(targets: vgpus.Targets & { ifExists?: boolean }): Change<VgpuView> {
    return vgpus.destroyVgpus(this.state, targets)
  }

  /** The one ordered record: kernel log, messages, register writes, events. */
  events(filter: EventFilter = {}): EventView[] {
    return eventViews(this.state, filter)
  }

  bootSteps(gpu?: string): BootStepView[] {
    return this.#each(gpu, (index) => bootStepViews(this.state, index))
  }

  setTracing(on: boolean): Change<HostView> {
    return events.setTracing(this.state, on)
  }

  injectXid(request: { gpu?: string; channel: number; xid: number; text?: string }): Change<EventView> {
    return events.injectXid(this.state, request)
  }

  injectEvent(request: { gpu?: string; event: string; payload: Uint8Array }): Change<EventView> {
    return events.injectEvent(this.state, request)
  }

  faults(): FaultView[] {
    return this.state.faults.map((fault) => ({ ...fault }))
  }

  addFault(request: faults.FaultRequest): Change<FaultView> {
    return faults.addFault(this.state, request)
  }

  clearFaults(ids: readonly number[]): Change<FaultView> {
    return faults.clearFaults(this.state, ids)
  }

  suspendHost(request: { strict?: boolean } = {}): Change<HostView> {
    return power.suspendHost(this.state, request)
  }

  resumeHost(): Change<HostView> {
    return power.resumeHost(this.state)
  }

  rebootHost(): Change<HostView> {
    return power.rebootHost(this.state)
  }

  /** Lets virtual time pass, in microseconds; what falls due is delivered. */
  advance(us: number): Change<HostView> {
    return events.advance(this.state, us)
  }

  setMode(request: { gpu?: string; mode: modes.VgpuMode }): Change<GpuView> {
    return modes.setMode(this.state, request)
  }

  setEcc(request: { gpu?: string; on: boolean }): Change<GpuView> {
    return modes.setEcc(this.state, request)
  }

  setScheduler(request: modes.SchedulerRequest): Change<GpuView> {
    return modes.setScheduler(this.state, request)
  }

  attachVgpu(request: attach.AttachRequest): Change<VgpuView> {
    return attach.attachVgpu(this.state, request)
  }

  vgpuStats(request: { selectors: readonly string[]; gpu?: string }): VgpuStatsView[] {
    return stats.vgpuStats(this.state, request)
  }

  gpuStats(gpu?: string): GpuStatsView[] {
    return stats.gpuStats(this.state, gpu)
  }

  /** Utilisation at `rounds` seconds from now on, evaluated on no state. */
  monitor(request: { rounds: number; gpu?: string }): VgpuSampleView[] {
    return stats.monitor(this.state, request)
  }

  resetGpu(gpu?: string): Change<GpuView> {
    return power.resetGpu(this.state, gpu)
  }

  unbindGpu(gpu?: string): Change<GpuView> {
    return power.unbindGpu(this.state, gpu)
  }

  bindGpu(gpu?: string): Change<GpuView> {
    return power.bindGpu(this.state, gpu)
  }

  suspendVgpus(targets: vgpus.Targets): Change<VgpuView> {
    return save.suspendVgpus(this.state, targets)
  }

  resumeVgpus(targets: vgpus.Targets): Change<VgpuView> {
    return save.resumeVgpus(this.state, targets)
  }

  saveVgpu(selector: string, gpu?: string): { change: Change<VgpuView>; file: Uint8Array } {
    return save.saveVgpu(this.state, selector, gpu)
  }

  restoreVgpu(file: Uint8Array, request: save.RestoreRequest = {}): Change<VgpuView> {
    return save.restoreVgpu(this.state, file, request)
  }

  restoreSavedVgpus(targets: vgpus.Targets): Change<VgpuView> {
    return save.restoreSavedVgpus(this.state, targets)
  }

  #each<T>(gpu: string | undefined, views: (index: number) => T[]): T[] {
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
