import { MiB } from '../../abi/align.ts'
import {
  PCI_CLASS_PROG,
  PCI_DEVICE_ID,
  PCI_SUBSYSTEM_ID,
  PCI_SUBSYSTEM_VENDOR_ID,
  PCI_VENDOR_ID,
} from '../../abi/pci.ts'
import { identityOf, remappableBanks } from '../../catalog/board-identity.ts'
import type { Architecture, Board } from '../../catalog/boards.ts'
import { profileOf } from '../../catalog/profiles.ts'
import { NvError } from '../../errors/nv-error.ts'
import { boardOf } from '../board-of.ts'
import { ConfigSpace } from '../hw/config-space.ts'
import type { Utilisation } from '../load/model.ts'
import { PERFMON_PERIOD, samplesOf } from '../load/perfmon.ts'
import { schedulerLog } from '../load/scheduler-log.ts'
import { type Telemetry, telemetry } from '../load/telemetry.ts'
import { usedOf } from '../nvkm/ranges.ts'
import { PROCESSORS } from '../processors.ts'
import { gpuIndex, stateAt } from '../select.ts'
import type { GpuState, HostState } from '../state.ts'
import { gpuView } from '../views/gpu.ts'
import { eccEnabled } from '../views/gsp-answers.ts'
import { gspPower, utilisationAt } from '../views/gsp-inside.ts'
import { migModeView } from '../views/mig.ts'
import { smiGpuInstances } from './mig.ts'
import { type GpuUse, type VmSeats, vgpusOf, vgpuUses, vmSeats } from './vgpus.ts'
import type { OnOff, SmiGpuView, SmiUse, SmiView } from './view.ts'

/** NVIDIA's names of the architectures, and the compute capability of each chip (CUDA programming guide). */
const ARCHITECTURE: Readonly<Record<Architecture, string>> = {
  Ada: 'Ada Lovelace',
  Ampere: 'Ampere',
  Hopper: 'Hopper',
  Blackwell: 'Blackwell',
}
const COMPUTE_CAP: Readonly<Record<string, string>> = {
  AD102: '8.9',
  AD104: '8.9',
  GA102: '8.6',
  GA107: '8.6',
  GA100: '8.0',
  GH100: '9.0',
  GB100: '10.0',
  GB202: '12.0',
}

/**
 * The host in NVML's view: the GPUs with a loaded driver and running firmware.
 * @param after microseconds since a screen started; added to the host's time in the load model
 */
export function smiView(host: HostState, indices: readonly number[], after = 0): SmiView {
  const { driverVersion } = host
  const seats = vmSeats(host)
  const gpus = indices.flatMap((index) => {
    const gpu = stateAt(host, index)
    return answers(gpu) ? [gpuFacts(host, index, after, seats)] : []
  })
  const { list, numaNode } = PROCESSORS
  const processors = { list, numaNode: numaNode < 0 ? null : numaNode }
  return { driverVersion, attached: host.gpus.filter(answers).length, processors, gpus }
}

/** The utilisation of a GPU that NVML finds, and of the vGPUs on it. */
export interface GpuUtilization {
  readonly index: number
  readonly bdf: string
  readonly use: SmiUse
  readonly vgpus: readonly { readonly gpu: number; readonly uuid: string; readonly vf: string; readonly use: SmiUse }[]
}

/** What `smiView` says of utilisation, of all GPUs: in far less memory. */
export function utilizations(host: HostState, after = 0): GpuUtilization[] {
  return [...host.gpus].flatMap((gpu, index) => {
    if (!answers(gpu)) return []
    const used = useOf(gpu, host.now + after)
    return { index, bdf: gpu.bdf, use: total([...used.values()]), vgpus: vgpuUses(host, index, used) }
  })
}

/** Whether NVML finds the GPU: the driver is bound and the firmware runs. */
export function answers(gpu: GpuState): boolean {
  return gpu.nvkm.driver !== null && gspPower(gpu) === 'running'
}

