import { nvmlPciInfo_t, nvmlPciInfo_v2_t, nvmlPciInfoExt_v1_t, nvmlUUID_v1_t } from '../../abi/nvml/device.ts'
import type { SmiGpuView } from '../../engine/smi/view.ts'
import type { Call } from '../call.ts'
import { NvmlError } from '../error.ts'
import { handleOf } from '../handles.ts'
import { instanceHandle, migDeviceOf } from '../instances.ts'
import { coded, type Rows, row } from '../row.ts'

/** nvmlBrandType_t. */
const BRAND = { NVIDIA_RTX: 13, NVIDIA: 14 }
/** nvmlDeviceArchitecture_t. */
const ARCHITECTURE: Readonly<Record<string, number>> = {
  Turing: 6,
  Ampere: 7,
  'Ada Lovelace': 8,
  Hopper: 9,
  Blackwell: 10,
}
const UNKNOWN_ARCHITECTURE = 0xffff_ffff
const BUS_PCIE = 2
const UUID_TEXT = 1
const UUID_BYTES = 2

/** The handle of the GPU at an index. @throws NvmlError GPU_IS_LOST */
function putHandle(call: Call, i: number, index: number): void {
  call.facts.gpu(index)
  call.putLong(i, handleOf('device', index))
}

function byIndex(call: Call): void {
  putHandle(call, 1, call.number(0))
}

/** @throws NvmlError NOT_FOUND */
function putMatch(call: Call, matches: (gpu: { bdf: string; uuid: string }) => boolean): void {
  const index = call.facts.state.gpus.findIndex(matches)
  if (index < 0) throw new NvmlError('NOT_FOUND')
  putHandle(call, 1, index)
}

/** An address with a domain of four or eight digits, or without, in any case. */
function byBusId(call: Call): void {
  const word = call.string(0).toLowerCase()
  const [, domain = '0', rest] = /^(?:([0-9a-f]{4}|[0-9a-f]{8}):)?([0-9a-f]{2}:[0-9a-f]{2}\.[0-7])$/.exec(word) ?? []
  if (rest === undefined) throw new NvmlError('NOT_FOUND')
  const wanted = `${Number.parseInt(domain, 16).toString(16).padStart(4, '0')}:${rest}`
  putMatch(call, ({ bdf }) => bdf === wanted)
}

function byUuid(call: Call, uuid: string): void {
  if (/^mig-/i.test(uuid)) putMigDevice(call, uuid.toLowerCase())
  else putMatch(call, (gpu) => gpu.uuid.toLowerCase() === uuid.toLowerCase())
}

/** @throws NvmlError NOT_FOUND */
function putMigDevice(call: Call, uuid: string): void {
  const { facts } = call
  const found = Array.from({ length: facts.count }, (_, index) => index)
    .filter((index) => facts.isUp(index))
    .flatMap((index) => facts.gpu(index).gpuInstances)
    .flatMap(({ gpu, id, computeInstances }) => computeInstances.map((compute) => ({ gpu, id, compute })))
    .find(({ compute }) => compute.uuid === uuid.replace(/^mig/, 'MIG'))
  if (found === undefined) throw new NvmlError('NOT_FOUND')
  call.putLong(1, instanceHandle('migDevice', found.gpu, found.id, found.compute.id))
}

function byUuidStruct(call: Call): void {
  call.versionOf(0, nvmlUUID_v1_t)
  const { type, value } = nvmlUUID_v1_t.decode(call.memory(call.word(0), nvmlUUID_v1_t.size))
  if (type !== UUID_TEXT && type !== UUID_BYTES) throw new NvmlError('INVALID_ARGUMENT')
  const hex = Buffer.from(value.bytes).toString('hex')
  if (type === UUID_TEXT) byUuid(call, value.str.replace(/\0.*/s, ''))
  else putMatch(call, (gpu) => gpu.uuid.replace(/^GPU-|-/g, '') === hex)
}

/** Numbers of an address and the ids behind it. */
function pciOf({ busId, deviceId, subsystemId }: SmiGpuView) {
  const [domain = '', bus = '', rest = ''] = busId.split(':')
  return {
    domain: Number.parseInt(domain, 16),
    bus: Number.parseInt(bus, 16),
    device: Number.parseInt(rest, 16),
    pciDeviceId: Number.parseInt(deviceId, 16),
    pciSubSystemId: Number.parseInt(subsystemId, 16),
  }
}

function oldPci(call: Call): void {
  const gpu = call.gpu()
  call.putStruct(1, nvmlPciInfo_v2_t, { busId: gpu.busId.slice(4), ...pciOf(gpu) })
}

