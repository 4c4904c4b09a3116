import type { SmiGpuView } from '../../engine/smi/view.ts'
import type { Monitor } from './monitor.ts'
import { VGPU_LABEL } from './style.ts'
import { lines } from './summary.ts'
import { line } from './tree.ts'

const POLICIES = { 'best-effort': 'Best Effort', 'equal-share': 'Equal Share', 'fixed-share': 'Fixed Share' } as const

/** `nvidia-smi vgpu -ss`. Best effort has no parameters. */
export function drawSchedulerState(gpus: readonly SmiGpuView[]): string {
  return blocks(gpus, ({ scheduler, vgpus }) => {
    const head = [row('Active vGPUs', vgpus.length), row('Scheduler Policy', POLICIES[scheduler.policy])]
    if (scheduler.policy === 'best-effort') return head
    return [
      ...head,
      row('ARR Mode', scheduler.arr ? 'Enabled' : 'Disabled'),
      ...(scheduler.arr ? [row('Average Factor', scheduler.averaging ?? 'N/A')] : []),
      row('Time Slice(ns)', scheduler.timeSliceNs ?? 'N/A'),
    ]
  })
}

/** `nvidia-smi vgpu -sc`, with the ranges of the vGPU 17 user guide. */
export function drawSchedulerCaps(
  gpus: readonly SmiGpuView[],
  limits: {
    readonly frequencyHz: { readonly least: number; readonly most: number }
    readonly averaging: { readonly least: number; readonly most: number }
    readonly timeSliceMs: { readonly least: number; readonly most: number }
  },
): string {
  const indented = (label: string, value: string | number) => line(`        ${label}`, VGPU_LABEL, String(value))
  return blocks(gpus, ({ scheduler }) => {
    const [first, ...others] = Object.entries(POLICIES).flatMap(([policy, name]) =>
      scheduler.supported.includes(policy) ? [name] : [],
    )
    // Without a choice there is nothing to set.
    const only = others.length === 0
    const ns = (ms: number) => `${only ? 0 : ms * 1_000_000} ns`
    const plain = (value: number) => (only ? 0 : value)
    return [
      '    vGPU scheduler capabilities',
      indented('Supported Policies', first ?? 'N/A'),
      ...others.map((name) => `${' '.repeat(VGPU_LABEL + 2)}${name}`),
      indented('ARR Mode', only ? 'Not Supported' : 'Supported'),
      indented('Maximum Timeslice', ns(limits.timeSliceMs.most)),
      indented('Minimum Timeslice', ns(limits.timeSliceMs.least)),
      indented('Maximum Frequency', plain(limits.frequencyHz.most)),
      indented('Minimum Frequency', plain(limits.frequencyHz.least)),
      indented('Maximum Average Factor', plain(limits.averaging.most)),
      indented('Minimum Average Factor', plain(limits.averaging.least)),
    ]
  })
}

const LOG_COLUMNS = [
  ['SW Runlist', 'Id', 12],
  ['Timestamp', '(ns)', 20],
  ['Time Run Total', '(ns)', 17],
  ['Time Run', '(ns)', 14],
  ['Target Time Slice', '(ns)', 19],
  ['Cumul. Preemption', '(ns)', 19],
] as const
const LOG_RULE = `+${'-'.repeat(105)}+`
const POLICY_WIDTH = 40

/** `nvidia-smi vgpu -sl`: a box of 107 columns. No rows of a real host are known: columns and titles are ours. */
export const SCHEDULER_LOG: Monitor = {
  header: '',
  rows: (gpus) => gpus.map(schedulerLogBox).join(''),
}

function schedulerLogBox({ busId, scheduler, turns }: SmiGpuView): string {
  const boxed = (text: string) => `| ${text.padEnd(104)}|`
  const cells = (of: readonly (string | number)[]) =>
    boxed(of.map((cell, i) => String(cell).padStart(LOG_COLUMNS[i]?.[2] ?? 0)).join(''))
  const policy = `Scheduler Policy: ${POLICIES[scheduler.policy]}`.padEnd(POLICY_WIDTH)
  const rows = turns.map((turn) => cells([turn.gfid, turn.at, turn.ranTotal, turn.ran, turn.target, turn.preempted]))
  return lines([
    LOG_RULE,
    boxed(`GPU ${busId}   Engine: Graphics   ${policy}`),
    cells(LOG_COLUMNS.map(([head]) => head)),
    cells(LOG_COLUMNS.map(([, unit]) => unit)),
    LOG_RULE.replace(/^\+|\+$/g, '|'),
    ...(rows.length === 0 ? [boxed('No entries')] : rows),
    LOG_RULE,
  ])
}

/** `nvidia-smi vgpu -m`. No output of a real host is known: label and values are ours. */
export function drawMigrationCap(gpus: readonly SmiGpuView[]): string {
  return blocks(gpus, (gpu) => [row('Migration/Suspend/Resume', gpu.migration ? 'Supported' : 'Not Supported')])
}

function blocks(gpus: readonly SmiGpuView[], body: (gpu: SmiGpuView) => string[]): string {
  return gpus.map((gpu) => lines([`GPU ${gpu.busId}`, ...body(gpu)])).join('')
}

function row(label: string, value: string | number): string {
  return line(`    ${label}`, VGPU_LABEL, String(value))
}