/** The GPUs of nvidia-smi's -i, comma-separated, in index order; null for an unknown GPU. */
export function gpusNamed(host: HostState, ids: string | undefined): number[] | null {
  if (ids === undefined) return host.gpus.map((_, index) => index)
  const found = ids.split(',').map((id) => {
    try {
      return gpuIndex(host, id.trim())
    } catch (error) {
      if (error instanceof NvError) return null
      throw error
    }
  })
  const known = found.filter((index) => index !== null)
  return known.length < found.length ? null : [...new Set(known)].sort((a, b) => a - b)
}

function gpuFacts(host: HostState, index: number, after: number, seats: VmSeats): SmiGpuView {
  const gpu = stateAt(host, index)
  const board = boardOf(gpu)
  const { sriov, scheduler, vgpuMode } = gpuView(host, index)
  const profile = profileOf(host)
  const used = useOf(gpu, host.now + after)
  const ecc = eccEnabled(gpu)
  const mig = migModeView(host, index)
  const isMig = mig.current === 'Enabled'
  const mixes = vgpuMode.heterogeneousSupported && !isMig
  const bar1 = memory(gpu.nvkm.bar1.size, usedOf(gpu.nvkm.bar1))
  const vgpus = vgpusOf(host, index, used, seats)
  return {
    index,
    bdf: gpu.bdf,
    busId: `0000${gpu.bdf}`.toUpperCase(),
    uuid: gpu.uuid,
    board: board.name,
    name: board.marketingName,
    architecture: ARCHITECTURE[board.architecture],
    computeCap: COMPUTE_CAP[board.chip] ?? 'N/A',
    ...pciIds(gpu),
    eccMode: board.eccSupported ? onOff(ecc) : 'N/A',
    eccPending: board.eccSupported ? onOff(gpu.eccPending ?? ecc) : 'N/A',
    // the released firmware comes with the driver; Ampere boards run vGPUs without it
    gspFirmware: board.architecture === 'Ampere' ? 'N/A' : host.driverVersion,
    migMode: mig.current,
    migPending: mig.pending,
    gpuInstances: smiGpuInstances(host, index, { bar1, vgpus }),
    memory: memoryOf(gpu, board, ecc),
    bar1,
    powerLimitW: board.powerLimitW,
    use: total([...used.values()]),
    sensors: sensorsOf(gpu, board, host.now + after),
    modes: { ...gpu.modes },
    turns: schedulerLog(host.now + after, scheduler.policy, scheduler.timeSliceNs, [...used.values()]),
    identity: identityOf(board),
    fan: fanOf(board),
    limitDistance: board.architecture !== 'Ampere',
    hbm: board.hbm,
    remappableBanks: remappableBanks(board),
    samples: samplesByTime(gpu),
    gpusPerBoard: board.gpusPerBoard,
    vgpuHost: gpu.nvkm.enabled,
    heterogeneous: !gpu.nvkm.enabled || !mixes ? 'N/A' : onOff(gpu.mgr?.heterogeneous ?? false),
    capabilities: {
      // the flag is set for every Q and C type of boards with mixed-size mode
      fractionalMultiVgpu: board.mixedSize && !isMig,
      heterogeneousProfiles: profile.sharing === 'same-size' || vgpuMode.heterogeneousSupported,
      heterogeneousSizes: mixes,
      migTimeSlicing: mig.timeSlicing,
      homogeneousPlacements: profile.equalSizePlacement && board.equalSizePlacement,
    },
    migration: board.liveMigration,
    scheduler,
    sriov: { totalVfs: sriov?.totalVfs ?? 0, numVfs: sriov?.numVfs ?? 0 },
    vgpus,
  }
}

