import type { SmiGpuView, SmiView } from '../../engine/smi/view.ts'
import { qFacts } from '../smi/q-facts.ts'
import type { Style } from '../smi/style.ts'
import type { QueryField } from './field.ts'
import { GPU_PROPERTIES } from './gpu-table.ts'

type Sensors = SmiGpuView['sensors']

/** A GPU with facts that need the whole host. */
export interface QueriedGpu {
  readonly host: SmiView
  readonly gpu: SmiGpuView
  readonly now: Date
  readonly style: Style
}

let fields: readonly QueryField<QueriedGpu>[] | undefined

/** nvidia-smi's properties of a GPU, under its names and in its order. */
export function gpuFields(): readonly QueryField<QueriedGpu>[] {
  fields ??= GPU_PROPERTIES.split('\n')
    .filter((line) => line !== '')
    .flatMap((line) => (line === '@ECC' ? eccFields() : [tableField(line)]))
  return fields
}

function tableField(line: string): QueryField<QueriedGpu> {
  const [names = '', unit = '', value = '', summary = ''] = line.split('|')
  const [name = '', ...aliases] = names.split(',')
  const [prefix = '', fact] = value.split('=')
  const of = (item: QueriedGpu) => {
    if (fact === undefined) return value === '' ? null : value
    const found = factsOf(item)[fact]
    return found === undefined || found === 'N/A' ? null : `${prefix}${found}`
  }
  return { name, aliases, unit, summary, value: of }
}

function factsOf({ host, gpu, now, style }: QueriedGpu): Readonly<Record<string, string>> {
  const { memory, use } = gpu
  const supported = (yes: boolean) => (yes ? 'Supported' : 'Not Supported')
  const busy = (value: number) => (gpu.migMode === 'Enabled' ? 'N/A' : String(value))
  return {
    ...qFacts(gpu, style),
    timestamp: timestamp(now),
    driverVersion: host.driverVersion,
    driverHeterogeneous: supported(gpu.vgpuHost),
    homogeneousPlacements: supported(gpu.capabilities.homogeneousPlacements),
    ...timeSlicing(gpu.capabilities.migTimeSlicing),
    count: String(host.attached),
    computeCap: gpu.computeCap,
    memoryTotal: String(memory.total),
    memoryReserved: String(memory.reserved),
    memoryUsed: String(memory.used),
    memoryFree: String(memory.free),
    useGpu: busy(use.gpu),
    useMemory: busy(use.memory),
    useEncoder: busy(use.encoder),
    useDecoder: busy(use.decoder),
    useJpeg: busy(use.jpeg),
    useOfa: busy(use.ofa),
    powerLimit: gpu.powerLimitW === null ? 'N/A' : gpu.powerLimitW.toFixed(2),
    ...sensorFacts(gpu.sensors),
    fanPercent: gpu.fan === null ? 'N/A' : String(gpu.fan),
    memoryTemperature: gpu.hbm ? String(gpu.sensors.temperature + 2) : 'N/A',
    bankCount: gpu.eccMode === 'Enabled' ? String(gpu.remappableBanks) : 'N/A',
    noBankCount: gpu.eccMode === 'Enabled' ? '0' : 'N/A',
  }
}

function timeSlicing(isOn: boolean | null) {
  return {
    migTimeSlicing: isOn === null ? 'Not Supported' : 'Supported',
    migTimeSlicingMode: isOn === null ? 'N/A' : isOn ? 'Enabled' : 'Disabled',
  }
}

function sensorFacts({ pstate, temperature, temperatureLimits, power, clocks, maxClocks, pcie, idle }: Sensors) {
  return {
    pstate: `P${pstate}`,
    temperature: String(temperature),
    tlimit: String(temperatureLimits.max - temperature),
    powerManagement: power === null ? 'N/A' : 'Enabled',
    powerDraw: power === null ? 'N/A' : power.draw.toFixed(2),
    powerMin: power === null ? 'N/A' : power.min.toFixed(2),
    clockGraphics: String(clocks.graphics),
    clockMemory: String(clocks.memory),
    clockVideo: String(clocks.video),
    maxGraphics: String(maxClocks.graphics),
    maxMemory: String(maxClocks.memory),
    pcieGen: String(pcie.generation),
    pcieMaxGen: String(pcie.maxGeneration),
    pcieWidth: String(pcie.width),
    // bit 0: the GPU is idle
    reasons: idle ? '0x0000000000000001' : '0x0000000000000000',
  }
}

/** YYYY/MM/DD HH:MM:SS.msec, local time. */
function timestamp(now: Date): string {
  const two = (value: number) => String(value).padStart(2, '0')
  const day = `${now.getFullYear()}/${two(now.getMonth() + 1)}/${two(now.getDate())}`
  const time = [now.getHours(), now.getMinutes(), now.getSeconds()].map(two).join(':')
  return `${day} ${time}.${String(now.getMilliseconds()).padStart(3, '0')}`
}

/** Places of memory errors; current boards count SRAM and DRAM only. */
const PLACES: readonly (readonly [name: string, what: string, counted: boolean])[] = [
  ['device_memory', 'device memory', false],
  ['dram', 'DRAM', true],
  ['register_file', 'the register file', false],
  ['l1_cache', 'the first level cache', false],
  ['l2_cache', 'the second level cache', false],
  ['texture_memory', 'texture memory', false],
  ['cbu', 'the convergence barrier unit', false],
  ['sram', 'SRAM', true],
  ['total', 'all places together', true],
]

/** Causes of uncorrected SRAM errors; only this count has them. */
const SRAM: readonly (readonly [name: string, what: string])[] = [
  ['volatile.sram.parity', 'parity errors since the driver was loaded'],
  ['volatile.sram.secded', 'SEC-DED errors since the driver was loaded'],
  ['aggregate.sram.parity', 'parity errors ever'],
  ['aggregate.sram.secded', 'SEC-DED errors ever'],
  ['aggregate.sram.thresholdExceeded', 'whether there were too many'],
  ['aggregate.sram.l2', 'of them, in the second level cache'],
  ['aggregate.sram.sm', 'of them, in multiprocessors'],
  ['aggregate.sram.mcu', 'of them, in microcontrollers'],
  ['aggregate.sram.pcie', 'of them, in PCI Express'],
  ['aggregate.sram.other', 'of them, elsewhere'],
]

function eccFields(): QueryField<QueriedGpu>[] {
  const on = (item: QueriedGpu, value: string) => (item.gpu.eccMode === 'Enabled' ? value : null)
  const plain = ['corrected', 'uncorrected'].flatMap((kind) =>
    ['volatile', 'aggregate'].flatMap((span) =>
      PLACES.map(([place, what, counted]) => ({
        name: `ecc.errors.${kind}.${span}.${place}`,
        aliases: [],
        unit: '',
        summary: `Memory errors, ${kind}, ${span === 'volatile' ? 'since the driver was loaded' : 'ever'}: ${what}.`,
        value: (item: QueriedGpu) => (counted ? on(item, '0') : null),
      })),
    ),
  )
  const sram = SRAM.map(([name, what]) => ({
    name: `ecc.errors.uncorrected.${name}`,
    aliases: [],
    unit: '',
    summary: `Uncorrected SRAM errors: ${what}.`,
    value: (item: QueriedGpu) => on(item, name.endsWith('thresholdExceeded') ? 'No' : '0'),
  }))
  return [...plain, ...sram]
}
