import { MiB } from '../../abi/align.ts'
import { engineTypeName } from '../../abi/engine-types.ts'
import {
  PCI_BASE_ADDRESS_MEM_PREFETCH,
  PCI_BASE_ADDRESS_MEM_TYPE_64,
  PCI_CLASS_PROG,
  PCI_DEVICE_ID,
  PCI_SUBSYSTEM_ID,
  PCI_SUBSYSTEM_VENDOR_ID,
  PCI_VENDOR_ID,
} from '../../abi/pci.ts'
import { GspFwWprMeta } from '../../abi/wpr-meta.ts'
import type { Board } from '../../catalog/boards.ts'
import { givenFields } from '../../catalog/given-board.ts'
import { type Profile, profileOf } from '../../catalog/profiles.ts'
import { profileUnder } from '../../catalog/releases.ts'
import type { GpuView, SchedulerView } from '../../contract/views/gpu.ts'
import type { RegionView } from '../../contract/views/parts.ts'
import { boardOf } from '../board-of.ts'
import { ConfigSpace } from '../hw/config-space.ts'
import { readSriov } from '../hw/pf.ts'
import { pfResources } from '../hw/resources.ts'
import { knownType } from '../known-types.ts'
import { timeSliceNs } from '../load/scheduler.ts'
import { schedulerOf } from '../load/scheduler-of.ts'
import { largestGap, usedOf } from '../nvkm/ranges.ts'
import { unsupportedReason } from '../nvkm/vgpu-support.ts'
import { stateAt } from '../select.ts'
import { fromSparse } from '../sparse.ts'
import type { GpuState, HostState, NvkmState, Range } from '../state.ts'
import { eachGpu } from './each-gpu.ts'
import { eccEnabled } from './gsp-answers.ts'
import { gspPower, gspTypeIds, gspWprMeta, migState } from './gsp-inside.ts'
import { migOf } from './mig.ts'
import { hex, typeRef } from './words.ts'

/** One GPU, or all of them. @throws NvError as eachGpu */
export function gpuViews(host: HostState, gpu?: string): GpuView[] {
  return eachGpu(host, gpu, (index) => [gpuView(host, index)])
}

export function gpuView(host: HostState, index: number): GpuView {
  const gpu = stateAt(host, index)
  const board = boardOf(gpu)
  const profile = profileOf(host)
  const config = new ConfigSpace(gpu.hw.config, () => {})
  const sriov = readSriov(config)
  const { nvkm, mgr } = gpu
  const { bar1 } = nvkm
  const reason = unsupportedReason({
    parameter: nvkm.supportVgpuMgr,
    architecture: board.architecture,
    supportedArchitectures: profile.supportedArchitectures,
    totalVfs: sriov?.totalVfs ?? null,
  })
  const locked = gpu.vfs.find((vf) => vf.vgpuType !== 0)?.vgpuType
  return {
    index,
    bdf: gpu.bdf,
    uuid: gpu.uuid,
    board: gpu.board,
    name: board.marketingName,
    architecture: board.architecture,
    chip: board.chip,
    pci: pciView(config),
    driver: { name: nvkm.driver && profile.pciDrivers.pf, version: host.driverVersion, profile: profile.name },
    vgpuSupport: { parameter: nvkm.supportVgpuMgr, supported: reason === null, enabled: nvkm.enabled, reason },
    sriov: sriov && {
      totalVfs: sriov.totalVfs,
      numVfs: gpu.hw.numVfs,
      firstVfOffset: sriov.vfOffset,
      vfStride: sriov.vfStride,
      autoprobe: nvkm.sriovDriversAutoprobe,
    },
    eccMode: !board.eccSupported ? 'N/A' : enabled(eccEnabled(gpu)),
    eccPending: gpu.eccPending === null ? null : enabled(gpu.eccPending),
    mig: migSummary(gpu),
    vgpuMode: {
      current: mgr?.heterogeneous ? 'heterogeneous' : 'homogeneous',
      heterogeneousSupported: board.mixedSize && profile.mixedSize,
    },
    scheduler: schedulerView(host, gpu),
    framebuffer: framebufferView(gpu),
    layout: firmwareMap(gpu),
    gsp: gspView(gpu, profileUnder(profileOf(host), host.driverVersion)),
    vmmuSegmentSize: nvkm.vmmuSegmentSize,
    engines: nvkm.engines.map(engineTypeName),
    channels: channelsView(nvkm, profile),
    bar1: { size: bar1.size, used: usedOf(bar1) },
    bars: barsView(config, board),
    manager: { attached: mgr !== null, refs: mgr?.refs ?? 0, client: mgr ? hex(mgr.client) : null },
    vgpuType: locked === undefined || mgr?.heterogeneous || migState(gpu).enabled ? null : typeRef(host, locked),
    vgpus: {
      configured: gpu.vfs.filter((vf) => vf.uuid !== null).length,
      running: gpu.vfs.filter((vf) => vf.opened !== null).length,
    },
    modelled: board.modelled,
    given: gpu.figures === null ? [] : givenFields(gpu.figures),
  }
}