/** Ids and class of the function, in its configuration space. */
function pciIds({ hw }: GpuState): Pick<SmiGpuView, 'deviceId' | 'subsystemId' | 'baseClass' | 'subClass'> {
  const config = new ConfigSpace(hw.config, () => {})
  const classCode = config.read32(PCI_CLASS_PROG - 1) >>> 8
  const ids = (device: number, vendor: number) => `${digits(config.read16(device))}${digits(config.read16(vendor))}`
  return {
    deviceId: ids(PCI_DEVICE_ID, PCI_VENDOR_ID),
    subsystemId: ids(PCI_SUBSYSTEM_ID, PCI_SUBSYSTEM_VENDOR_ID),
    baseClass: (classCode >>> 16).toString(16).toUpperCase(),
    subClass: ((classCode >>> 8) & 0xff).toString(16).toUpperCase(),
  }
}

/**
 * The framebuffer block. Total is nvidia-smi's figure for the board: a few MiB below its size, and smaller under ECC.
 * Reserved is the memory outside the vGPU manager's pool.
 */
function memoryOf(gpu: GpuState, board: Board, ecc: boolean): SmiGpuView['memory'] {
  const { eccOff, eccOn } = board.smiTotalMiB
  const total = (ecc ? eccOn : eccOff) ?? Math.floor(gpu.hw.fb.size / MiB)
  const usable = Math.min(total, Math.floor(gpu.nvkm.fb.size / MiB))
  const used = Math.min(usable, Math.ceil(usedOf(gpu.nvkm.fb) / MiB))
  return { total, reserved: total - usable, used, free: usable - used }
}

function memory(size: number, used: number) {
  const total = Math.floor(size / MiB)
  const taken = Math.ceil(used / MiB)
  return { total, used: taken, free: total - taken }
}

/** Utilisation of each gfid in the load model. */
function useOf(gpu: GpuState, at: number): GpuUse {
  return new Map(utilisationAt(gpu, at).map((use) => [use.gfid, use]))
}

/** Seconds whose mean use decides the temperature, and the distance of the points in it. */
const WARM_UP = 30
const WARM_STEP = 10

function sensorsOf(gpu: GpuState, board: Board, at: number): Telemetry {
  const useAt = (ago: number) => total([...useOf(gpu, Math.max(0, at - ago * PERFMON_PERIOD)).values()])
  const points = Array.from({ length: WARM_UP / WARM_STEP + 1 }, (_, i) => useAt(i * WARM_STEP))
  const mean = (of: (use: SmiUse) => number) => points.reduce((sum, use) => sum + of(use), 0) / points.length
  return telemetry(board, useAt(0), { gpu: mean((use) => use.gpu), memory: mean((use) => use.memory) })
}

/** Utilisation of a GPU: the total of its vGPUs, without host load. No guest uses JPEG or optical flow engines. */
function total(uses: readonly Omit<Utilisation, 'gfid'>[]): SmiUse {
  const sum = (of: (use: Omit<Utilisation, 'gfid'>) => number) =>
    Math.min(100, Math.round(uses.reduce((busy, use) => busy + of(use), 0) / 100))
  return {
    gpu: sum((use) => use.gr),
    memory: sum((use) => use.fb),
    encoder: sum((use) => use.nvenc),
    decoder: sum((use) => use.nvdec),
    jpeg: 0,
    ofa: 0,
  }
}

/** Percent. Boards with display outputs have fans of their own; an A40 without one prints 0 % (captured). */
function fanOf({ sriovFromFactory, name }: Board): number | null {
  if (!sriovFromFactory) return 30
  return name === 'A40' ? 0 : null
}

function samplesByTime(gpu: GpuState): SmiGpuView['samples'] {
  const samples = samplesOf(gpu.load)
  const times = [...new Set(samples.map((sample) => sample.at))]
  const totals = times.map((at) => total(samples.filter((sample) => sample.at === at)))
  return {
    gpu: totals.map((use) => use.gpu),
    memory: totals.map((use) => use.memory),
    encoder: totals.map((use) => use.encoder),
    decoder: totals.map((use) => use.decoder),
  }
}

function onOff(on: boolean): OnOff {
  return on ? 'Enabled' : 'Disabled'
}

function digits(id: number): string {
  return id.toString(16).toUpperCase().padStart(4, '0')
}
