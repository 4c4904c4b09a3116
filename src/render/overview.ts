import type { GpuView, VfView } from '../contract/views/gpu.ts'
import type { Overview } from '../contract/views/host.ts'
import type { ListedVgpuView } from '../contract/views/vgpu.ts'
import { shortTypeName } from '../errors/type-name.ts'
import type { Page } from './answer.ts'
import { GPUS } from './gpu.ts'
import { drawTable } from './table.ts'
import { VGPUS } from './vgpu.ts'
import { fitted } from './width.ts'

/** Inner widths of nvidia-smi's three columns since release 550; the whole table is 91 wide. */
const COLUMNS = [41, 24, 22] as const
const INNER = 89
const DAYS = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat']
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']

/**
 * The host in nvidia-smi's shape: the board rows are its table of release 550, the two blocks below follow the form of
 * its process list. Figures outside of the simulation are N/A, as on a board without the sensor.
 */
export function drawOverview(overview: Overview, facts: { version: string; page: Page }): string {
  const { page } = facts
  return page.width !== undefined && page.width < INNER + 2
    ? drawNarrow(overview, facts)
    : drawFrames(overview, { version: facts.version, now: page.now })
}

/** The same as listings of GPUs and vGPUs, for a terminal that is narrower than the frames. */
function drawNarrow({ host, gpus, vgpus }: Overview, { version, page }: { version: string; page: Page }): string {
  return [
    `${dateLine(page.now)}\nnvgpu ${version} (${host.profile}), driver ${host.driverVersion}\n`,
    drawTable(GPUS.columns, gpus, page),
    vgpus.length === 0 ? 'No vGPUs found\n' : drawTable(VGPUS.columns, vgpus, page),
  ].join('\n')
}

function drawFrames({ host, gpus, vfs, vgpus }: Overview, facts: { version: string; now: Date }): string {
  const line = row(INNER)
  const lines = [
    `${dateLine(facts.now)}       `,
    rule('-', [INNER]),
    `| ${`nvgpu ${facts.version} (${host.profile})`.padEnd(34)}${`Driver Version: ${host.driverVersion}`.padEnd(31)}CUDA Version: N/A      |`,
    rule('-', COLUMNS),
    '| GPU  Name                 Persistence-M | Bus-Id          Disp.A | Volatile Uncorr. ECC |',
    '| Fan  Temp   Perf          Pwr:Usage/Cap |           Memory-Usage | GPU-Util  Compute M. |',
    '|                                         |                        |               MIG M. |',
    `|${rule('=', COLUMNS).slice(1, -1)}|`,
    ...gpus.flatMap((gpu) => [...board(gpu), rule('-', COLUMNS)]),
    '',
    rule('-', [INNER]),
    line(' Virtual functions:'),
    line('  GPU  Enabled  Addresses                       Bound  In use  vGPU type'),
    rule('=', [INNER]).replaceAll('+', '|'),
    ...block(virtualFunctions(gpus, vfs), '  No virtual functions enabled'),
    rule('-', [INNER]),
    '',
    rule('-', [INNER]),
    line(' vGPUs:'),
    line('  GPU  VF            vGPU      Name              Type             State           Memory'),
    rule('=', [INNER]).replaceAll('+', '|'),
    ...block(vgpus.map(vgpuRow), '  No vGPUs found'),
    rule('-', [INNER]),
  ]
  return `${lines.join('\n')}\n`
}

/** `%a %b %e %H:%M:%S %Y`. */
export function dateLine(now: Date): string {
  const time = [now.getHours(), now.getMinutes(), now.getSeconds()].map((part) => String(part).padStart(2, '0'))
  const day = String(now.getDate()).padStart(2)
  return `${DAYS[now.getDay()]} ${MONTHS[now.getMonth()]} ${day} ${time.join(':')} ${now.getFullYear()}`
}

export function rule(character: string, widths: readonly number[]): string {
  return `+${widths.map((width) => character.repeat(width)).join('+')}+`
}

function row(width: number): (text: string) => string {
  return (text) => `|${fitted(text, width)}|`
}

function block(lines: readonly string[], none: string): string[] {
  return (lines.length === 0 ? [none] : lines).map(row(INNER))
}

function board(gpu: GpuView): string[] {
  const ecc = gpu.eccMode === 'Enabled' ? '0' : gpu.eccMode === 'Disabled' ? 'Off' : 'N/A'
  const memory = `${`${gpu.framebuffer.usedMiB}MiB`.padStart(11)} / ${`${gpu.framebuffer.totalMiB}MiB`.padStart(9)} `
  return [
    cells(
      `${String(gpu.index).padStart(4)}  ${boardName(gpu.name).padEnd(27)}${'On'.padStart(6)}  `,
      `   ${smiAddress(gpu.bdf)} Off `,
      `${ecc.padStart(21)} `,
    ),
    cells(' N/A   N/A    N/A            N/A /   N/A ', memory, '     N/A      Default '),
    cells('', '', `${gpu.mig.current.padStart(21)} `),
  ]
}

export function cells(...texts: readonly string[]): string {
  return `|${texts.map((text, index) => text.padEnd(COLUMNS[index] ?? 0)).join('|')}|`
}

/** Longer names keep 24 characters and three dots. */
export function boardName(name: string): string {
  return name.length > 27 ? `${name.slice(0, 24)}...` : name
}

/** Eight digits of domain, upper case. */
function smiAddress(bdf: string): string {
  return `0000${bdf}`.toUpperCase()
}

function virtualFunctions(gpus: readonly GpuView[], vfs: readonly VfView[]): string[] {
  return gpus.flatMap((gpu) => {
    const own = vfs.filter((vf) => vf.gpu === gpu.index)
    const first = own[0]
    if (first === undefined) return []
    const cellsOf = [
      ` ${String(gpu.index).padStart(4)}`,
      `${own.length}/${gpu.sriov?.totalVfs ?? own.length}`.padStart(7),
      `${first.bdf} .. ${own.at(-1)?.bdf}`.padEnd(30),
      String(own.filter((vf) => vf.driver !== null).length).padStart(5),
      String(own.filter((vf) => vf.vgpu !== null).length).padStart(6),
      shortTypeName(gpu.vgpuType?.name ?? '-'),
    ]
    return [cellsOf.join('  ')]
  })
}

function vgpuRow(vgpu: ListedVgpuView): string {
  const cellsOf = [
    ` ${String(vgpu.gpu).padStart(4)}`,
    (vgpu.vf ?? '-').padEnd(12),
    vgpu.uuid.slice(0, 8),
    fitted(vgpu.name ?? '-', 16),
    fitted(shortTypeName(vgpu.vgpuType.name), 15),
    vgpu.state.padEnd(10),
    `${(vgpu.framebuffer?.size ?? 0) / 1_048_576}MiB`.padStart(10),
  ]
  return cellsOf.join('  ')
}
