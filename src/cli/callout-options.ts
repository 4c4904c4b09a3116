import type { OptionSpec } from './spec.ts'

/** Options of verbs that run mdevctl's scripts. */
export const CALLOUT_OPTIONS = {
  callouts: {
    value: 'DIR',
    summary: 'directory whose callouts/ and notifiers/ hold scripts for mdevctl',
    env: 'NVGPU_CALLOUTS',
    complete: 'dir',
  },
  force: { summary: 'go on when a callout refuses' },
} as const satisfies Record<string, OptionSpec>
