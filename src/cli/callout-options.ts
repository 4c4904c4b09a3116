import type { OptionSpec } from './spec.ts'

/** Options of verbs that run mdevctl's scripts. */
export const CALLOUT_OPTIONS = {
  callouts: {
    value: 'DIR',
    summary: 'directory with callouts/ and notifiers/ of mdevctl scripts',
    env: 'NVGPU_CALLOUTS',
    complete: 'dir',
  },
  force: { summary: 'go on when a callout refuses' },
} as const satisfies Record<string, OptionSpec>
