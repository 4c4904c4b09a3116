import type { SmiGpuInstanceView, SmiGpuView, SmiMemory } from '../../engine/smi/view.ts'
import { rule } from '../overview.ts'
import type { Style } from './style.ts'

/** Inner width of the table, and of its four columns. */
const WHOLE = 89
const COLUMNS = [18, 34, 11, 23]

/** What differs between the releases: headings, and the right edge of the second line of memory. */
const HEADINGS: Readonly<Record<Style['name'], readonly string[]>> = {
  '550': [
    '| GPU  GI  CI  MIG |                     Memory-Usage |        Vol|      Shared           |',
    '|      ID  ID  Dev |                       BAR1-Usage | SM     Unc| CE ENC DEC OFA JPG    |',
  ],
  '580': [
    '| GPU  GI  CI  MIG |              Shared Memory-Usage |        Vol|        Shared         |',
    '|      ID  ID  Dev |                Shared BAR1-Usage | SM     Unc| CE ENC  DEC  OFA  JPG |',
  ],
}
const FB_EDGE = 4
const BAR1_EDGE: Readonly<Record<Style['name'], number>> = { '550': 2, '580': 4 }

/** The table of MIG devices in nvidia-smi's summary; nothing while no GPU has MIG on. */
export function migDevices(gpus: readonly SmiGpuView[], style: Style): string[] {
  const enabled = gpus.filter(({ migMode }) => migMode === 'Enabled')
  if (enabled.length === 0) return []
  const devices = enabled.flatMap((gpu) => gpu.gpuInstances.flatMap((instance) => rowsOf(gpu, instance, style)))
  return [
    rule('-', [WHOLE]),
    `| ${'MIG devices:'.padEnd(WHOLE - 1)}|`,
    rule('-', COLUMNS),
    ...HEADINGS[style.name],
    '|                  |                                  |        ECC|                       |',
    `|${rule('=', COLUMNS).slice(1, -1)}|`,
    ...(devices.length === 0 ? [`|  ${'No MIG devices found'.padEnd(WHOLE - 2)}|`, rule('-', [WHOLE])] : devices),
  ]
}

/** Two lines and a rule for each compute instance; memory is that of the GPU instance, and stands in its first one. */
function rowsOf(gpu: SmiGpuView, instance: SmiGpuInstanceView, style: Style): string[] {
  const { computeInstances, engines, memory, bar1 } = instance
  const count = (value: number, width: number) => String(value).padStart(width)
  const shared = `${count(engines.copy, 3)}${count(engines.encoders, 4)}${count(engines.decoders, 5)}${count(engines.ofa, 5)}${count(engines.jpeg, 5)} `
  return computeInstances.flatMap(({ id, device, multiprocessors }, at) => [
    cells(
      `${count(gpu.index, 3)}${count(instance.id, 5)}${count(id, 4)}${count(device, 4)}  `,
      at === 0 ? usage(memory, FB_EDGE) : '',
      ` ${String(multiprocessors ?? 'N/A').padEnd(3)}${(gpu.eccMode === 'Enabled' ? '0' : 'N/A').padStart(6)} `,
      shared,
    ),
    cells('', at === 0 ? usage(bar1, BAR1_EDGE[style.name]) : '', '', ''),
    at < computeInstances.length - 1
      ? rule('-', COLUMNS).replace(/\+(-{34})\+/, `+${' '.repeat(34)}+`)
      : rule('-', COLUMNS),
  ])
}

function usage({ used, total }: SmiMemory, edge: number): string {
  return `${`${used}MiB`.padStart(23 - edge)} / ${`${total}MiB`.padStart(8)}${' '.repeat(edge)}`
}

function cells(...texts: readonly string[]): string {
  return `|${texts.map((text, at) => text.padEnd(COLUMNS[at] ?? 0)).join('|')}|`
}
