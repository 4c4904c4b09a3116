import type { SmiGpuView, SmiVgpuView } from '../../engine/smi/view.ts'
import type { Style } from './style.ts'

/** The facts in the layout of `nvidia-smi -q`, as text. An empty fact is absent. */
export function qFacts(gpu: SmiGpuView, style: Style): Readonly<Record<string, string>> {
  const [domain = '', bus = '', rest = ''] = gpu.busId.split(':')
  const [device = ''] = rest.split('.')
  const supported = (yes: boolean) => (yes ? 'Supported' : 'Not Supported')
  const ecc = gpu.eccMode === 'Enabled'
  const { capabilities, memory, bar1, use } = gpu
  const busy = (value: number) => (gpu.migMode === 'Enabled' ? 'N/A' : percent(value))
  return {
    name: gpu.name,
    // Boards of the RTX line have their own brand.
    brand: gpu.name.startsWith('NVIDIA RTX') ? 'NVIDIA RTX' : 'NVIDIA',
    architecture: gpu.architecture,
    displayMode: style.release >= 580 ? 'Requested functionality has been deprecated' : 'Enabled',
    moduleId: '1',
    vgpuHost: gpu.vgpuHost ? 'yes' : '',
    fractional: supported(capabilities.fractionalMultiVgpu),
    profiles: supported(capabilities.heterogeneousProfiles),
    sizes: supported(capabilities.heterogeneousSizes),
    migMode: gpu.migMode,
    migPending: gpu.migPending,
    uuid: gpu.uuid,
    index: String(gpu.index),
    multiGpuBoard: gpu.gpusPerBoard > 1 ? 'Yes' : 'No',
    boardId: `0x${((Number.parseInt(bus, 16) << 8) | Number.parseInt(device, 16)).toString(16)}`,
    virtualizationMode: gpu.vgpuHost ? 'Host VGPU' : 'None',
    hostVgpuMode: !gpu.vgpuHost ? 'N/A' : gpu.sriov.totalVfs > 0 ? 'SR-IOV' : 'Non SR-IOV',
    heterogeneous: gpu.heterogeneous,
    gspFirmware: gpu.gspFirmware,
    bus,
    device,
    domain: domain.slice(-4),
    baseClass: gpu.baseClass,
    subClass: gpu.subClass,
    deviceId: gpu.deviceId,
    busId: gpu.busId,
    subsystemId: gpu.subsystemId,
    idle: use.gpu === 0 ? 'Active' : 'Not Active',
    fbTotal: mib(memory.total),
    fbReserved: mib(memory.reserved),
    fbUsed: mib(memory.used),
    fbFree: mib(memory.free),
    bar1Total: mib(bar1.total),
    bar1Used: mib(bar1.used),
    bar1Free: mib(bar1.free),
    useGpu: busy(use.gpu),
    useMemory: busy(use.memory),
    useEncoder: busy(use.encoder),
    useDecoder: busy(use.decoder),
    useJpeg: busy(use.jpeg),
    useOfa: busy(use.ofa),
    eccMode: gpu.eccMode,
    eccPending: gpu.eccPending,
    eccCount: ecc ? '0' : 'N/A',
    eccFlag: ecc ? 'No' : 'N/A',
    ...modeFacts(gpu),
    ...sessionFacts(gpu.vgpus),
    ...sensorFacts(gpu),
    powerLimit: gpu.powerLimitW === null ? 'N/A' : `${gpu.powerLimitW.toFixed(2)} W`,
  }
}

const COMPUTE = { default: 'Default', 'exclusive-process': 'Exclusive_Process', prohibited: 'Prohibited' } as const

function modeFacts({ modes }: SmiGpuView) {
  const word = (on: boolean) => (on ? 'Enabled' : 'Disabled')
  return {
    persistence: word(modes.persistence),
    accounting: word(modes.accounting),
    compute: COMPUTE[modes.compute],
  }
}

/** Sessions of the guests: number, mean frames a second, mean latency in microseconds. */
export function sessionStats(vgpus: readonly SmiVgpuView[]) {
  const sessions = vgpus.flatMap(({ session }) => session ?? [])
  const mean = (of: (session: (typeof sessions)[number]) => number) =>
    sessions.length === 0 ? 0 : Math.round(sessions.reduce((sum, each) => sum + of(each), 0) / sessions.length)
  return { count: sessions.length, fps: mean(({ fps }) => fps), latencyUs: mean(({ latencyUs }) => latencyUs) }
}

function sessionFacts(vgpus: readonly SmiVgpuView[]) {
  const { count, fps, latencyUs } = sessionStats(vgpus)
  return { encoderSessions: String(count), encoderFps: String(fps), encoderLatency: String(latencyUs) }
}

export function mib(value: number): string {
  return `${value} MiB`
}

export function percent(value: number): string {
  return `${value} %`
}

/** Sensors and identity. A figure in degrees is the limit of an Ampere board, the distance to it of others. */
function sensorFacts(gpu: SmiGpuView): Readonly<Record<string, string>> {
  const { sensors, identity, hbm } = gpu
  const { temperature, temperatureLimits: limits, power, clocks, maxClocks, pcie } = sensors
  const ecc = gpu.eccMode === 'Enabled'
  return {
    ...identity,
    linkMaxGen: String(pcie.maxGeneration),
    linkGen: String(pcie.generation),
    linkWidth: `${pcie.width}x`,
    tx: `${pcie.txKiBps} KB/s`,
    rx: `${pcie.rxKiBps} KB/s`,
    fan: gpu.fan === null ? 'N/A' : percent(gpu.fan),
    performance: `P${sensors.pstate}`,
    degrees: `${temperature} C`,
    tLimit: gpu.limitDistance ? `${limits.max - temperature} C` : 'N/A',
    tShutdown: `${limits.max - limits.shutdown} C`,
    tSlowdown: `${limits.max - limits.slowdown} C`,
    shutdown: `${limits.shutdown} C`,
    slowdown: `${limits.slowdown} C`,
    maxDegrees: `${limits.max} C`,
    // only HBM has a sensor; two degrees above the GPU in the capture
    memoryDegrees: hbm ? `${temperature + 2} C` : 'N/A',
    memoryTLimit: hbm ? '0 C' : 'N/A',
    watts: power === null ? 'N/A' : `${power.draw.toFixed(2)} W`,
    wattsMin: power === null ? 'N/A' : `${power.min.toFixed(2)} W`,
    clockGraphics: mhz(clocks.graphics),
    clockSM: mhz(clocks.sm),
    clockMemory: mhz(clocks.memory),
    clockVideo: mhz(clocks.video),
    clockMaxGraphics: mhz(maxClocks.graphics),
    clockMaxSM: mhz(maxClocks.sm),
    clockMaxMemory: mhz(maxClocks.memory),
    clockMaxVideo: mhz(maxClocks.video),
    voltage: `${sensors.idle ? '675.000' : '900.000'} mV`,
    banks: ecc ? `${gpu.remappableBanks} bank(s)` : 'N/A',
    noBanks: ecc ? '0 bank(s)' : 'N/A',
  }
}

function mhz(value: number): string {
  return `${value} MHz`
}