/** Bus and device, as nvidia-smi's Board ID. */
function boardId(gpu: SmiGpuView): number {
  const { bus, device } = pciOf(gpu)
  return (bus << 8) | device
}

export const IDENTITY_ROWS: Rows = {
  nvmlDeviceGetCount: row('gpu list: GPUs with a driver', (call) => {
    const { facts } = call
    call.putInt(0, Array.from({ length: facts.count }, (_, index) => index).filter((index) => facts.isUp(index)).length)
  }),
  nvmlDeviceGetCount_v2: row('gpu list', (call) => call.putInt(0, call.facts.count)),
  nvmlDeviceGetHandleByIndex: row('query index', byIndex),
  nvmlDeviceGetHandleByIndex_v2: row('query index', byIndex),
  nvmlDeviceGetHandleByUUID: row('query uuid', (call) => byUuid(call, call.string(0))),
  nvmlDeviceGetHandleByUUIDV: row('query uuid', byUuidStruct),
  nvmlDeviceGetHandleByPciBusId: row('query pci.bus_id', byBusId),
  nvmlDeviceGetHandleByPciBusId_v2: row('query pci.bus_id', byBusId),
  nvmlDeviceGetHandleBySerial: coded('none: no board has a serial number', (call) => {
    call.string(0)
    return 'NOT_FOUND'
  }),
  nvmlDeviceGetIndex: row('query index', (call) =>
    call.putInt(1, migDeviceOf(call)?.compute.device ?? call.gpu().index),
  ),
  nvmlDeviceGetMinorNumber: row('query index', (call) => call.putInt(1, call.gpu().index)),
  nvmlDeviceGetName: row('query name', (call) => {
    const device = migDeviceOf(call)
    const name = device === null ? call.gpu().name : `${device.gpu.name} MIG ${device.compute.profile.name}`
    call.putText(1, 2, name)
  }),
  nvmlDeviceGetUUID: row('query uuid', (call) =>
    call.putText(1, 2, migDeviceOf(call)?.compute.uuid ?? call.gpu().uuid),
  ),
  nvmlDeviceGetBoardId: row('smi -q: Board ID', (call) => call.putInt(1, boardId(call.gpu()))),
  nvmlDeviceGetMultiGpuBoard: row('smi -q: MultiGPU Board', (call) =>
    call.putInt(1, call.gpu().gpusPerBoard > 1 ? 1 : 0),
  ),
  nvmlDeviceOnSameBoard: row('smi -q: Board ID', (call) => {
    const [one, other] = [call.gpu(0), call.gpu(1)]
    call.putInt(2, one.index === other.index ? 1 : 0)
  }),
  nvmlDeviceGetBrand: row('smi -q: Product Brand', (call) =>
    call.putInt(1, call.gpu().name.startsWith('NVIDIA RTX') ? BRAND.NVIDIA_RTX : BRAND.NVIDIA),
  ),
  nvmlDeviceGetArchitecture: row('smi -q: Product Architecture', (call) =>
    call.putInt(1, ARCHITECTURE[call.gpu().architecture] ?? UNKNOWN_ARCHITECTURE),
  ),
  nvmlDeviceGetCudaComputeCapability: row('query compute_cap', (call) => {
    const [major = Number.NaN, minor = Number.NaN] = call.gpu().computeCap.split('.').map(Number)
    if (Number.isNaN(major)) throw new NvmlError('NOT_SUPPORTED')
    call.putInt(1, major)
    call.putInt(2, minor)
  }),
  nvmlDeviceGetPciInfo: row('query pci.*', oldPci),
  nvmlDeviceGetPciInfo_v2: row('query pci.*', oldPci),
  nvmlDeviceGetPciInfo_v3: row('query pci.*', (call) => {
    const gpu = call.gpu()
    call.putStruct(1, nvmlPciInfo_t, { busIdLegacy: gpu.busId.slice(4), ...pciOf(gpu), busId: gpu.busId })
  }),
  nvmlDeviceGetPciInfoExt: row('query pci.*', (call) => {
    const gpu = call.gpu()
    const struct = call.versionOf(1, nvmlPciInfoExt_v1_t)
    const classes = { baseClass: Number.parseInt(gpu.baseClass, 16), subClass: Number.parseInt(gpu.subClass, 16) }
    call.putVersioned(1, struct, { ...pciOf(gpu), ...classes, busId: gpu.busId })
  }),
  nvmlDeviceGetBusType: row('all boards: PCI Express', (call) => {
    call.gpu()
    call.putInt(1, BUS_PCIE)
  }),
}
