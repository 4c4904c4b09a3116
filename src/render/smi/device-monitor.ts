import type { SmiGpuView, SmiUse } from '../../engine/smi/view.ts'
import type { Monitor } from './monitor.ts'
import { lines } from './summary.ts'

type Column = readonly [head: string, unit: string, value: (gpu: SmiGpuView) => number | undefined]

/** Groups of `dmon -s`, by letter; columns are seven characters wide. Heads beyond p, u and c are those of the manual. */
const GROUPS: Readonly<Record<string, readonly Column[]>> = {
  p: [
    ['pwr', 'W', ({ sensors }) => sensors.power?.draw],
    ['gtemp', 'C', ({ sensors }) => sensors.temperature],
    ['mtemp', 'C', ({ sensors, hbm }) => (hbm ? sensors.temperature + 2 : undefined)],
  ],
  u: [
    ['sm', '%', (gpu) => busy(gpu, 'gpu')],
    ['mem', '%', (gpu) => busy(gpu, 'memory')],
    ['enc', '%', (gpu) => busy(gpu, 'encoder')],
    ['dec', '%', (gpu) => busy(gpu, 'decoder')],
    ['jpg', '%', (gpu) => busy(gpu, 'jpeg')],
    ['ofa', '%', (gpu) => busy(gpu, 'ofa')],
  ],
  c: [
    ['mclk', 'MHz', ({ sensors }) => sensors.clocks.memory],
    ['pclk', 'MHz', ({ sensors }) => sensors.clocks.graphics],
  ],
  v: [
    ['pviol', '%', () => 0],
    ['tviol', 'bool', () => 0],
  ],
  m: [
    ['fb', 'MB', ({ memory }) => memory.used],
    ['bar1', 'MB', ({ bar1 }) => bar1.used],
    ['ccpm', 'MB', () => 0],
  ],
  e: [
    ['sbecc', 'errs', ({ eccMode }) => (eccMode === 'Enabled' ? 0 : undefined)],
    ['dbecc', 'errs', ({ eccMode }) => (eccMode === 'Enabled' ? 0 : undefined)],
    ['pci', 'errs', () => 0],
  ],
  t: [
    ['rxpci', 'MB/s', ({ sensors }) => sensors.pcie.rxKiBps / 1024],
    ['txpci', 'MB/s', ({ sensors }) => sensors.pcie.txKiBps / 1024],
  ],
}

/** Utilization of a GPU; unknown while MIG is on. */
function busy({ use, migMode }: SmiGpuView, engine: keyof SmiUse): number | undefined {
  return migMode === 'Enabled' ? undefined : use[engine]
}

/** `nvidia-smi dmon`, with the groups of -s in the order of the letters; null for an unknown letter. */
export function deviceMonitor(select: string): Monitor | null {
  const groups = [...new Set(select)].map((letter) => (Object.hasOwn(GROUPS, letter) ? GROUPS[letter] : undefined))
  if (groups.length === 0 || groups.includes(undefined)) return null
  return monitorOf(groups.flatMap((group) => group ?? []))
}

/** `nvidia-smi dmon` without -s. */
export function usualDevices(): Monitor {
  return monitorOf([...(GROUPS.p ?? []), ...(GROUPS.u ?? []), ...(GROUPS.c ?? [])])
}

function monitorOf(columns: readonly Column[]): Monitor {
  const wide = (cells: readonly string[]) => cells.map((cell) => cell.padStart(7)).join('')
  return {
    header: lines([`# gpu${wide(columns.map(([head]) => head))} `, `# Idx${wide(columns.map(([, unit]) => unit))} `]),
    rows: (gpus) =>
      lines(
        gpus.map((gpu) => {
          const cells = columns.map(([, , value]) => String(Math.round(value(gpu) ?? Number.NaN)).replace('NaN', '-'))
          return `${String(gpu.index).padStart(5)}${wide(cells)} `
        }),
      ),
  }
}