function pciView(config: ConfigSpace): GpuView['pci'] {
  return {
    vendorId: hex(config.read16(PCI_VENDOR_ID), 4),
    deviceId: hex(config.read16(PCI_DEVICE_ID), 4),
    subsystemVendorId: hex(config.read16(PCI_SUBSYSTEM_VENDOR_ID), 4),
    subsystemId: hex(config.read16(PCI_SUBSYSTEM_ID), 4),
    class: hex(config.read32(PCI_CLASS_PROG - 1) >>> 8, 6),
  }
}

function migSummary(gpu: GpuState): GpuView['mig'] {
  const { enabled: on, instances } = migState(gpu)
  return {
    current: migOf(gpu) === null ? 'N/A' : enabled(on),
    pending: gpu.migPending === null ? null : enabled(gpu.migPending),
    gpuInstances: instances.length,
    computeInstances: instances.reduce((sum, { computeInstances }) => sum + computeInstances.length, 0),
  }
}

function framebufferView({ hw, nvkm: { fb } }: GpuState): GpuView['framebuffer'] {
  const toMiB = (bytes: number) => Math.floor(bytes / MiB)
  const used = usedOf(fb)
  return {
    totalMiB: toMiB(hw.fb.size),
    usableMiB: toMiB(fb.size),
    usedMiB: toMiB(used),
    freeMiB: toMiB(fb.size - used),
    largestFreeMiB: toMiB(largestGap(fb)),
  }
}

function gspView(gpu: GpuState, { gspVersion }: Profile): GpuView['gsp'] {
  const { gspFwHeapSize, gspFwHeapVfPartitionCount } = wprMeta(gpu)
  return {
    state: gspPower(gpu),
    firmware: gspVersion,
    heapSize: gspFwHeapSize,
    vfPartitionCount: gspFwHeapVfPartitionCount,
    uploadedTypes: gspTypeIds(gpu).length,
  }
}

/** Channel ids of the host's own drivers and of its vGPUs. */
function channelsView({ chid, enabled }: NvkmState, { channelsReserved }: Profile): GpuView['channels'] {
  const { first, count } = enabled ? channelsReserved : { first: 0, count: 0 }
  const total = chid.used.size
  const sum = (ranges: readonly Range[]) => ranges.reduce((all, range) => all + range.size, 0)
  return {
    total,
    host: { size: total - count, used: sum(chid.used.used.filter((range) => range.owner !== 'vgpu')) },
    vgpu: { first, size: count, used: sum(chid.reserved.used.filter((range) => range.owner !== 'host')) },
  }
}

function barsView(config: ConfigSpace, board: Board): GpuView['bars'] {
  return pfResources(config, board).flatMap(({ start, size, flags }, index) => {
    if (size === 0) return []
    const bits = (flags & PCI_BASE_ADDRESS_MEM_TYPE_64) !== 0 ? 64 : 32
    return [{ index, addr: hex(start), size, bits, prefetchable: (flags & PCI_BASE_ADDRESS_MEM_PREFETCH) !== 0 }]
  })
}

function enabled(on: boolean): 'Enabled' | 'Disabled' {
  return on ? 'Enabled' : 'Disabled'
}

/** The scheduler, with the defaults for the current vGPUs. */
function schedulerView(host: HostState, gpu: GpuState): SchedulerView {
  const scheduler = schedulerOf(gpu)
  const { policy, arr } = scheduler
  const maxima = gpu.vfs.flatMap((vf) =>
    vf.vgpuType === 0 ? [] : (knownType(host, boardOf(gpu), vf.vgpuType)?.maxInstance ?? []),
  )
  const slice = timeSliceNs(scheduler, maxima.length === 0 ? null : Math.max(...maxima))
  return {
    policy,
    supported: [...profileOf(host).schedulers],
    arr: policy === 'best-effort' ? null : arr,
    averaging: arr ? scheduler.averaging : null,
    frequencyHz: arr && slice !== null ? Math.round(1e9 / slice) : null,
    timeSliceNs: slice,
  }
}

function wprMeta(gpu: GpuState) {
  return GspFwWprMeta.decode(fromSparse(gspWprMeta(gpu), GspFwWprMeta.size))
}

/** The firmware's regions of the framebuffer, from the WPR meta block, highest address first. */
function firmwareMap(gpu: GpuState): RegionView[] {
  if (gspWprMeta(gpu) === '') return []
  const meta = wprMeta(gpu)
  const region = (name: string, addr: number, size: number) => ({ name, addr: hex(addr), size })
  return [
    region('VGA workspace', meta.vgaWorkspaceOffset, meta.vgaWorkspaceSize),
    region('FRTS', meta.frtsOffset, meta.frtsSize),
    region('boot binary', meta.bootBinOffset, meta.sizeOfBootloader),
    region('firmware ELF', meta.gspFwOffset, meta.sizeOfRadix3Elf),
    region('WPR2 heap', meta.gspFwHeapOffset, meta.gspFwHeapSize),
    region('WPR2', meta.gspFwWprStart, meta.frtsOffset + meta.frtsSize - meta.gspFwWprStart),
    region('non-WPR heap', meta.nonWprHeapOffset, meta.nonWprHeapSize),
  ]
}
