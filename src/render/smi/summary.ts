import type { SmiGpuView, SmiView } from '../../engine/smi/view.ts'
import { boardName, cells, dateLine, rule } from '../overview.ts'
import { migDevices } from './mig-devices.ts'
import { isHost } from './q-report.ts'
import type { Style } from './style.ts'

/** Inner width of the table, and of its three columns (release 550 and later). */
const WHOLE = [89]
const COLUMNS = [41, 24, 22]
/** Compute modes in the table (nvidia-smi(1)). */
const COMPUTE = { default: 'Default', 'exclusive-process': 'E. Process', prohibited: 'Prohibited' } as const

/** `nvidia-smi`: the boards, and as processes the VMs that have vGPUs. */
export function drawSummary(view: SmiView, style: Style, now: Date): string {
  // 550 prints blanks between its tables
  const gap = style.release >= 580 ? '' : ' '.repeat(WHOLE[0] ?? 0)
  const devices = migDevices(view.gpus, style)
  const title = `NVIDIA-SMI ${view.driverVersion.padEnd(23)}Driver Version: ${view.driverVersion.padEnd(15)}CUDA Version: N/A      `
  return lines([
    `${dateLine(now)}       `,
    rule('-', WHOLE),
    `| ${title}|`,
    // 550 begins this line with a bar
    style.release >= 580 ? rule('-', COLUMNS) : `|${rule('-', COLUMNS).slice(1)}`,
    '| GPU  Name                 Persistence-M | Bus-Id          Disp.A | Volatile Uncorr. ECC |',
    '| Fan  Temp   Perf          Pwr:Usage/Cap |           Memory-Usage | GPU-Util  Compute M. |',
    '|                                         |                        |               MIG M. |',
    `|${rule('=', COLUMNS).slice(1, -1)}|`,
    ...view.gpus.flatMap((gpu) => [...board(gpu), rule('-', COLUMNS)]),
    gap,
    ...(devices.length === 0 ? [] : [...devices, gap]),
    rule('-', WHOLE),
    '| Processes:                                                                              |',
    '|  GPU   GI   CI              PID   Type   Process name                        GPU Memory |',
    '|        ID   ID                                                               Usage      |',
    rule('=', WHOLE).replaceAll('+', '|'),
    ...processes(view.gpus),
    rule('-', WHOLE),
  ])
}

/** `nvidia-smi -L`. It lists no VFs and no vGPUs, and compute instances as MIG devices. */
export function drawList(view: SmiView): string {
  return lines(
    view.gpus.flatMap(({ index, name, uuid, gpuInstances }) => [
      `GPU ${index}: ${name} (UUID: ${uuid})`,
      ...gpuInstances
        .flatMap(({ computeInstances }) => computeInstances)
        .map(
          (each) =>
            `  ${`MIG ${each.profile.name}`.padEnd(16)}Device ${String(each.device).padStart(2)}: (UUID: ${each.uuid})`,
        ),
    ]),
  )
}

/** `nvidia-smi --version`. */
export function drawVersion(view: SmiView): string {
  const nvml = view.driverVersion.split('.').slice(0, 2).join('.')
  return lines([
    `NVIDIA-SMI version  : ${view.driverVersion}`,
    `NVML version        : ${nvml}`,
    `DRIVER version      : ${view.driverVersion}`,
    `CUDA Version        : ${isHost(view) ? 'Not Found' : 'N/A'}`,
  ])
}

export function lines(texts: readonly string[]): string {
  return texts.map((text) => `${text}\n`).join('')
}

function board(gpu: SmiGpuView): string[] {
  const mig = gpu.migMode === 'Enabled'
  const ecc = { Enabled: mig ? 'On' : '0', Disabled: 'Off', 'N/A': 'N/A' }[gpu.eccMode]
  const busy = mig ? 'N/A' : `${gpu.use.gpu}%`
  const cap = gpu.powerLimitW === null ? 'N/A' : `${Math.round(gpu.powerLimitW)}W`
  const { sensors } = gpu
  const fan = gpu.fan === null ? 'N/A' : `${gpu.fan}%`
  const watts = sensors.power === null ? 'N/A' : `${Math.round(sensors.power.draw)}W`
  const memory = `${`${gpu.memory.used}MiB`.padStart(11)} / ${`${gpu.memory.total}MiB`.padStart(9)} `
  return [
    cells(
      `${String(gpu.index).padStart(4)}  ${boardName(gpu.name).padEnd(27)}${(gpu.modes.persistence ? 'On' : 'Off').padStart(6)}  `,
      `   ${gpu.busId} Off `,
      `${ecc.padStart(21)} `,
    ),
    cells(
      ` ${fan.padStart(3)}   ${`${sensors.temperature}C`.padStart(3)}    P${sensors.pstate} ${watts.padStart(15)} / ${cap.padStart(5)} `,
      memory,
      `${busy.padStart(8)}${COMPUTE[gpu.modes.compute].padStart(13)} `,
    ),
    cells('', '', `${gpu.migMode.padStart(21)} `),
  ]
}

/** Each VM that has a vGPU open: its pid, and the vGPU's memory. */
function processes(gpus: readonly SmiGpuView[]): string[] {
  const rows = gpus.flatMap((gpu) =>
    gpu.vgpus.map(({ pid, residentMiB, gpuInstanceId: gi }) => {
      const [type, name, used] = ['C+G', 'vgpu', `${residentMiB}MiB`]
      return `${String(gpu.index).padStart(5)}${String(gi ?? 'N/A').padStart(6)}  N/A ${String(pid).padStart(15)}    ${type}   ${name.padEnd(32)}${used.padStart(14)} `
    }),
  )
  const texts = rows.length === 0 ? ['  No running processes found'] : rows
  return texts.map((text) => `|${text.padEnd(WHOLE[0] ?? 0)}|`)
}
