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
import { profileOf } from '../../catalog/profiles.ts'
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
import type { GpuState, HostState } from '../state.ts'
import { eachGpu } from './each-gpu.ts'
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
  const reason = unsupportedReason({
    parameter: gpu.nvkm.supportVgpuMgr,
    architecture: board.architecture,
    supportedArchitectures: profile.supportedArchitectures,
    totalVfs: sriov?.totalVfs ?? null,
  })
  const { fb, bar1, chid } = gpu.nvkm
  const { first, count } = profile.channelsReserved
  const vgpuBlocks = chid.reserved.used.filter((range) => range.owner !== 'host')
  const locked = gpu.vfs.find((vf) => vf.vgpuType !== 0)?.vgpuType
  const toMiB = (bytes: number) => Math.floor(bytes / MiB)
  return {
    index,
    bdf: gpu.bdf,
    uuid: gpu.uuid,
    board: gpu.board,
    name: board.marketingName,
    architecture: board.architecture,
    chip: board.chip,
    pci: {
      vendorId: hex(config.read16(PCI_VENDOR_ID), 4),
      deviceId: hex(config.read16(PCI_DEVICE_ID), 4),
      subsystemVendorId: hex(config.read16(PCI_SUBSYSTEM_VENDOR_ID), 4),
      subsystemId: hex(config.read16(PCI_SUBSYSTEM_ID), 4),
      class: hex(config.read32(PCI_CLASS_PROG - 1) >>> 8, 6),
    },
    driver: { name: gpu.nvkm.driver && profile.pciDrivers.pf, version: host.driverVersion, profile: profile.name },
    vgpuSupport: { parameter: gpu.nvkm.supportVgpuMgr, supported: reason === null, enabled: gpu.nvkm.enabled, reason },
    sriov: sriov && {
      totalVfs: sriov.totalVfs,
      numVfs: gpu.hw.numVfs,
      firstVfOffset: sriov.vfOffset,
      vfStride: sriov.vfStride,
      autoprobe: gpu.nvkm.sriovDriversAutoprobe,
    },
    eccMode: !board.eccSupported ? 'N/A' : enabled(gpu.gsp.eccEnabled),
    eccPending: gpu.eccPending === null ? null : enabled(gpu.eccPending),
    vgpuMode: {
      current: gpu.mgr?.heterogeneous ? 'heterogeneous' : 'homogeneous',
      heterogeneousSupported: board.mixedSize && profile.mixedSize,
    },
    scheduler: schedulerView(host, gpu),
    framebuffer: {
      totalMiB: toMiB(gpu.hw.fb.size),
      usableMiB: toMiB(fb.size),
      usedMiB: toMiB(usedOf(fb)),
      freeMiB: toMiB(fb.size - usedOf(fb)),
      largestFreeMiB: toMiB(largestGap(fb)),
    },
    layout: firmwareMap(gpu),
    gsp: {
      state: gpu.gsp.power,
      firmware: profileUnder(profileOf(host), host.driverVersion).gspVersion,
      heapSize: wprMeta(gpu).gspFwHeapSize,
      vfPartitionCount: wprMeta(gpu).gspFwHeapVfPartitionCount,
      uploadedTypes: gpu.gsp.types.length,
    },
    vmmuSegmentSize: gpu.nvkm.vmmuSegmentSize,
    engines: gpu.nvkm.engines.map(engineTypeName),
    channels: {
      total: chid.used.size,
      host: {
        size: chid.used.size - (gpu.nvkm.enabled ? count : 0),
        used: chid.used.used.filter((range) => range.owner !== 'vgpu').reduce((sum, range) => sum + range.size, 0),
      },
      vgpu: {
        first: gpu.nvkm.enabled ? first : 0,
        size: gpu.nvkm.enabled ? count : 0,
        used: vgpuBlocks.reduce((sum, range) => sum + range.size, 0),
      },
    },
    bar1: { size: bar1.size, used: usedOf(bar1) },
    bars: pfResources(config, board).flatMap(({ start, size, flags }, i) =>
      size === 0
        ? []
        : [
            {
              index: i,
              addr: hex(start),
              size,
              bits: (flags & PCI_BASE_ADDRESS_MEM_TYPE_64) !== 0 ? 64 : 32,
              prefetchable: (flags & PCI_BASE_ADDRESS_MEM_PREFETCH) !== 0,
            },
          ],
    ),
    manager: { attached: gpu.mgr !== null, refs: gpu.mgr?.refs ?? 0, client: gpu.mgr ? hex(gpu.mgr.client) : null },
    vgpuType: locked === undefined || gpu.mgr?.heterogeneous ? null : typeRef(host, locked),
    vgpus: {
      configured: gpu.vfs.filter((vf) => vf.uuid !== null).length,
      running: gpu.vfs.filter((vf) => vf.opened !== null).length,
    },
    modelled: board.modelled,
  }
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
  return GspFwWprMeta.decode(fromSparse(gpu.gsp.wprMeta, GspFwWprMeta.size))
}

/** The firmware's regions of the framebuffer, from the WPR meta block, highest address first. */
function firmwareMap(gpu: GpuState): RegionView[] {
  if (gpu.gsp.wprMeta === '') return []
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
