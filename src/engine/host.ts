import { awake } from './awake.ts'
import { persistGpu } from './definitions/intent.ts'
import { HostViews } from './host-views.ts'
import { gpuIndex, stateAt } from './select.ts'
import * as attach from './verbs/attach.ts'
import * as boot from './verbs/boot.ts'
import * as definitions from './verbs/definitions.ts'
import * as events from './verbs/events.ts'
import * as faults from './verbs/faults.ts'
import * as modes from './verbs/modes.ts'
import * as power from './verbs/power.ts'
import * as save from './verbs/save.ts'
import { type StartRequest, startNamed } from './verbs/start-defined.ts'
import * as stats from './verbs/stats.ts'
import * as types from './verbs/types.ts'
import * as vfio from './verbs/vfio.ts'
import * as vfs from './verbs/vfs.ts'
import * as vgpus from './verbs/vgpus.ts'
import { warmUpdate } from './verbs/warm-update.ts'
import type {
  Change,
  EventView,
  FaultView,
  GpuStatsView,
  GpuView,
  HostView,
  ListedVgpuView,
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
import { namedTypeView, typeRecord, typeViews } from './views/type.ts'

export { checkHost } from './invariants.ts'
export { type InitOptions, newHost } from './new-host.ts'
export { keepsRecords, restoreAllButRecords } from './refused.ts'
export { findWith } from './select.ts'
export type { CreateRequest, Targets } from './verbs/vgpus.ts'

/** Everything a user can ask of a host or do to it. A refusal is an NvError and leaves the state as the kernel would. */
export class Host extends HostViews {
  types(filter: { gpu?: string; creatable?: boolean } = {}): TypeView[] {
    return typeViews(this.state, filter)
  }

  type(name: string): TypeView {
    return namedTypeView(this.state, name)
  }

  enableVfs(request: { gpu?: string; count: number | string; raw?: boolean; force?: boolean }): Change<VfView> {
    return vfs.enableVfs(awake(this.state), request)
  }

  disableVfs(request: { gpu?: string; raw?: boolean; force?: boolean } = {}): Change<VfView> {
    return vfs.disableVfs(awake(this.state), request)
  }

  bindVf(selector: string, driver: string, gpu?: string): Change<VfView> {
    return vfs.bindVf(awake(this.state), selector, driver, gpu)
  }

  unbindVf(selector: string, gpu?: string): Change<VfView> {
    return vfs.unbindVf(awake(this.state), selector, gpu)
  }

  vfioInfo(request: vfio.VfRequest): VfioInfoView {
    return vfio.vfioInfo(this.state, request)
  }

  openVfio(request: vfio.VfioOpenRequest): Change<VfioInfoView> {
    return vfio.openVfio(awake(this.state), request)
  }

  closeVfio(request: vfio.VfRequest): Change<VfioInfoView> {
    return vfio.closeVfio(awake(this.state), request)
  }

  vfioRegions(request: vfio.VfRequest): VfioRegionView[] {
    return vfio.vfioRegions(this.state, request)
  }

  vfioConfig(request: vfio.VfRequest): VfioConfigView {
    return vfio.vfioConfig(this.state, request)
  }

  readVfio(request: vfio.VfioAccessRequest): Change<VfioAccessView> {
    return vfio.readVfio(awake(this.state), request)
  }

  writeVfio(request: vfio.VfioAccessRequest & { value: number }): Change<VfioAccessView> {
    return vfio.writeVfio(awake(this.state), request)
  }

  resetVfio(request: vfio.VfRequest): Change<VfioInfoView> {
    return vfio.resetVfio(awake(this.state), request)
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

  uploadTypes(blobs: readonly Uint8Array[], options: { everyBoard?: boolean } = {}): Change<TypeView> {
    return types.uploadTypes(awake(this.state), blobs, options)
  }

  /** The NVA081_CTRL_VGPU_INFO record of a type, byte for byte as uploaded or as the catalogue encodes it. */
  exportType(name: string): Uint8Array {
    return typeRecord(this.state, name)
  }

  createVgpu(request: vgpus.CreateRequest): Change<VgpuView> {
    return vgpus.createVgpu(awake(this.state), request)
  }

  /** Configured vGPUs are opened; defined ones that are named and not there are created. */
  startVgpus(targets: StartRequest): Change<VgpuView> {
    return startNamed(awake(this.state), targets)
  }

  defineVgpu(request: definitions.DefineRequest): Change<ListedVgpuView> {
    return definitions.defineVgpu(this.state, request)
  }

  defineAll(request: definitions.DefineAllRequest): Change<ListedVgpuView> {
    return definitions.defineAll(this.state, request)
  }

  undefineVgpus(targets: vgpus.Targets & { ifExists?: boolean }): Change<ListedVgpuView> {
    return definitions.undefineVgpus(this.state, targets)
  }

  modifyVgpu(request: definitions.ModifyRequest): Change<ListedVgpuView> {
    return definitions.modifyVgpu(this.state, request)
  }

  autostartVgpus(targets: vgpus.Targets & { on: boolean }): Change<ListedVgpuView> {
    return definitions.autostartVgpus(this.state, targets)
  }

  /** Remembers VF count, mode and scheduler of a GPU for the boot, as they are now; without `on` forgets them. */
  persistGpu(on: boolean, gpu?: string): boolean {
    return persistGpu(this.state, gpuIndex(this.state, gpu), on)
  }

  stopVgpus(targets: vgpus.Targets): Change<VgpuView> {
    return vgpus.stopVgpus(awake(this.state), targets)
  }

  destroyVgpus(targets: vgpus.Targets & { ifExists?: boolean }): Change<VgpuView> {
    return vgpus.destroyVgpus(awake(this.state), targets)
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

  rebootHost(request: { skip?: readonly string[] } = {}): Change<HostView> {
    return boot.rebootHost(this.state, request)
  }

  /** Lets virtual time pass, in microseconds; what falls due is delivered. */
  advance(us: number): Change<HostView> {
    return events.advance(this.state, us)
  }

  setMode(request: { gpu?: string; mode: modes.VgpuMode }): Change<GpuView> {
    return modes.setMode(awake(this.state), request)
  }

  setEcc(request: { gpu?: string; on: boolean }): Change<GpuView> {
    return modes.setEcc(awake(this.state), request)
  }

  setScheduler(request: modes.SchedulerRequest): Change<GpuView> {
    return modes.setScheduler(awake(this.state), request)
  }

  attachVgpu(request: attach.AttachRequest): Change<VgpuView> {
    return attach.attachVgpu(awake(this.state), request)
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
    return power.resetGpu(awake(this.state), gpu)
  }

  unbindGpu(gpu?: string): Change<GpuView> {
    return power.unbindGpu(awake(this.state), gpu)
  }

  bindGpu(gpu?: string): Change<GpuView> {
    return power.bindGpu(awake(this.state), gpu)
  }

  warmUpdate(request: { toVersion: string }): Change<HostView> {
    return warmUpdate(this.state, request)
  }

  suspendVgpus(targets: vgpus.Targets): Change<VgpuView> {
    return save.suspendVgpus(awake(this.state), targets)
  }

  resumeVgpus(targets: vgpus.Targets): Change<VgpuView> {
    return save.resumeVgpus(awake(this.state), targets)
  }

  saveVgpu(selector: string, gpu?: string): { change: Change<VgpuView>; file: Uint8Array } {
    return save.saveVgpu(awake(this.state), selector, gpu)
  }

  restoreVgpu(file: Uint8Array, request: save.RestoreRequest = {}): Change<VgpuView> {
    return save.restoreVgpu(awake(this.state), file, request)
  }

  restoreSavedVgpus(targets: vgpus.Targets): Change<VgpuView> {
    return save.restoreSavedVgpus(awake(this.state), targets)
  }
}
